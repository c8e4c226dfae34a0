"""A training job, end to end: its curve against NumPy, its files, its checkpoints, its messages."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import gzip
import json
import os
import shutil
import signal
import struct
import subprocess
from pathlib import Path

import job_reference as reference
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
JOB = Path(os.environ.get("DS_BUILD_DIR", ROOT / "build")) / "test" / "runtime" / "job"
DS_RUN = Path(os.environ.get("DS_BUILD_DIR", ROOT / "build")) / "bin" / "ds-run"
EXAMPLES = 50


def train(*words, code=0, **options):
    """Runs the job; what it said on stdout, or its error."""
    command = [JOB, *map(str, words)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, **options)
    assert result.returncode == code, result.stderr
    if code:
        last = result.stderr.splitlines()[-1]
        assert last.startswith("error: "), result.stderr
        return last.removeprefix("error: ")
    return result.stdout


def make_data(seed=0, count=EXAMPLES):
    random = np.random.default_rng(seed)
    x = random.normal(size=(count, 4)).astype(np.float32)
    label = (x @ np.random.default_rng(1).normal(size=(4, 3))).argmax(1)
    return x, label


@pytest.fixture
def data(tmp_path):
    x, label = make_data()
    path = tmp_path / "data.npz"
    np.savez(path, x=x, label=label)
    return path


def files_of(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def final(folder):
    """The bytes of the newest checkpoint's tensors."""
    newest = sorted(folder.glob("step-*"))[-1]
    return [(newest / name).read_bytes() for name in ("weights.safetensors", "state.safetensors")]


# ---- The loop --------------------------------------------------------------------------------


def batches_in_order(steps):
    return [np.arange(s * 8, s * 8 + 8) % EXAMPLES for s in range(steps)]


def batches_dropped(steps):
    per_epoch = EXAMPLES // 8
    orders = [reference.shuffled(EXAMPLES, 7, e) for e in range(steps // per_epoch + 1)]
    return [np.array(orders[s // per_epoch][s % per_epoch * 8 :][:8]) for s in range(steps)]


def batches_wrapped(steps):
    stream = sum((reference.shuffled(EXAMPLES, 7, e) for e in range(steps * 8 // EXAMPLES + 1)), [])
    return [np.array(stream[s * 8 : s * 8 + 8]) for s in range(steps)]


@pytest.mark.parametrize(
    "words,batches",
    [
        (["--shuffle", "off"], batches_in_order),
        ([], batches_dropped),
        (["--last-batch", "wrap"], batches_wrapped),
    ],
)
def test_the_curve_and_the_weights_are_those_of_numpy(tmp_path, data, words, batches):
    steps = 40
    train("--data", data, "--steps", steps, "--checkpoint-dir", tmp_path / "c",
          "--log-dir", tmp_path / "l", *words)  # fmt: skip
    losses, values = reference.train(*make_data(), batches(steps), steps)
    rows = reference.read_rows(tmp_path / "l" / "metrics.csv")
    assert [int(row["step"]) for row in rows] == list(range(1, steps + 1))
    assert [int(row["seen_step"]) for row in rows] == list(range(1, steps + 1))
    # The job computes in f32: each step rounds about 20 operations by 2^-24, and over 40 steps of
    # this convex problem with momentum 0.9 (gain 10) errors add up to 40 * 20 * 10 * 2^-24 = 5e-4
    # at worst, in practice to their root.
    np.testing.assert_allclose([float(row["loss"]) for row in rows], losses, atol=5e-4)
    rates = [reference.learning_rate(s, steps) for s in range(1, steps + 1)]
    np.testing.assert_allclose([float(row["lr"]) for row in rows], rates, rtol=1e-8)
    saved = reference.read_safetensors(tmp_path / "c" / f"step-{steps:08}" / "weights.safetensors")
    assert sorted(saved) == ["b", "norm.mean", "w"]
    for name, value in values.items():
        np.testing.assert_allclose(saved[name], value, atol=5e-4)


def test_epochs_count_what_the_data_give(tmp_path, data):
    for words, steps in ((["--epochs", 3], 18), (["--epochs", 3, "--shuffle", "off"], 19)):
        train("--data", data, "--log-dir", tmp_path / "l", *words)
        assert len(reference.read_rows(tmp_path / "l" / "metrics.csv")) == steps


def test_the_order_does_not_depend_on_threads(tmp_path, data):
    runs = []
    for threads in (1, 3):
        train("--data", data, "--epochs", 2, "--threads", threads,
              "--checkpoint-dir", tmp_path / f"{threads}")  # fmt: skip
        runs.append(final(tmp_path / f"{threads}"))
    assert runs[0] == runs[1]


def test_another_seed_gives_another_run(tmp_path, data):
    runs = []
    for seed in (7, 8, 18446744073709551615 >> 1):
        train(
            "--data", data, "--steps", 5, "--seed", seed, "--checkpoint-dir", tmp_path / f"{seed}"
        )
        runs.append(tuple(final(tmp_path / f"{seed}")))
    assert len(set(runs)) == 3


def test_evaluation_counts_every_example_once(tmp_path, data):
    x, label = make_data(seed=5, count=21)  # three batches, the last with 5 examples
    path = tmp_path / "eval.npz"
    np.savez(path, x=x, label=label)
    out = train("--data", data, "--eval", path, "--epochs", 2, "--checkpoint-dir", tmp_path / "c",
                "--log-dir", tmp_path / "l")  # fmt: skip
    saved = reference.read_safetensors(tmp_path / "c" / "step-00000012" / "weights.safetensors")
    _, loss, accuracy = reference.forward(
        x.astype(np.float64), label, saved["w"], saved["b"], saved["norm.mean"], np.ones(21)
    )
    rows = reference.read_rows(tmp_path / "l" / "evaluation.csv")
    assert [row["step"] for row in rows] == ["6", "12"]
    np.testing.assert_allclose(float(rows[-1]["loss"]), loss, rtol=1e-5)  # f32, a dozen operations
    np.testing.assert_allclose(float(rows[-1]["accuracy"]), accuracy, rtol=1e-6)
    assert f"evaluation: loss {loss:.4g}"[:20] in out


def test_tensorboard_gets_what_the_table_has(tmp_path, data):
    logs = tmp_path / "l"
    words = ("--data", data, "--eval", data, "--checkpoint-dir", tmp_path / "c", "--log-dir", logs)
    train(*words, "--epochs", 1)
    train(*words, "--epochs", 2, "--resume", "latest")
    first, second = sorted(logs.glob("events.out.tfevents.*"), key=lambda p: p.stat().st_mtime_ns)
    rows = reference.read_rows(logs / "metrics.csv")
    for path, begin, end in ((first, 1, 6), (second, 7, 12)):
        events = reference.read_events(path)
        assert events[0]["file_version"] == "brain.Event:2"
        assert events[1]["session"] == {1: 1} and events[1]["step"] == begin
        steps = [e for e in events if "train/loss" in e["scalars"]]
        assert [e["step"] for e in steps] == list(range(begin, end + 1))
        for event in steps:
            row = rows[event["step"] - 1]
            for name in ("loss", "lr", "accuracy"):
                assert event["scalars"][f"train/{name}"] == np.float32(row[name])
        evaluated = [e for e in events if "eval/loss" in e["scalars"]]
        assert [e["step"] for e in evaluated] == [end]
        assert set(evaluated[0]["scalars"]) == {"eval/loss", "eval/accuracy"}


def test_a_steady_step_allocates_nothing(tmp_path, data):
    """Over a thousand further steps, epochs and rows of the logs among them, no allocation."""
    counts = []
    for steps in (200, 1200):
        environment = dict(
            os.environ,
            LD_PRELOAD=str(JOB.parent / "libds-count-allocations.so"),
            DS_ALLOCATIONS=str(tmp_path / "count"),
        )
        train("--data", data, "--steps", steps, "-q", "--log-dir", tmp_path / "l", "--threads", 2,
              env=environment)  # fmt: skip
        assert len(reference.read_rows(tmp_path / "l" / "metrics.csv")) == steps
        counts.append(int((tmp_path / "count").read_text()))
    assert counts[0] > 50, "the interposer counted nothing"
    assert counts[0] == counts[1]


# ---- Data ------------------------------------------------------------------------------------


def save_idx(path, array):
    code = {np.uint8: 8, np.int32: 12, np.float32: 13}[array.dtype.type]
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    body = head + array.astype(array.dtype.newbyteorder(">")).tobytes()
    path.write_bytes(gzip.compress(body) if path.suffix == ".gz" else body)


def save_safetensors(path, **arrays):
    header, body = {}, b""
    for name, array in arrays.items():
        kind = {np.float32: "F32", np.int64: "I64"}[array.dtype.type]
        header[name] = {
            "dtype": kind,
            "shape": array.shape,
            "data_offsets": [len(body), len(body) + array.nbytes],
        }
        body += array.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def test_every_kind_of_file_gives_the_same_run(tmp_path):
    x, label = make_data()
    x = np.round(x * 16).astype(np.int32).astype(np.float32)  # whole numbers, exact in all kinds
    folder = tmp_path / "files"
    folder.mkdir()
    np.savez(folder / "a.npz", x=x, label=label)
    np.savez_compressed(folder / "b.npz", x=x.astype(np.float64), label=label.astype(np.uint8))
    np.savez(folder / "f.npz", x=np.asfortranarray(x.astype(np.int16)), label=label.astype(np.int8))
    np.save(folder / "x.npy", x)
    save_idx(folder / "x.idx", x)
    save_idx(folder / "x.gz", x.astype(np.int32))
    save_idx(folder / "label.gz", label.astype(np.uint8))
    save_safetensors(folder / "s.safetensors", x=x, label=label)
    words = np.array(["ant", "bee", "cat"])[label]
    rows = [f"{n},{','.join(f'{v:g}' for v in row)}" for n, row in zip(words, x)]
    (folder / "t.csv").write_text("label,a,b,c,d\r\n" + "\r\n".join(rows) + "\r\n")
    rows = [f'{row[3]},{row[0]},{n}, {row[1]} ,"{row[2]}"' for n, row in zip(label, x)]
    (folder / "u.csv").write_text("x.3,x.0,label,x.1,x.2\n" + "\n".join(rows))
    idx = folder / "idx"
    idx.mkdir()
    save_idx(idx / "train-images-idx3-ubyte.gz", x.astype(np.int32))
    save_idx(idx / "train-labels-idx1-ubyte", label.astype(np.uint8))
    save_idx(idx / "t10k-images-idx3-ubyte", x[:9].astype(np.int32))
    save_idx(idx / "t10k-labels-idx1-ubyte.gz", label[:9].astype(np.uint8))
    specs = ["a.npz", "b.npz", "f.npz", "s.safetensors", "t.csv", "u.csv", "idx"]
    specs = [str(folder / name) for name in specs]
    for name in ("x.npy", "x.idx", "x.gz"):
        specs.append(f"x={folder / name},label={folder / 'label.gz'}")
    runs = []
    for number, spec in enumerate(specs):
        train("--data", spec, "--steps", 9, "--scale", "x=1/16", "--checkpoint-dir",
              tmp_path / f"{number}")  # fmt: skip
        runs.append(final(tmp_path / f"{number}"))
    for spec, run in zip(specs, runs):
        assert run == runs[0], spec
    assert "evaluation" in train("--data", idx, "--eval", idx)


def with_element(array, index, value):
    array = array.copy()
    array[index] = value
    return array


def test_wrong_data_are_named_by_record(tmp_path):
    x, label = make_data()
    path = tmp_path / "d.npz"

    def failure(code=2, words=(), **arrays):
        np.savez(path, **arrays)
        return train("--data", path, "--epochs", 2, *words, code=code)

    place = f"in '{path}'"
    assert failure(x=with_element(x, (17, 2), np.nan), label=label) == (
        f"record 17 of 'x' {place}: the element at [2] is NaN"
    )
    assert failure(x=x, label=with_element(label, 3, 3)) == (
        f"record 3 of 'label' {place}: expected a label from 0 to 2, found 3"
    )
    assert failure(x=x, label=with_element(label, 4, -1)) == (
        f"record 4 of 'label' {place}: expected a label from 0 to 2, found -1"
    )
    big = with_element(label.astype(np.uint64), 5, 2**63)
    assert failure(x=x, label=big) == (
        f"record 5 of 'label' {place}: its value does not fit the type"
    )
    assert failure(x=x[:, :3], label=label) == (
        "--data: input 'x' takes float32 [4] for each example, found shape [3] in 'x' " + place
    )
    assert failure(x=x, label=label.astype(np.float32)) == (
        "--data: input 'label' takes int64, found float32 in 'label' "
        + place
        + ", which does not convert to it"
    )
    assert failure(x=x, label=label[:49]) == (
        f"--data: expected as many records in 'label' {place} as in 'x' {place}, found 49 and 50"
    )
    assert failure(x=x, labels=label) == (
        f"--data: '{path}' has no array for the input 'label' (int64 [] for each example); "
        "it has 'x', 'labels'"
    )
    assert failure(x=x[:5], label=label[:5]) == (
        "--data: expected at least 8 examples for a batch, found 5; --last-batch wrap takes some "
        "of them twice"
    )
    assert failure(x=x[:0], label=label[:0]) == (
        f"--data: expected examples in 'x' {place}, found none"
    )
    assert failure(x=np.float32(1), label=label) == (
        f"--data: 'x' {place} expects an array whose first axis counts examples, found shape []"
    )
    assert failure(words=["--scale", "label=2"], x=x, label=label) == (
        "--data: option '--scale' expects an input of floating-point numbers, input 'label' takes "
        "int64"
    )
    assert failure(words=["--scale", "y=2"], x=x, label=label) == (
        "--data: option '--scale' names the unknown input 'y'"
    )


def test_shapes_with_as_many_elements_are_taken_and_said(tmp_path, data):
    x, label = make_data()
    np.savez(tmp_path / "d.npz", x=x.reshape(-1, 2, 2), label=label[:, None])
    command = [JOB, "--data", tmp_path / "d.npz", "--steps", "1"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0
    assert result.stderr == (
        f"note: records of 'x' in '{tmp_path}/d.npz' of shape [2, 2] are read as [4] for the input "
        f"'x'\nnote: records of 'label' in '{tmp_path}/d.npz' of shape [1] are read as [] for the "
        "input 'label'\n"
    )


def test_specifications_that_name_nothing(tmp_path, data):
    def failure(spec, code=2):
        return train("--data", spec, code=code)

    assert failure(f"y={data}") == "--data: unknown input 'y'; the inputs are 'x', 'label'"
    assert failure(f"labl={data}") == "--data: unknown input 'labl'; did you mean 'label'?"
    np.save(tmp_path / "x.npy", make_data()[0])
    assert failure(f"x={tmp_path}/x.npy") == (
        "--data: no file is given for the input 'label' (int64 [] for each example)"
    )
    assert failure(f"x={tmp_path}/x.npy,x={tmp_path}/x.npy") == (
        "--data: the input 'x' is given twice"
    )
    assert failure(tmp_path / "x.npy") == (
        f"--data: '{tmp_path}/x.npy' holds one array, the job takes 'x', 'label'; give each a "
        "file: NAME=PATH,NAME=PATH,..."
    )
    assert failure(tmp_path / "none.npz") == (
        f"--data: cannot open '{tmp_path}/none.npz': No such file or directory"
    )
    (tmp_path / "empty").mkdir()
    assert failure(tmp_path / "empty").startswith(f"--data: '{tmp_path}/empty' expects an IDX pair")
    (tmp_path / "bytes").write_bytes(b"\x7fELF\0\0\0\0")
    assert failure(tmp_path / "bytes", code=4) == (
        f"--data: '{tmp_path}/bytes' expects a .npz, .safetensors, .npy, IDX or CSV file, found "
        "something else"
    )
    (tmp_path / "t.csv").write_text("x.0,x.1,x.2,x.3,label\n1,2,3,4,0\n1,2,,4,0\n")
    assert failure(tmp_path / "t.csv", code=4) == (
        f"--data: '{tmp_path}/t.csv', line 3: the field of column 'x.2' is empty"
    )


# ---- Options ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words,code,message",
    [
        ([], 2, "no data are given; give them with --data SPEC"),
        (["d.npz"], 2, "unexpected argument 'd.npz'; data are given as --data d.npz"),
        (["--epoch", "3"], 2, "unknown option '--epoch'; did you mean '--epochs'?"),
        (["--data", "d", "--epochs", "1", "--steps", "1"], 2,
         "expected one of '--epochs' and '--steps', found both"),
        (["--steps", "0"], 2,
         "option '--steps' expects a number from 1 to 1099511627776, found '0'"),
        (["--lr", "fast"], 2, "option '--lr' expects a number from 0, found 'fast'"),
        (["--shuffle", "never"], 2, "option '--shuffle' expects on or off, found 'never'"),
        (["--scale", "x=1/0"], 2,
         "option '--scale' expects NAME=FACTOR, NAME=A/B, or either with +OFFSET or -OFFSET behind "
         "it, found 'x=1/0'"),
        (["--data", "d", "--resume", "latest"], 2,
         "option '--resume latest' needs '--checkpoint-dir'"),
        (["--data", "d", "--checkpoint-every", "2"], 2,
         "option '--checkpoint-every' needs '--checkpoint-dir'"),
        (["--data", "d", "-n", "2"], 3,
         "expected 1 rank, found 2: this job was compiled without collectives"),
        (["--data", "d", "--device", "cuda"], 3,
         "the job was compiled for the device 'cpu', it cannot run on 'cuda'"),
    ],
)  # fmt: skip
def test_wrong_use(words, code, message):
    assert train(*words, code=code) == message


def test_describe_says_what_the_job_takes():
    text = train("--describe")
    assert "  data      label: int64 [8] (label)\n" in text
    parsed = json.loads(train("--describe", "--json"))
    assert parsed["kind"] == "training job"
    assert parsed["functions"][0]["inputs"][0] == {
        "name": "x", "role": "data", "type": "float32", "shape": [8, 4]
    }  # fmt: skip


def test_a_nan_stops_the_run_and_its_node_is_named(tmp_path, data):
    words = ["--data", data, "--steps", 200, "--lr", "3e38", "--log-dir", tmp_path / "l"]
    assert train(*words, code=1).endswith("--check-numerics names the node that makes it so")
    rows = reference.read_rows(tmp_path / "l" / "metrics.csv")
    assert rows[-1]["loss"] in ("nan", "-nan", "inf")
    message = train(*words, "--check-numerics", code=1)
    assert "'SoftmaxCrossEntropy_7'" in message and message.startswith(f"step {len(rows)}: ")


# ---- Checkpoints -----------------------------------------------------------------------------


@pytest.mark.parametrize("words", [[], ["--last-batch", "wrap"], ["--shuffle", "off"]])
def test_a_resumed_run_is_the_same_run(tmp_path, data, words):
    def run(name, *more):
        train("--data", data, "--eval", data, "--steps", 30, "--checkpoint-dir", tmp_path / name,
              "--log-dir", tmp_path / f"{name}-log", "--checkpoint-every", 7,
              *words, *more)  # fmt: skip

    run("whole", "--keep", 0)
    assert sorted(os.listdir(tmp_path / "whole")) == [
        f"step-{step:08}" for step in (7, 14, 21, 28, 30)
    ]
    shutil.copytree(tmp_path / "whole", tmp_path / "part")
    shutil.copytree(tmp_path / "whole-log", tmp_path / "part-log")
    for step in (21, 28, 30):
        shutil.rmtree(tmp_path / "part" / f"step-{step:08}")
    run("part", "--resume", "latest")
    assert files_of(tmp_path / "part" / "step-00000030") == files_of(
        tmp_path / "whole" / "step-00000030"
    )
    for name in ("metrics.csv", "evaluation.csv"):
        assert (tmp_path / "part-log" / name).read_text() == (
            tmp_path / "whole-log" / name
        ).read_text()
    # From a path, into a folder of its own.
    run("other", "--resume", tmp_path / "whole" / "step-00000014")
    assert final(tmp_path / "other") == final(tmp_path / "whole")


def test_only_the_newest_are_kept(tmp_path, data):
    train("--data", data, "--steps", 20, "--checkpoint-every", 3, "--keep", 2,
          "--checkpoint-dir", tmp_path / "c")  # fmt: skip
    assert sorted(os.listdir(tmp_path / "c")) == ["step-00000018", "step-00000020"]


def test_damage_is_skipped_and_said(tmp_path, data):
    folder = tmp_path / "c"
    words = ["--data", data, "--checkpoint-dir", folder, "--keep", 0, "--resume", "latest"]
    train(*words, "--steps", 25, "--checkpoint-every", 5)
    whole = final(folder)

    def change(path, edit):
        path.write_bytes(edit(path.read_bytes()))

    def flip(content):
        middle = len(content) // 2
        return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]

    change(folder / "step-00000025" / "weights.safetensors", flip)
    change(folder / "step-00000020" / "state.safetensors", lambda c: c[:-1])
    change(folder / "step-00000015" / "manifest.json", flip)
    (folder / "step-00000010" / "manifest.json").unlink()
    command = [JOB, *map(str, words), "--steps", "25"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0
    assert result.stderr.splitlines() == [
        f"note: skipped checkpoint '{folder}/step-00000025': 'weights.safetensors': its hash is "
        "not the one of the manifest",
        f"note: skipped checkpoint '{folder}/step-00000020': 'state.safetensors': expected "
        f"{len(whole[1])} bytes, found {len(whole[1]) - 1}",
        f"note: skipped checkpoint '{folder}/step-00000015': malformed manifest: its checksum is "
        "wrong",
        f"note: skipped checkpoint '{folder}/step-00000010': cannot open "
        f"'{folder}/step-00000010/manifest.json': No such file or directory",
    ]
    assert f"resumed from '{folder}/step-00000005' of step 5" in result.stdout
    assert final(folder) == whole
    for path in folder.rglob("manifest.json"):
        path.write_text("{}")
    assert train(*words, "--steps", 25, code=4) == (
        f"none of the checkpoints in '{folder}' verifies; --resume none starts anew"
    )


def test_a_new_run_does_not_mix_with_an_old_one(tmp_path, data):
    words = ["--data", data, "--checkpoint-dir", tmp_path / "c"]
    train(*words, "--steps", 9)
    train(*words, "--steps", 4)
    assert sorted(os.listdir(tmp_path / "c")) == ["earlier-1", "step-00000004"]
    assert os.listdir(tmp_path / "c" / "earlier-1") == ["step-00000009"]


def test_a_checkpoint_of_something_else_is_refused(tmp_path, data):
    words = ["--data", data, "--checkpoint-dir", tmp_path / "c", "--resume", "latest"]
    train(*words, "--steps", 4)
    what = f"checkpoint '{tmp_path}/c/step-00000004'"
    assert train(*words, "--steps", 8, "--seed", 9, code=2) == (
        f"{what} was made with the seed 7, found --seed 9"
    )
    assert train(*words, "--steps", 8, "--last-batch", "wrap", code=2) == (
        f"{what} was made with other data: expected 50 examples in batches of 8, shuffled, the "
        "last batch dropped; found 50 examples in batches of 8, shuffled, the last batch wrapped"
    )


def test_a_signal_saves_and_ends_well(tmp_path, data):
    words = ["--data", data, "--steps", 10**9, "--checkpoint-dir", tmp_path / "c", "-q"]
    for number in (signal.SIGTERM, signal.SIGINT):
        process = subprocess.Popen(
            [JOB, *map(str, words), "--resume", "latest", "--eval", str(data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while not process.stdout.readline().startswith("epoch"):
            pass  # until it is under way
        process.send_signal(number)
        out, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        saved = out.splitlines()[-1]
        assert saved.startswith("saved checkpoint ")
        assert "--resume latest goes on" in errors
    process = subprocess.Popen(
        [JOB, "--data", str(data), "--steps", "1000000000", "--eval", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.splitlines()[-1].endswith("nothing is saved: there is no --checkpoint-dir")


# ---- ds-run ----------------------------------------------------------------------------------


def ds_run(*words, code=0):
    command = [DS_RUN, *map(str, words)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == code, result.stderr
    return result.stderr.removeprefix("error: ").rstrip("\n") if code else result.stdout


def test_ds_run_becomes_the_job(tmp_path, data):
    words = ["--data", data, "--steps", 4, "--checkpoint-dir"]
    ds_run("-n", 1, JOB, *words, tmp_path / "a")
    train(*words, tmp_path / "b")
    assert final(tmp_path / "a") == final(tmp_path / "b")


def test_checkpoints_are_shown_and_exported(tmp_path, data):
    train("--data", data, "--steps", 4, "--checkpoint-dir", tmp_path / "c")
    checkpoint = tmp_path / "c" / "step-00000004"
    assert ds_run("show", checkpoint).startswith(f"{checkpoint}: step 4, epoch 1, verified\n")
    shown = json.loads(ds_run("show", tmp_path / "c", "--json"))
    assert shown["manifest"]["random"] == {"seed": 7, "position": 4}
    assert {t["name"] for t in shown["state"]} == {"w/momentum", "b/momentum"}
    out = tmp_path / "w.safetensors"
    ds_run("export", JOB, "--checkpoint", tmp_path / "c", "-o", out)
    assert out.read_bytes() == (checkpoint / "weights.safetensors").read_bytes()
    out = tmp_path / "w.onnx"
    assert ds_run("export", JOB, "--checkpoint", checkpoint, "-o", out, code=3) == (
        "the job carries no ONNX model to put the weights in; export a .safetensors file, which "
        "ds-compile --weights takes"
    )
    assert not out.exists()
    out = tmp_path / "w.txt"
    assert ds_run("export", JOB, "--checkpoint", checkpoint, "-o", out, code=2) == (
        f"option '--output' expects a .onnx or .safetensors file, found '{out}'"
    )


def test_ds_run_checks_before_it_runs(tmp_path, data):
    (tmp_path / "c").mkdir()
    program = JOB.parent / "sample"
    for words, code, message in (
        ([], 2, "no training job is given; see --help"),
        ([JOB], 2, "no data are given; give them with --data SPEC"),
        ([JOB, "x", "--data", data], 2, f"unexpected argument 'x' behind the job '{JOB}'"),
        ([program, "--data", data], 2,
         f"'{program}' is no training job: expected a program made by ds-compile --train"),
        ([data, "--data", data], 4,
         f"'{data}': expected a program for x86-64, found something else"),
        (["-n", "2", JOB, "--data", data], 3,
         "expected 1 rank, found 2: this job was compiled without collectives"),
        ([JOB, "--dta", data], 2, "unknown option '--dta'; did you mean '--data'?"),
        (["show"], 2, "no checkpoint is given; see --help"),
        (["show", tmp_path / "c"], 2,
         f"checkpoint '{tmp_path}/c': cannot open '{tmp_path}/c/manifest.json': No such file or "
         "directory"),
    ):  # fmt: skip
        assert ds_run(*words, code=code) == message
