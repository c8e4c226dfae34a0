"""Every pair of element types through `nn.cast`, as compiled code, against exact arithmetic.

`cast_values.py emit` prints a module that converts samples and prints the results as integers;
`cast_values.py check` reads what it printed and compares it with a reference that shares nothing
with the compiler: the values of each code come from ml_dtypes, rounding is a search among them.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import bisect
import functools
import itertools
import math
import re
import struct
import sys
from fractions import Fraction

import ml_dtypes
import numpy as np

FLOATS = {
    "f64": np.float64,
    "f32": np.float32,
    "f16": np.float16,
    "bf16": ml_dtypes.bfloat16,
    "f8E4M3FN": ml_dtypes.float8_e4m3fn,
    "f8E4M3FNUZ": ml_dtypes.float8_e4m3fnuz,
    "f8E5M2": ml_dtypes.float8_e5m2,
    "f8E5M2FNUZ": ml_dtypes.float8_e5m2fnuz,
    "f8E8M0FNU": ml_dtypes.float8_e8m0fnu,
    "f4E2M1FN": ml_dtypes.float4_e2m1fn,
}
INTEGERS = {f"{sign}i{bits}": bits for bits in (2, 4, 8, 16, 32, 64) for sign in ("", "u")}
INTEGERS["i1"] = 1
TYPES = [*FLOATS, *INTEGERS]
WIDTHS = {name: int(re.match(r"f(\d+)|bf(\d+)", name)[0].strip("bf")) for name in FLOATS} | INTEGERS
SCALE = "f8E8M0FNU"


def is_unsigned(name):
    return name.startswith("u") or name == "i1"


@functools.cache
def codes(name):
    """The value of every code of a float type of up to 16 bits."""
    kind = np.uint16 if WIDTHS[name] == 16 else np.uint8
    with np.errstate(invalid="ignore"):
        return np.arange(1 << WIDTHS[name], dtype=kind).view(FLOATS[name]).astype(np.float64)


@functools.cache
def magnitudes(name):
    """Finite values not below zero; the code of each is its position."""
    half = codes(name)[: 1 << (WIDTHS[name] - (name != SCALE))]
    return [Fraction(float(value)) for value in half if math.isfinite(value)]


@functools.cache
def infinity(name):
    """The code of infinity, or None."""
    return next((code for code, value in enumerate(codes(name)) if math.isinf(value)), None)


def value_of(name, code):
    """The number, as a Fraction or a float that is none."""
    if name in INTEGERS:
        wraps = not is_unsigned(name) and code >> (WIDTHS[name] - 1)
        return Fraction(code - (1 << WIDTHS[name]) if wraps else code)
    if WIDTHS[name] == 64:
        value = struct.unpack("<d", struct.pack("<Q", code))[0]
    elif WIDTHS[name] == 32:
        value = struct.unpack("<f", struct.pack("<I", code))[0]
    else:
        value = float(codes(name)[code])
    return Fraction(value) if math.isfinite(value) else value


def is_negative(name, code):
    if name == SCALE or is_unsigned(name):
        return False
    # The only NaN of these types has negative zero's code, and no sign.
    if name.endswith("FNUZ") and code == 0x80:
        return False
    return bool(code >> (WIDTHS[name] - 1))


def to_scale(value, saturate, mode):
    """Powers of two from 2^-127, code 0, to 2^127, code 254; 255 is NaN."""
    if isinstance(value, float) and math.isnan(value):
        return 255
    if isinstance(value, float):
        return 254 if saturate else 255
    value = abs(value)
    if value < Fraction(2) ** -127:
        return 0 if saturate else 255
    code = 127 + value.numerator.bit_length() - value.denominator.bit_length()
    code -= Fraction(2) ** (code - 127) > value
    rest = value / Fraction(2) ** (code - 127)
    code += mode == "up" and rest > 1 or mode == "nearest" and rest >= Fraction(3, 2)
    return code if code <= 254 else 254 if saturate else 255


def to_float(name, value, negative, saturate):
    """Round to nearest even among the type's values. NaN is returned as None."""
    sign = 1 << (WIDTHS[name] - 1) if negative else 0
    has_negative_zero = not name.endswith("FNUZ")
    if isinstance(value, float) and math.isnan(value):
        return None if name != "f4E2M1FN" else 8 - sign
    numbers = magnitudes(name)
    largest = len(numbers) - 1
    ulp = numbers[-1] - numbers[-2]
    limit = numbers[-1] + ulp / 2
    magnitude = abs(value)
    if magnitude > limit or (magnitude == limit and largest % 2):
        if WIDTHS[name] <= 8 and (saturate or name == "f4E2M1FN"):
            return sign | largest
        return None if infinity(name) is None else sign | infinity(name)
    code = bisect.bisect_left(numbers, magnitude)
    if code > largest:
        code = largest
    elif numbers[code] != magnitude:
        below, above = magnitude - numbers[code - 1], numbers[code] - magnitude
        code -= below < above or (below == above and code % 2 == 1)
    return sign | code if code or has_negative_zero else 0


def to_wide(name, value, negative):
    if isinstance(value, float):
        wide = value
    elif name == "f64":
        try:
            wide = value.numerator / value.denominator
        except OverflowError:
            wide = math.copysign(math.inf, value)
    else:
        # f64 is the only wider type, and an integer of up to 64 bits is converted by NumPy.
        exact = (
            np.float64 if Fraction(float(value)) == value else np.uint64 if value > 0 else np.int64
        )
        with np.errstate(over="ignore"):
            wide = exact(int(value) if exact is not np.float64 else float(value)).astype(np.float32)
    if math.isnan(wide):
        return None
    wide = -0.0 if negative and wide == 0 else float(wide)
    packed = struct.pack("<d" if name == "f64" else "<f", wide)
    return int.from_bytes(packed, "little")


def reference(source, target, saturate, mode, code):
    """The code of the result; None for any NaN."""
    value, negative = value_of(source, code), is_negative(source, code)
    if source == target:
        return None if isinstance(value, float) and math.isnan(value) else code
    if target == "i1":
        return int(value != 0)
    if target in INTEGERS:
        bits = WIDTHS[target]
        if source in INTEGERS:
            return int(value) & ((1 << bits) - 1)
        low, high = (
            (0, (1 << bits) - 1) if is_unsigned(target) else (-(1 << bits - 1), (1 << bits - 1) - 1)
        )
        if isinstance(value, float):
            result = 0 if math.isnan(value) else high if value > 0 else low
        else:
            result = min(max(math.trunc(value), low), high)
        return result & ((1 << bits) - 1)
    if target == SCALE:
        result = to_scale(value, saturate, mode)
        return None if result == 255 else result
    # A negative zero keeps its sign, an integer zero has none.
    negative = negative if source in FLOATS else value < 0
    if WIDTHS[target] >= 32:
        return to_wide(target, value, negative)
    return to_float(target, value, negative, saturate)


@functools.cache
def samples(name):
    """All codes of narrow types; of others edges, and what is near ties of narrower floats."""
    bits = WIDTHS[name]
    if bits <= 8:
        return list(range(1 << bits))
    found = {0, 1, (1 << bits) - 1, 1 << (bits - 1), (1 << (bits - 1)) - 1}
    if name in INTEGERS:
        for power, pattern in itertools.product(
            range(bits), (1, 3, 0x101, 0x801, 0x1000001, (1 << 53) + 1)
        ):
            for step in (-1, 0, 1):
                found |= {
                    ((pattern << power) + step) % (1 << bits),
                    (-(pattern << power) + step) % (1 << bits),
                }
        return sorted(found)[:: 1 + len(found) // 400]
    numbers = [
        math.inf,
        -math.inf,
        math.nan,
        0.5,
        -0.5,
        -1.0,
        2.0**31 - 0.5,
        -(2.0**31) - 0.5,
        2.0**63,
        2.0**64,
    ]
    numbers += [
        127.5,
        128.5,
        -128.5,
        -129.0,
        255.5,
        256.0,
        1e300,
        3.4028235677973366e38,
        2.0**-126,
        2.0**-127,
    ]
    for narrow in (other for other in FLOATS if WIDTHS[other] < bits):
        table = [2.0**-30, 1.0] if WIDTHS[narrow] > 16 else [float(n) for n in magnitudes(narrow)]
        step = max(1, len(table) // 24)
        for low, high in zip(table[:-1:step], table[1::step], strict=False):
            tie = (low + high) / 2
            numbers += [
                tie,
                -tie,
                tie * (1 + 2.0**-40),
                tie * (1 - 2.0**-40),
                tie * (1 + 2.0**-20),
                low,
            ]
        numbers += [
            table[-1] * scale for scale in (1.0, 1 + 2.0**-5, 1 + 2.0**-4, 1 + 2.0**-12, 1.5)
        ]
    with np.errstate(over="ignore", invalid="ignore"):
        array = np.array(numbers, dtype=np.float64).astype(FLOATS[name])
    return sorted(found | {int(code) for code in array.view(np.dtype(f"u{bits // 8}"))})


def cases():
    for source, target in itertools.product(TYPES, TYPES):
        narrow = target in FLOATS and WIDTHS[target] <= 8
        modes = ("up", "down", "nearest") if target == SCALE else ("up",)
        for saturate, mode in itertools.product((True, False) if narrow else (True,), modes):
            yield source, target, saturate, mode


def dense(name):
    if WIDTHS[name] < 8 and name in INTEGERS:
        values = ", ".join(str(int(value_of(name, code))) for code in samples(name))
        return f"dense<[{values}]>" if name != "i1" else "dense<[false, true]>"
    data = b"".join(code.to_bytes((WIDTHS[name] + 7) // 8, "little") for code in samples(name))
    return f'dense<"0x{data.hex()}">'


def emit():
    print("func.func private @printMemrefI64(tensor<*xi64>)")
    calls = []
    for number, (source, target, saturate, mode) in enumerate(cases()):
        size = len(samples(source))
        unsigned = f"ui{WIDTHS[target]}" if WIDTHS[target] > 1 else "i1"
        attributes = (
            f"{{saturate = {str(saturate).lower()}, scale_round = #nn.scale_round<{mode}>}}"
        )
        print(f"func.func @f{number}() {{")
        print(f"  %0 = nn.constant {dense(source)} : tensor<{size}x{source}>")
        print(
            f"  %1 = nn.cast %0 {attributes} : tensor<{size}x{source}> -> tensor<{size}x{target}>"
        )
        print(f"  %2 = nn.bitcast %1 : tensor<{size}x{target}> -> tensor<{size}x{unsigned}>")
        print(f"  %3 = nn.cast %2 : tensor<{size}x{unsigned}> -> tensor<{size}xi64>")
        print(f"  %4 = tensor.cast %3 : tensor<{size}xi64> to tensor<*xi64>")
        print("  call @printMemrefI64(%4) : (tensor<*xi64>) -> ()\n  return\n}")
        calls.append(f"  call @f{number}() : () -> ()")
    print("func.func @main() {", *calls, "  return\n}", sep="\n")


def check():
    printed = re.findall(r"data =\s*\[([^\]]*)\]", sys.stdin.read())
    failures = compared = 0
    for case, text in itertools.zip_longest(cases(), printed):
        source, target, saturate, mode = case
        results = [int(word) % (1 << 64) for word in text.split(",")]
        for code, result in zip(samples(source), results, strict=True):
            expected = reference(source, target, saturate, mode, code)
            compared += 1
            if expected is None:
                value = value_of(target, result)
                matches = isinstance(value, float) and math.isnan(value)
            else:
                matches = result == expected
            if not matches:
                failures += 1
                if failures <= 20:
                    conversion = f"{source} {value_of(source, code)} -> {target} {saturate=} {mode}"
                    print(f"{conversion}: found {result}, expected {expected}")
    print(f"{compared} conversions compared, {failures} wrong")
    return 1 if failures or compared < 100000 else 0


if __name__ == "__main__":
    sys.exit({"emit": emit, "check": check}[sys.argv[1]]())
