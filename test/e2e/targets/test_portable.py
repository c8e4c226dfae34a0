"""Programs that carry their code for several CPUs: each version right, one copy of the rest."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from test_targets import (
    BUILD,
    CASES,
    FLAGS,
    MODELS,
    NEEDS,
    check_outputs,
    needs_models,
    read_case,
    skip_if_lacking,
    target_id,
)

VERSIONS = ["x86-64-v4", "x86-64-v3", "x86-64-v2"]
# One model of each kind: convolutions, recurrence, attention over 22 MB of weights, dynamic shapes.
SOME = [name for name in CASES if name in {"ppocr_cls", "silero_vad", "minilm_int8w", "magika"}]


def execute(*words, code=0):
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr.strip()


@pytest.fixture(scope="module")
def compile_for(tmp_path_factory):
    """Compiles a shared model for a CPU, once."""
    folder = tmp_path_factory.mktemp("portable")

    def compile_model(name, cpu):
        program = folder / f"{name}_{cpu}"
        if not program.exists():
            model = MODELS / name / "model.onnx"
            execute(BUILD / "bin/ds-compile", model, "-o", program, "--target-cpu", cpu)
        return program

    return compile_model


def run_case(program, name, *options):
    folder, case = read_case(name)
    out = Path(f"{program}.out")
    words = [program, "--output-dir", out, *options]
    for entry in case["inputs"]:
        words += ["--input", f"{entry['name']}={folder / entry['file']}"]
    execute(*words)
    return folder, case, {path.name: np.load(path) for path in sorted(out.iterdir())}


@needs_models
@pytest.mark.parametrize("version", VERSIONS, ids=target_id)
@pytest.mark.parametrize("name", SOME or ["none"])
def test_each_version_is_right_and_that_of_a_program_of_its_own(compile_for, name, version):
    """Right within the case's tolerance; the same code for the CPU alone gives the same bits."""
    skip_if_lacking(version)
    program = compile_for(name, "portable")
    folder, case, results = run_case(program, name, "--code-version", version)
    check_outputs(case, results, lambda output: np.load(folder / output["file"]))
    _, _, alone = run_case(compile_for(name, version), name)
    assert {file: array.tobytes() for file, array in results.items()} == {
        file: array.tobytes() for file, array in alone.items()
    }


@needs_models
def test_the_best_version_runs_unless_told_otherwise(compile_for):
    program = compile_for("silero_vad", "portable")
    described = json.loads(execute(program, "--describe", "--json"))
    versions = described["code_versions"]
    assert [entry["name"] for entry in versions] == VERSIONS
    for entry in versions:
        assert entry["supported"] == (NEEDS[entry["name"]] <= FLAGS)
    best = next(entry for entry in versions if entry["supported"])
    assert (described["target"], described["features"]) == (best["target"], best["features"])
    for options in [[], ["--code-version", "x86-64-v2"]]:
        trace = Path(f"{program}.trace.json")
        run_case(program, "silero_vad", "--profile", trace, *options)
        wanted = f"x86-64 {options[-1]}" if options else best["target"]
        assert json.loads(trace.read_text())["otherData"]["target"] == wanted


@needs_models
def test_a_version_that_is_not_there_is_named(compile_for):
    program = compile_for("silero_vad", "portable")
    assert execute(program, "--benchmark", "1", "--code-version", "znver4", code=2) == (
        "error: the model has no code version 'znver4'; it has 'x86-64-v4', 'x86-64-v3', "
        "'x86-64-v2'"
    )


@needs_models
@pytest.mark.parametrize("name", ["minilm_int8w"])
def test_weights_and_runtime_are_there_once(compile_for, name):
    """A further version costs its code: less than its own program holds besides the weights."""
    portable = compile_for(name, "portable")
    weights = json.loads(execute(portable, "--describe", "--json"))["weights_bytes"]
    code = {cpu: compile_for(name, cpu).stat().st_size - weights for cpu in NEEDS}
    assert weights > 10 * max(code.values())
    assert portable.stat().st_size - weights < sum(code.values())


@needs_models
def test_the_same_bytes_whatever_the_number_of_threads(compile_for, tmp_path):
    program = compile_for("silero_vad", "portable").read_bytes()
    for jobs in ["1", "3"]:
        again = tmp_path / f"silero_vad_{jobs}"
        model = MODELS / "silero_vad/model.onnx"
        words = ["--target-cpu", "portable", "--jobs", jobs]
        execute(BUILD / "bin/ds-compile", model, "-o", again, *words)
        assert again.read_bytes() == program
