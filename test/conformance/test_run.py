"""The conformance runner itself: it must tell good from bad, and name each way to fail."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).resolve().parent))
import cases  # noqa: E402
import run  # noqa: E402
import suite  # noqa: E402
import values  # noqa: E402

VALUE = np.array([1.0, 2.0], dtype=np.float32)


@pytest.fixture
def case(tmp_path):
    """A test 'node/test_identity' with one data set."""
    folder = tmp_path / "data" / "node" / "test_identity"
    (folder / "test_data_set_0").mkdir(parents=True)
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in ("x", "a/y")]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["a/y"])], "g", ports[:1], ports[1:]
    )
    onnx.save(helper.make_model(graph), folder / "model.onnx")
    tensor = numpy_helper.from_array(VALUE).SerializeToString()
    (folder / "test_data_set_0" / "input_0.pb").write_bytes(tensor)
    (folder / "test_data_set_0" / "output_0.pb").write_bytes(tensor)
    (found,) = cases.find(tmp_path / "data")
    return found


def compiler(tmp_path, program, status="exit 0"):
    """A command that takes `MODEL -o PROGRAM`, writes `program` there, and ends with `status`."""
    source = tmp_path / "program.sh"
    source.write_text(f"#!/bin/sh\n{program}\n")
    script = tmp_path / "compile.sh"
    script.write_text(
        f'#!/bin/sh\ncp {source} "$3" && chmod +x "$3"\necho "error: because"\n{status}\n'
    )
    return ["sh", str(script)]


# A program is called as: program --input x=FILE --output-dir DIR
COPY = 'cp "${2#x=}" "$4/a_y.npy"'


def test_a_program_that_writes_the_expected_output_passes(case, tmp_path):
    assert suite.run_case(run.SUITE, case, compiler(tmp_path, COPY), 20).outcome == "pass"


@pytest.mark.parametrize(
    "program, status, outcome, reason",
    [
        (COPY, "exit 3", "unsupported", "error: because"),
        (COPY, "exit 1", "compile-error", "exit status 1: error: because"),
        (COPY, "kill -SEGV $$", "compile-crash", "SIGSEGV"),
        (COPY, 'rm "$3"', "compile-error", "exit status 0, but no program"),
        (COPY, "sleep 20", "timeout", "compile: more than 2 s"),
        (
            "echo no",
            "exit 0",
            "wrong-result",
            "output 'a/y': unreadable: no file 'a_y.npy' or '.npz'",
        ),
        ("echo first; echo last; exit 1", "exit 0", "run-error", "exit status 1: last"),
        ("kill -SEGV $$", "exit 0", "run-crash", "SIGSEGV"),
        ('echo junk > "$4/a_y.npy"', "exit 0", "wrong-result", "output 'a/y': unreadable"),
    ],
)
def test_each_way_to_fail_has_its_outcome(case, tmp_path, program, status, outcome, reason):
    result = suite.run_case(run.SUITE, case, compiler(tmp_path, program, status), 2)
    assert (result.outcome, result.reason[: len(reason)]) == (outcome, reason)


@pytest.mark.parametrize(
    "value",
    [
        np.float32(3),
        np.zeros((0, 2), np.int64),
        np.array([True, False]),
        np.array(["a", "grün", ""], dtype=object),
        np.array([], dtype=object),
        np.array([1, -1.5], ml_dtypes.bfloat16),
        np.array([1, -1.5], ml_dtypes.float8_e4m3fn),
        np.array([1, -1.5], ml_dtypes.float4_e2m1fn),
        np.array([-8, 7], ml_dtypes.int4),
        np.array([0, 3], ml_dtypes.uint2),
        [np.zeros(2, np.float32), np.ones((1, 3), np.float32)],
        [],
        values.EMPTY,
    ],
    ids=lambda value: f"{getattr(value, 'dtype', type(value).__name__)}",
)
def test_every_value_survives_its_file(tmp_path, value):
    values.write(tmp_path / "v", value)
    assert values.difference(values.read(tmp_path / "v"), value, values.Tolerance(0, 0)) is None


@pytest.mark.parametrize(
    "got, want",
    [
        (np.float32([1]), np.float32([1.01])),
        (np.float32([1]), np.float32([np.nan])),
        (np.float32(1), np.float32([1])),
        (np.float64([1]), np.float32([1])),
        (np.int32([3]), np.int32([4])),
        (np.uint16([0x3F80]), np.array([1.02], ml_dtypes.bfloat16)),
        (np.uint8([0x38]), np.array([1.125], ml_dtypes.float8_e4m3fn)),
        (np.array(["a"]), np.array(["b"], dtype=object)),
        ([np.float32([1])], [np.float32([1]), np.float32([1])]),
        ([np.float32([1])], [np.float32([2])]),
        (np.float32([1]), [np.float32([1])]),
        ([np.float32([1])], np.float32([1])),
        (values.EMPTY, np.float32([1])),
        (np.float32([1]), values.EMPTY),
    ],
)
def test_a_wrong_value_shape_type_or_kind_is_seen(got, want):
    assert values.difference(got, want, values.Tolerance())


def test_a_neighbouring_bfloat16_is_as_good():
    assert (
        values.difference(
            np.uint16([0x3F80]), np.array([1.0078125], ml_dtypes.bfloat16), values.Tolerance(0, 0)
        )
        is None
    )
    assert (
        values.difference(
            np.uint16([0x8000]), np.array([0], ml_dtypes.bfloat16), values.Tolerance(0, 0)
        )
        is None
    )


def test_random_values_are_held_by_shape_and_type_only():
    loose = values.Tolerance(shape_only=True)
    assert values.difference(np.float32([0]), np.float32([1]), loose) is None
    assert values.difference(np.float32([0]), np.float32([1, 1]), loose)


def test_output_files_get_safe_and_distinct_names():
    assert suite.file_stems(["a:0", "a/0", "b"]) == ["a_0", "a_0-1", "b"]


def test_expectations_survive_their_file_and_hold_results(tmp_path):
    path = tmp_path / "expectations.txt"
    results = {"node/a": suite.Result("pass"), "node/b": suite.Result("unsupported", "no op 'B'")}
    suite.write_expectations(path, run.OUTCOMES, results, {"node/c": "node/c timeout slow"})
    assert suite.read_expectations(path, run.OUTCOMES) == {
        "node/b": "unsupported",
        "node/c": "timeout",
    }
    assert suite.complaint(suite.Result("unsupported"), "unsupported") is None
    assert "expected 'unsupported'" in suite.complaint(
        suite.Result("compile-crash", "SIGSEGV"), "unsupported"
    )
    assert "--update" in suite.complaint(suite.Result("pass"), "unsupported")
    assert suite.complaint(suite.Result("wrong-result", "off"), None) == "wrong-result: off"
