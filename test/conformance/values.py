"""Tensors, sequences and optionals as files of a compiled program, and how far two may differ.

numpy has no name for many ONNX element types, so a .npy file holds their bits in a plain carrier
type, as the contract of a compiled program says: bfloat16 as uint16, every 8-bit float and float4
as uint8, 4- and 2-bit integers one to a byte.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import dataclasses
from pathlib import Path

import ml_dtypes
import numpy as np

SMALL_INTEGERS = {"int2": np.int8, "int4": np.int8, "uint2": np.uint8, "uint4": np.uint8}
FLOAT_BITS = {
    "bfloat16": np.uint16,
    "float4_e2m1fn": np.uint8,
    "float8_e4m3fn": np.uint8,
    "float8_e4m3fnuz": np.uint8,
    "float8_e5m2": np.uint8,
    "float8_e5m2fnuz": np.uint8,
    "float8_e8m0fnu": np.uint8,
}


class _Empty:
    """The type of EMPTY."""

    def __repr__(self):
        return "an empty optional"


EMPTY = _Empty()


@dataclasses.dataclass(frozen=True)
class Tolerance:
    """What counts as equal: numpy's rtol and atol; `shape_only` is for random values."""

    rtol: float = 1e-3
    atol: float = 1e-5
    shape_only: bool = False


def to_carrier(value):
    """The array that a .npy file holds for `value`."""
    array = np.asarray(value)
    name = array.dtype.name
    if array.dtype.kind in "OSU":
        texts = [x.decode() if isinstance(x, bytes) else str(x) for x in array.ravel()]
        return np.array(texts, dtype=np.str_ if texts else "<U1").reshape(array.shape)
    if name in SMALL_INTEGERS:
        return array.astype(SMALL_INTEGERS[name])
    if name in FLOAT_BITS:
        return np.frombuffer(array.tobytes(), dtype=FLOAT_BITS[name]).reshape(array.shape)
    return array


def write(stem, value):
    """Writes `value` to a file beside `stem`, whose path is returned."""
    if value is EMPTY:
        members = {"none": np.array(True)}
    elif isinstance(value, (list, tuple)):
        members = {str(i): to_carrier(item) for i, item in enumerate(value)}
    else:
        path = Path(f"{stem}.npy")
        np.save(path, to_carrier(value), allow_pickle=False)
        return path
    path = Path(f"{stem}.npz")
    np.savez(path, **members)
    return path


def read(stem):
    """The value, in carriers, that a program wrote for `stem`; FileNotFoundError without a file."""
    for path in (Path(f"{stem}.npy"), Path(f"{stem}.npz")):
        if path.exists():
            break
    else:
        raise FileNotFoundError(f"no file '{Path(stem).name}.npy' or '.npz'")
    loaded = np.load(path, allow_pickle=False)
    if isinstance(loaded, np.ndarray):
        return loaded
    with loaded:
        if loaded.files == ["none"]:
            return EMPTY
        return [loaded[str(i)] for i in range(len(loaded.files))]


def _ordered_bits(bits):
    """16-bit floats as integers in the order of their values, so that neighbours differ by one."""
    signed = bits.astype(np.int32)
    return np.where(signed & 0x8000, 0x8000 - signed, signed)


def _close(got, want, original, tolerance):
    """Which elements of `got` are near enough to `want`; both are carriers of `original`'s type."""
    dtype = original.dtype
    near = np.zeros(want.shape, dtype=bool)
    if dtype == np.float16 or dtype == ml_dtypes.bfloat16:
        # Where the result was rounded once more or once less, a neighbouring value is as good.
        near = abs(_ordered_bits(got.view(np.uint16)) - _ordered_bits(want.view(np.uint16))) <= 1
    if dtype.name in FLOAT_BITS:
        got, want = (x.view(dtype).astype(np.float64) for x in (got, want))
    elif dtype.kind in "fc":
        wide = np.complex128 if dtype.kind == "c" else np.float64
        got, want = got.astype(wide), want.astype(wide)
    else:
        return got == want
    with np.errstate(all="ignore"):
        return near | np.isclose(got, want, tolerance.rtol, tolerance.atol, equal_nan=True)


def _tensor_difference(got, original, tolerance):
    want = to_carrier(original)
    if not isinstance(got, np.ndarray):
        return "expected a tensor"
    texts = want.dtype.kind == "U" and got.dtype.kind == "U"
    if got.shape != want.shape or (got.dtype != want.dtype and not texts):
        return f"expected {want.dtype}{list(want.shape)}, found {got.dtype}{list(got.shape)}"
    if tolerance.shape_only:
        return None
    # Never a view of strided data: the bits are looked at through other types.
    same = _close(
        np.ascontiguousarray(got), np.ascontiguousarray(want), np.asarray(original), tolerance
    )
    if same.all():
        return None
    first = np.unravel_index(np.argmin(same), want.shape)
    at = ", ".join(str(i) for i in first)
    return (
        f"{np.count_nonzero(~same)} of {same.size} elements differ, "
        f"first at [{at}]: expected {want[first]}, found {got[first]}"
    )


def difference(got, want, tolerance):
    """None when `got`, as read() returns it, is as good as `want`; else what is wrong."""
    if got is EMPTY or want is EMPTY:
        return None if got is want else f"expected {want!r}" if want is EMPTY else f"found {got!r}"
    if not isinstance(want, (list, tuple)):
        return _tensor_difference(got, want, tolerance)
    if not isinstance(got, list) or len(got) != len(want):
        found = len(got) if isinstance(got, list) else "a tensor"
        return f"expected a sequence of {len(want)}, found {found}"
    for i, (g, w) in enumerate(zip(got, want)):
        why = _tensor_difference(g, w, tolerance)
        if why:
            return f"item {i}: {why}"
    return None
