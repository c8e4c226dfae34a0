"""Programs linked from hand-written models, held against NumPy and the tools' contract."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import json
import os
import re
import subprocess
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Path(os.environ.get("DS_BUILD_DIR", ROOT / "build")) / "test" / "runtime"

FACTORS = np.array([2, 3, 4], np.float32)
BIAS = np.array([0.5, 0.25, 0.125], np.float32)


def run(program, *words, code=0, **options):
    result = subprocess.run(
        [SAMPLES / program, *map(str, words)], capture_output=True, text=True, timeout=60, **options
    )
    assert result.returncode == code, result.stderr
    if code != 0:
        assert result.stdout == ""
        assert result.stderr.startswith("error: ")
    return result.stderr.removeprefix("error: ").rstrip("\n") if code else result.stdout


def save(path, array):
    np.save(path, array)
    return path


@pytest.fixture
def rows(tmp_path):
    array = np.arange(12, dtype=np.float32).reshape(4, 3)
    return save(tmp_path / "x.npy", array), array


# ---- Running ---------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("fortran", [False, True])
def test_outputs_are_written_and_right(tmp_path, rows, threads, fortran):
    x = np.asfortranarray(rows[1]) if fortran else rows[1]
    path = save(tmp_path / "in.npy", x)
    out = tmp_path / "deep" / "out"
    assert run("sample", "--input", f"x={path}", "--output-dir", out, "--threads", threads) == ""
    assert sorted(os.listdir(out)) == ["rows.npy", "y_0.npy"]
    np.testing.assert_array_equal(np.load(out / "y_0.npy"), x * FACTORS + BIAS)
    count = np.load(out / "rows.npy")
    assert count.shape == () and count.dtype == np.int64 and count == 4


def test_an_input_with_a_default_may_be_given(tmp_path, rows):
    bias = save(tmp_path / "bias.npy", np.zeros(3, np.float32))
    run(
        "sample",
        "--input",
        f"x={rows[0]}",
        f"--input=bias={bias}",
        "--output-dir",
        tmp_path / "out",
    )
    np.testing.assert_array_equal(np.load(tmp_path / "out" / "y_0.npy"), rows[1] * FACTORS)


def test_with_a_single_input_the_name_may_be_left_out(tmp_path):
    array = np.array([[True, False]])
    for name in ("x.npy", "a=b.npy", "bool=c.npy"):
        path = save(tmp_path / name, array)
        for words in ([f"bool={path}"], [path]):
            run("single", "--input", *words, "--output-dir", tmp_path / "out")
            np.testing.assert_array_equal(np.load(tmp_path / "out" / "bool.npy"), array)
    assert run("single", "--input", "boll=x.npy", code=2) == (
        "unknown input 'boll'; did you mean 'bool'?"
    )
    assert "cannot open 'none.npy'" in run("single", "--input", "none.npy", code=2)


def test_a_large_file_is_mapped_and_right(tmp_path):
    x = np.random.default_rng(0).random((300_000, 3), dtype=np.float32)
    run("sample", "--input", f"x={save(tmp_path / 'x.npy', x)}", "--output-dir", tmp_path)
    np.testing.assert_array_equal(np.load(tmp_path / "y_0.npy"), x * FACTORS + BIAS)


def test_an_empty_batch_runs(tmp_path):
    path = save(tmp_path / "x.npy", np.zeros((0, 3), np.float32))
    run("sample", "--input", f"x={path}", "--output-dir", tmp_path)
    assert np.load(tmp_path / "y_0.npy").shape == (0, 3)


def test_without_output_dir_a_summary_is_printed(rows):
    assert run("sample", "--input", f"x={rows[0]}") == (
        "y/0: float32 [4, 3]  min 0.5  max 44.125  mean 17.4583\n"
        "  0.5 3.25 8.125 6.5 12.25 20.125 12.5 21.25 ...\n"
        "rows: int64 []\n  4\n"
    )


def test_the_program_needs_no_environment_and_no_proc_of_its_own(rows):
    assert "rows: int64 []" in run("sample", "--input", f"x={rows[0]}", env={}, cwd="/")


# ---- Element types -----------------------------------------------------------------------------

FOREIGN = {
    "bfloat16": (ml_dtypes.bfloat16, np.uint16),
    "float8e4m3fn": (ml_dtypes.float8_e4m3fn, np.uint8),
    "float8e4m3fnuz": (ml_dtypes.float8_e4m3fnuz, np.uint8),
    "float8e5m2": (ml_dtypes.float8_e5m2, np.uint8),
    "float8e5m2fnuz": (ml_dtypes.float8_e5m2fnuz, np.uint8),
    "float8e8m0fnu": (ml_dtypes.float8_e8m0fnu, np.uint8),
    "float4e2m1fn": (ml_dtypes.float4_e2m1fn, np.uint8),
    "int4": (ml_dtypes.int4, np.int8),
    "int2": (ml_dtypes.int2, np.int8),
    "uint4": (ml_dtypes.uint4, np.uint8),
    "uint2": (ml_dtypes.uint2, np.uint8),
}


def echo_inputs():
    """An array for each of the echo model's tensors, by name."""
    random = np.random.default_rng(1)
    arrays = {"bool": random.random((2, 3)) < 0.5}
    for bits in (8, 16, 32, 64):
        for kind in ("int", "uint"):
            limits = np.iinfo(f"{kind}{bits}")
            arrays[f"{kind}{bits}"] = np.array([[limits.min, limits.max, 1]], f"{kind}{bits}")
    for bits in (16, 32, 64):
        arrays[f"float{bits}"] = np.array([[1.5, -np.inf], [np.nan, 0]], f"float{bits}")
    arrays["complex64"] = np.array([[1 - 2j, 3j]], np.complex64)
    arrays["complex128"] = np.array([[1 - 2j], [3j]], np.complex128)
    arrays["string"] = np.array([["", "ä€😀"], ["plain", "x" * 40]])
    for name, (dtype, _) in FOREIGN.items():
        values = (
            np.array([[0, 1, 1, 0]]) if name == "float8e8m0fnu" else np.array([[0, 1, -2, 1.5]])
        )
        unsigned = name.startswith("uint")
        arrays[name] = (
            np.abs(values).astype(np.float32).astype(dtype)
            if unsigned
            else (values.astype(np.float32).astype(dtype))
        )
    return arrays


def carried(name, array):
    """What the contract says is in the file of an output."""
    if name not in FOREIGN:
        return array
    raw = array.view(np.uint16 if array.itemsize == 2 else np.uint8)
    carrier = FOREIGN[name][1]
    if name in ("int4", "int2"):  # sign-extended
        bits = int(name[3:])
        return ((raw << (8 - bits)).astype(np.int8) >> (8 - bits)).astype(np.int8)
    if name in ("uint4", "uint2", "float4e2m1fn"):
        return raw & (3 if name == "uint2" else 15)
    return raw.astype(carrier)


@pytest.fixture
def echo(tmp_path):
    """Arguments for the echo model; single ones may be replaced."""
    words = {}
    for name, array in echo_inputs().items():
        words[name] = save(tmp_path / f"{name}.npy", array)
    np.savez(tmp_path / "sequence.npz", **{"0": np.zeros((2, 1), np.float32)})
    np.savez(tmp_path / "optional.npz", none=np.array(True))
    words["sequence"] = tmp_path / "sequence.npz"
    words["optional"] = tmp_path / "optional.npz"

    def call(code=0, **replaced):
        inputs = [f"--input={name}={path}" for name, path in {**words, **replaced}.items()]
        text = run("echo", *inputs, "--output-dir", tmp_path / "out", code=code)
        return text if code else tmp_path / "out"

    return call


def test_every_element_type_comes_back_as_the_contract_says(echo):
    out = echo()
    for name, array in echo_inputs().items():
        expected, found = carried(name, array), np.load(out / f"{name}.npy")
        assert found.dtype == expected.dtype, name
        np.testing.assert_array_equal(found, expected, err_msg=name)


def test_raw_bytes_and_integers_carry_the_same(echo, tmp_path):
    replaced = {}
    for name, array in echo_inputs().items():
        if name in FOREIGN:
            replaced[name] = save(tmp_path / f"{name}_integer.npy", carried(name, array))
    first = {name: np.load(echo() / f"{name}.npy") for name in FOREIGN}
    out = echo(**replaced)
    for name in FOREIGN:
        np.testing.assert_array_equal(np.load(out / f"{name}.npy"), first[name], err_msg=name)


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_sequences_of_any_shape_come_back(echo, tmp_path, write):
    arrays = [np.random.default_rng(i).random((i, 2) if i else (), np.float32) for i in range(12)]
    write(tmp_path / "s.npz", **{str(i): array for i, array in enumerate(arrays)})
    with np.load(echo(sequence=tmp_path / "s.npz") / "sequence.npz") as found:
        assert sorted(found.files) == sorted(str(i) for i in range(12))
        for i, array in enumerate(arrays):
            np.testing.assert_array_equal(found[str(i)], array)


def test_the_empty_sequence_comes_back(echo, tmp_path):
    np.savez(tmp_path / "s.npz")
    with np.load(echo(sequence=tmp_path / "s.npz") / "sequence.npz") as found:
        assert found.files == []


def test_an_absent_optional_is_an_archive_and_a_present_one_its_value(echo, tmp_path):
    with np.load(echo() / "optional.npz") as found:
        assert found.files == ["none"]
        none = found["none"]
        assert none.shape == () and none.dtype == np.bool_ and none
    out = echo(optional=save(tmp_path / "o.npy", np.array("text")))
    assert np.load(out / "optional.npy") == "text"


def test_another_python_can_read_a_written_archive(echo, tmp_path):
    result = subprocess.run(
        ["python3", "-m", "zipfile", "-t", echo() / "sequence.npz"], capture_output=True, text=True
    )
    assert result.returncode == 0 and "Done testing" in result.stdout


# ---- Errors ------------------------------------------------------------------------------------


def test_missing_unknown_and_doubled_inputs(rows, tmp_path):
    x = f"x={rows[0]}"
    assert run("sample", code=2) == (
        "no file is given for the input 'x' (float32 [batch, 3]); give it with --input NAME=FILE"
    )
    bias = f"bais={rows[0]}"
    assert run("sample", "--input", x, "--input", bias, code=2) == (
        "unknown input 'bais'; did you mean 'bias'?"
    )
    assert run("sample", "--input", f"zzzz={rows[0]}", code=2) == (
        "unknown input 'zzzz'; the inputs are 'x', 'bias'"
    )
    assert run("sample", "--input", x, "--input", x, code=2).startswith("input 'x' is given twice")
    assert run("sample", "--input", rows[0], code=2).startswith(
        "option '--input' expects NAME=FILE"
    )
    assert run("sample", "--input", f"x={tmp_path}/no.npy", code=2) == (
        f"input 'x': cannot open '{tmp_path}/no.npy': No such file or directory"
    )


@pytest.mark.parametrize(
    "array, message",
    [
        (
            np.zeros((4, 3), np.float64),
            "expects float32 [?, 3], in a file '<f4', found '<f8' [4, 3]",
        ),
        (np.zeros((4, 3), ">f4"), "expected little-endian elements in .npy data, found '>f4'"),
        (np.zeros(3, np.float32), "found float32 [3]: the rank is 1, not 2"),
        (np.zeros((4, 2), np.float32), "found float32 [4, 2]: dimension 1 is 2, not 3"),
        (np.zeros(2, "<f4,<i4"), "expected a plain element type in .npy data"),
    ],
)
def test_wrong_types_and_shapes_are_wrong_use_and_write_nothing(tmp_path, array, message):
    path = save(tmp_path / "x.npy", array)
    text = run("sample", "--input", f"x={path}", "--output-dir", tmp_path / "out", code=2)
    assert text.startswith(f"'{path}': ") and message in text
    assert not (tmp_path / "out").exists()


def test_malformed_files_have_their_own_exit_code(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.array([{}], dtype=object), allow_pickle=True)
    assert "never read" in run("sample", "--input", f"x={path}", code=4)
    path.write_bytes(b"not an array")
    assert "malformed .npy data" in run("sample", "--input", f"x={path}", code=4)
    np.save(path, np.zeros((4, 3), np.float32))
    os.truncate(path, 150)
    assert "expected 48 bytes of data for shape [4, 3] of '<f4', found 22" in run(
        "sample", "--input", f"x={path}", code=4
    )


def test_a_failing_run_says_why_and_writes_nothing(tmp_path):
    path = save(tmp_path / "x.npy", np.zeros((13, 3), np.float32))
    words = [
        "--input",
        f"x={path}",
        "--output-dir",
        tmp_path / "out",
        "--profile",
        tmp_path / "trace",
    ]
    assert run("sample", *words, code=1) == "expected any batch but 13, found 13"
    assert sorted(os.listdir(tmp_path)) == ["x.npy"]


def test_outputs_that_cannot_be_written_leave_the_older_ones(tmp_path, rows):
    run("sample", "--input", f"x={rows[0]}", "--output-dir", tmp_path / "out")
    before = (tmp_path / "out" / "y_0.npy").read_bytes()
    big = save(tmp_path / "big.npy", np.ones((100_000, 3), np.float32))
    # The disk is full, as far as the program can tell.
    limit = [
        "bash",
        "-c",
        'ulimit -f 100; trap "" XFSZ; exec "$@"',
        "bash",
        str(SAMPLES / "sample"),
    ]
    words = ["--input", f"x={big}", "--output-dir", tmp_path / "out"]
    result = subprocess.run(limit + list(map(str, words)), capture_output=True, text=True)
    assert result.returncode == 1 and "File too large" in result.stderr
    assert (tmp_path / "out" / "y_0.npy").read_bytes() == before
    assert sorted(os.listdir(tmp_path / "out")) == ["rows.npy", "y_0.npy"]


def test_an_output_dir_that_is_a_file_is_wrong_use(rows):
    assert run("sample", "--input", f"x={rows[0]}", "--output-dir", rows[0], code=2) == (
        f"option '--output-dir' expects a directory, found the file '{rows[0]}'"
    )


def test_a_closed_standard_output_is_an_error(rows):
    command = f"'{SAMPLES / 'sample'}' --input x='{rows[0]}' > /dev/full"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert result.returncode == 1
    assert "cannot write to standard output: No space left on device" in result.stderr


@pytest.mark.parametrize("device", ["cuda", "mock"])
def test_other_devices_are_not_built_in(rows, device):
    assert run("sample", "--input", f"x={rows[0]}", "--device", device, code=1) == (
        f"the program was compiled for the device 'cpu', it cannot run on '{device}'"
    )


def test_errors_have_no_colour_where_nobody_sees_it(tmp_path):
    assert "\x1b" not in run("sample", "--nonsense", code=2)


# ---- Looking inside ------------------------------------------------------------------------------


def test_describe():
    text = run("sample", "--describe")
    assert "  x     float32 [batch, 3]\n  bias  float32 [3]  (has a default)\n" in text
    assert '  author: the "test" suite\n' in text
    assert json.loads(run("sample", "--describe", "--json")) == {
        "name": "sample",
        "compiler": "by hand",
        "target": "x86-64",
        "features": "sse2",
        "inputs": [
            {
                "name": "x",
                "kind": "tensor",
                "type": "float32",
                "shape": [-1, 3],
                "dim_names": ["batch", None],
                "has_default": False,
            },
            {
                "name": "bias",
                "kind": "tensor",
                "type": "float32",
                "shape": [3],
                "dim_names": [None],
                "has_default": True,
            },
        ],
        "outputs": [
            {
                "name": "y/0",
                "kind": "tensor",
                "type": "float32",
                "shape": [-1, 3],
                "dim_names": ["batch", None],
            },
            {"name": "rows", "kind": "tensor", "type": "int64", "shape": [], "dim_names": []},
        ],
        "metadata": {"author": 'the "test" suite', "task": "scaling"},
        "code_versions": [
            {"name": "x86-64", "target": "x86-64", "features": "sse2", "supported": True}
        ],
        "launches": 2,
        "weights_bytes": 20000,
        "arena_bytes": 12,
        "plan": {"peak": 12},
    }
    sequence = json.loads(run("echo", "--describe", "--json"))["inputs"][-2]
    assert sequence["kind"] == "sequence" and sequence["shape"] is None


def test_benchmark_with_and_without_inputs(rows):
    for words in ([], ["--input", f"x={rows[0]}"]):
        found = json.loads(run("sample", "--benchmark", "25", "--json", "--threads", "2", *words))
        assert found["runs"] == 25 and found["threads"] == 2
        assert 0 < found["min_ms"] <= found["median_ms"] <= found["p90_ms"] <= found["p99_ms"]
        assert found["first_result_ms"] > 0 and found["peak_rss_mb"] > 0.5
    table = run("sample", "--benchmark")
    assert re.search(r"^latency, median +[\d.e-]+ ms$", table, re.MULTILINE)
    assert run("echo", "--benchmark", "3")  # inputs of every type can be made up


def test_profile_names_kernels_and_nodes(tmp_path, rows):
    run("sample", "--input", f"x={rows[0]}", "--profile", tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert [(e["name"], e["args"].get("nodes")) for e in events] == [
        ("scale", "Mul_0"),
        ("add", "Add_1, Add_2"),
        ("run 0", None),
    ]
    assert all(event["dur"] >= 0 for event in events)


def test_check_numerics_stops_at_the_first_nan(tmp_path, rows):
    x = rows[1].copy()
    x[2, 1] = np.nan
    path = save(tmp_path / "nan.npy", x)
    text = run("sample", "--input", f"x={path}", "--check-numerics", code=1)
    assert text == (
        "check-numerics: node 'Mul_0' (kernel 'scale') wrote NaN at [2, 1] of float32 [4, 3]; "
        "its inputs:\n  #0 float32 [4, 3] from 0 to 11, 1 NaN\n  #1 float32 [3] from 2 to 4"
    )
    run("sample", "--input", f"x={rows[0]}", "--check-numerics")


def test_help_and_version():
    assert "usage: " in run("sample", "--help")
    assert (
        run("sample", "--version") == "model 'sample' for x86-64\ncompiler by hand\nruntime 1.2\n"
    )


# ---- The file itself -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sample", "echo", "libsample.so"])
def test_nothing_newer_than_glibc_2_34_is_needed_and_nothing_but_glibc(name):
    text = subprocess.run(
        ["readelf", "--dyn-syms", "--dynamic", "-W", SAMPLES / name], capture_output=True, text=True
    ).stdout
    versions = {tuple(map(int, v.split("."))) for v in re.findall(r"@GLIBC_([\d.]+)", text)}
    assert versions and max(versions) <= (2, 34)
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", text))
    assert needed <= {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"}


def test_no_path_of_the_build_machine_is_in_a_program():
    assert str(ROOT).encode() + b"/" not in (SAMPLES / "sample").read_bytes()


def test_a_library_exports_the_public_calls_and_nothing_else():
    header = (ROOT / "runtime" / "include" / "ds" / "runtime.h").read_text()
    declared = set(re.findall(r"^DS_API\s[^;(]*?\b(ds_\w+)\(", header, re.MULTILINE))
    text = subprocess.run(
        ["nm", "-D", "--defined-only", SAMPLES / "libsample.so"], capture_output=True, text=True
    ).stdout
    assert {line.split()[-1] for line in text.splitlines()} == declared
    assert len(declared) > 20
