#!/usr/bin/env python3
"""Compiles and runs the ONNX backend tests, and holds the outcomes against expectations.txt.

A test that is not listed there must pass. A listed one must fail, and in the way that the list
says; if it passes, or fails in another way, the list is out of date, which counts as a failure too
(--update writes it anew).
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import os
import sys

import cases
import suite
import values

OUTCOMES = {
    "unsupported": "the compiler says that it lacks something the model needs (exit status 3)",
    "compile-error": "the compiler gives up with another status, or writes no program",
    "compile-crash": "the compiler is ended by a signal",
    "run-error": "the program exits with a status other than 0",
    "run-crash": "the program is ended by a signal",
    "wrong-result": "a value, shape, type or file is not as expected",
    "timeout": "the compiler or the program takes too long",
}


def attempt(case, compiler, timeout, work):
    """Raises Failed unless the case compiles, runs and yields what is expected."""
    loaded = cases.load(case)
    program = work / "program"
    status, text = suite.execute([*compiler, case.model, "-o", program], timeout, work)
    suite.check_status("compile", status, text, timeout)
    if not os.access(program, os.X_OK):
        raise suite.Failed("compile-error", "exit status 0, but no program")
    for number, data in enumerate(loaded.data):
        out = work / f"out{number}"
        out.mkdir()
        command = [program]
        for i, (name, value) in enumerate(zip(loaded.inputs, data.inputs)):
            command += ["--input", f"{name}={values.write(work / f'in{number}-{i}', value)}"]
        status, text = suite.execute([*command, "--output-dir", out], timeout, work)
        suite.check_status("run", status, text, timeout)
        for name, stem, want in zip(loaded.outputs, suite.file_stems(loaded.outputs), data.outputs):
            try:
                why = values.difference(values.read(out / stem), want, loaded.tolerance)
            except (OSError, ValueError, KeyError) as error:
                why = f"unreadable: {error}"
            if why:
                raise suite.Failed("wrong-result", f"output '{name}': {why}")


SUITE = suite.Suite(__doc__, attempt, OUTCOMES, suite.HERE / "expectations.txt")

if __name__ == "__main__":
    sys.exit(suite.main(SUITE))
