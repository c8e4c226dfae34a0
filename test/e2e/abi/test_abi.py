"""Libraries of `ds-compile --emit lib`, from C and from ctypes, held against NumPy."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import ctypes
import os
import subprocess
import threading
from pathlib import Path

import numpy as np
import onnx
import pytest

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("DS_BUILD_DIR", ROOT / "build"))
INCLUDE = ROOT / "runtime" / "include"
OK, FAILED, WRONG_USE = 0, 1, 2
FLOAT32 = 16

MODEL = """
<ir_version: 8, opset_import: ["": 17]>
affine (float[rows, 3] x, float[3] bias) => (float[rows, 2] y)
<float[3, 2] weights = {1, 2, 3, 4, 5, 6}> {
  shifted = Add(x, bias)
  y = MatMul(shifted, weights)
}
"""
WEIGHTS = np.arange(1, 7, dtype=np.float32).reshape(3, 2)


class Tensor(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("data", ctypes.c_void_p),
        ("element_type", ctypes.c_int32),
        ("rank", ctypes.c_int32),
        ("dims", ctypes.POINTER(ctypes.c_int64)),
        ("byte_size", ctypes.c_size_t),
    ]

    @classmethod
    def of(cls, array):
        """A view of an array, which must outlive it."""
        dims = (ctypes.c_int64 * array.ndim)(*array.shape)
        return cls(ctypes.sizeof(cls), array.ctypes.data, FLOAT32, array.ndim, dims, array.nbytes)

    def array(self):
        """A copy of what the tensor refers to."""
        buffer = ctypes.string_at(self.data, self.byte_size)
        return np.frombuffer(buffer, np.float32).reshape(self.dims[: self.rank])


class Instance:
    """An instance of the library's model; closes itself."""

    def __init__(self, library):
        self.library = library
        self.handle = ctypes.c_void_p()
        assert library.ds_instance_open(None, ctypes.byref(self.handle)) == OK

    def call(self, name, *arguments):
        return getattr(self.library, f"ds_instance_{name}")(self.handle, *arguments)

    def error(self):
        return self.call("error").decode()

    def bind(self, index, array):
        return self.call("bind_input", index, ctypes.byref(Tensor.of(array)))

    def output(self, index):
        tensor = Tensor(struct_size=ctypes.sizeof(Tensor))
        assert self.call("output", index, ctypes.byref(tensor)) == OK, self.error()
        return tensor

    def __del__(self):
        self.library.ds_instance_close(self.handle)


@pytest.fixture(scope="module")
def library_path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("abi")
    onnx.save(onnx.parser.parse_model(MODEL), folder / "affine.onnx")
    subprocess.run(
        [BUILD / "bin" / "ds-compile", folder / "affine.onnx", "--emit", "lib"]
        + ["-o", folder / "libaffine.so"],
        check=True,
    )
    return folder / "libaffine.so"


@pytest.fixture(scope="module")
def library(library_path):
    loaded = ctypes.CDLL(library_path, ctypes.RTLD_LOCAL)
    loaded.ds_instance_error.restype = ctypes.c_char_p
    return loaded


def arrays(rows):
    random = np.random.default_rng(rows)
    return random.random((rows, 3), np.float32), random.random(3, np.float32)


def test_results_equal_numpy_for_several_batches(library):
    instance = Instance(library)
    for rows in (1, 5, 64, 2):
        x, bias = arrays(rows)
        assert instance.bind(0, x) == OK and instance.bind(1, bias) == OK
        assert instance.call("run") == OK, instance.error()
        # Three products and sums of numbers below 12: a few units in the last place.
        np.testing.assert_allclose(instance.output(0).array(), (x + bias) @ WEIGHTS, rtol=1e-6)


def test_a_bound_output_is_written_in_place(library):
    instance = Instance(library)
    x, bias = arrays(4)
    y = np.zeros((4, 2), np.float32)
    assert instance.bind(0, x) == OK and instance.bind(1, bias) == OK
    assert instance.call("bind_output", 0, ctypes.byref(Tensor.of(y))) == OK
    assert instance.call("run") == OK
    np.testing.assert_allclose(y, (x + bias) @ WEIGHTS, rtol=1e-6)
    assert instance.output(0).data == y.ctypes.data


def test_inputs_are_read_at_each_run_without_copies(library):
    instance = Instance(library)
    x, bias = arrays(2)
    assert instance.bind(0, x) == OK and instance.bind(1, bias) == OK
    assert instance.call("run") == OK
    x += 1
    assert instance.call("run") == OK
    np.testing.assert_allclose(instance.output(0).array(), (x + bias) @ WEIGHTS, rtol=1e-6)


def test_wrong_shapes_and_missing_inputs_are_named(library):
    instance = Instance(library)
    assert instance.call("run") == WRONG_USE
    assert "'x' (float32 [?, 3]), 'bias' (float32 [3])" in instance.error()
    assert instance.bind(0, np.zeros((2, 4), np.float32)) == WRONG_USE
    assert instance.error() == (
        "input 'x' expects float32 [?, 3], found float32 [2, 4]: dimension 1 is 4, not 3"
    )


def test_instances_on_several_threads(library):
    failures = []

    def work(rows):
        instance = Instance(library)
        x, bias = arrays(rows)
        instance.bind(0, x)
        instance.bind(1, bias)
        for _ in range(100):
            if instance.call("run") != OK:
                failures.append(instance.error())
            if not np.allclose(instance.output(0).array(), (x + bias) @ WEIGHTS):
                failures.append(f"{rows} rows")

    threads = [threading.Thread(target=work, args=(rows,)) for rows in (1, 7, 30, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_the_example_in_c(library_path, tmp_path):
    compiler = os.environ.get("CC", "cc")
    source = Path(__file__).with_name("example.c")
    warnings = ["-std=c11", "-pedantic", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(
        [compiler, *warnings, "-I", INCLUDE, source, library_path, "-o", tmp_path / "example"],
        check=True,
    )
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library_path.parent)}
    result = subprocess.run(
        [tmp_path / "example", "4"], capture_output=True, text=True, env=environment
    )
    # Each row of ones plus ones is 2 2 2, and the weights sum to 21: 4 * 2 * 21.
    assert result.stdout == "2 inputs, 1 outputs\ny: float32, rank 2, sum 168\n", result.stderr


@pytest.mark.parametrize("header", ["runtime", "model", "types"])
@pytest.mark.parametrize("language", ["c11", "c++20"])
def test_the_headers_compile_alone(tmp_path, header, language):
    source = tmp_path / ("a.c" if language == "c11" else "a.cpp")
    source.write_text(f'#include "ds/{header}.h"\n')
    subprocess.run(
        [os.environ.get("CC", "cc"), f"-std={language}", "-pedantic", "-Wall", "-Wextra", "-Werror"]
        + ["-I", INCLUDE, "-fsyntax-only", source],
        check=True,
    )
