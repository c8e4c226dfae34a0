#!/usr/bin/env python3
"""Compiles and runs the ONNX backend tests, and holds the outcomes against expectations.txt.

A test that is not listed there must pass. A listed one must fail, and in the way that the list
says; if it passes, or fails in another way, the list is out of date, which counts as a failure too
(--update writes it anew).
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import argparse
import collections
import concurrent.futures
import dataclasses
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cases
import values

HERE = Path(__file__).resolve().parent
OUTCOMES = {
    "unsupported": "the compiler says that it lacks something the model needs (exit status 3)",
    "compile-error": "the compiler gives up with another status, or writes no program",
    "compile-crash": "the compiler is ended by a signal",
    "run-error": "the program exits with a status other than 0",
    "run-crash": "the program is ended by a signal",
    "wrong-result": "a value, shape, type or file is not as expected",
    "timeout": "the compiler or the program takes too long",
}


@dataclasses.dataclass(frozen=True)
class Result:
    """`outcome` is 'pass' or a key of OUTCOMES; `reason` is one line."""

    outcome: str
    reason: str = ""
    seconds: float = 0.0


class Failed(Exception):
    """Ends one test: (outcome, reason)."""


def execute(command, timeout, cwd):
    """Runs a command: its exit status (negative: a signal; None: out of time) and its text."""
    with subprocess.Popen(
        command,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            text, _ = process.communicate(timeout=timeout)
            return process.returncode, text.decode(errors="replace")
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return None, ""


def telling_line(text):
    """The line of a tool's output that says most: the first with 'error:', else the last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in lines if "error:" in line), lines[-1] if lines else "")


def check_status(what, status, text, timeout):
    """Raises Failed unless the status is 0; `what` is 'compile' or 'run'."""
    if status is None:
        raise Failed("timeout", f"{what}: more than {timeout:g} s")
    if status < 0:
        raise Failed(f"{what}-crash", signal.Signals(-status).name)
    if status == 3 and what == "compile":
        raise Failed("unsupported", telling_line(text))
    if status:
        raise Failed(f"{what}-error", f"exit status {status}: {telling_line(text)}")


def file_stems(names):
    """What a program calls its output files: names made safe, a position added to a taken one."""
    stems = []
    for i, name in enumerate(names):
        safe = re.sub(r"[^A-Za-z0-9._-]", "_", name)
        stems.append(f"{safe}-{i}" if safe in stems else safe)
    return stems


def attempt(case, compiler, timeout, work):
    """Raises Failed unless the case compiles, runs and yields what is expected."""
    loaded = cases.load(case)
    program = work / "program"
    status, text = execute([*compiler, case.model, "-o", program], timeout, work)
    check_status("compile", status, text, timeout)
    if not os.access(program, os.X_OK):
        raise Failed("compile-error", "exit status 0, but no program")
    for number, data in enumerate(loaded.data):
        out = work / f"out{number}"
        out.mkdir()
        command = [program]
        for i, (name, value) in enumerate(zip(loaded.inputs, data.inputs)):
            command += ["--input", f"{name}={values.write(work / f'in{number}-{i}', value)}"]
        status, text = execute([*command, "--output-dir", out], timeout, work)
        check_status("run", status, text, timeout)
        for name, stem, want in zip(loaded.outputs, file_stems(loaded.outputs), data.outputs):
            try:
                why = values.difference(values.read(out / stem), want, loaded.tolerance)
            except (OSError, ValueError, KeyError) as error:
                why = f"unreadable: {error}"
            if why:
                raise Failed("wrong-result", f"output '{name}': {why}")


def run_case(case, compiler, timeout):
    """The Result of one case."""
    start = time.monotonic()
    outcome, reason = "pass", ""
    with tempfile.TemporaryDirectory(prefix="conformance-") as work:
        try:
            attempt(case, compiler, timeout, Path(work))
        except Failed as failed:
            outcome, reason = failed.args
    return Result(
        outcome,
        " ".join(reason.replace(str(case.model), "MODEL").split())[:160],
        time.monotonic() - start,
    )


def read_expectations(path):
    """{name: outcome} of the tests that are expected to fail."""
    expected = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split(maxsplit=2)
        if len(words) < 3 or words[1] not in OUTCOMES or words[0] in expected:
            sys.exit(
                f"{path}:{number}: expected a new 'NAME OUTCOME REASON' with a known outcome, "
                f"found '{line}'"
            )
        expected[words[0]] = words[1]
    return expected


def write_expectations(path, results, kept):
    """Writes the failures among the results, and the `kept` lines of tests that were not run."""
    lines = [
        "# Backend tests that are expected to fail: NAME OUTCOME REASON. Every other must pass.",
        "# Written by run.py --update. Outcomes:",
    ]
    lines += [f"#   {outcome:14} {meaning}" for outcome, meaning in OUTCOMES.items()]
    rows = dict(kept)
    rows.update(
        {n: f"{n} {r.outcome} {r.reason or '-'}" for n, r in results.items() if r.outcome != "pass"}
    )
    path.write_text("\n".join(lines + [""] + [rows[name] for name in sorted(rows)]) + "\n")


def complaint(result, expected):
    """Why the result is not `expected` (an outcome, or None for a pass); None when it is."""
    if result.outcome == (expected or "pass"):
        return None
    if result.outcome == "pass":
        return f"passes, expected '{expected}': run --update"
    found = f"{result.outcome}: {result.reason}"
    return f"{found} (expected '{expected}')" if expected else found


def print_summary(results):
    """A line for each kind of test."""
    counts = collections.defaultdict(collections.Counter)
    for name, result in results.items():
        counts[name.partition("/")[0]][result.outcome] += 1
    for kind, outcomes in counts.items():
        others = ", ".join(
            f"{n} {outcome}" for outcome, n in sorted(outcomes.items()) if outcome != "pass"
        )
        total = f"{kind:18} {outcomes['pass']:5} of {sum(outcomes.values()):5} pass"
        print("; ".join(filter(None, (total, others))))


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--compile",
        default=str(HERE.parents[1] / "build/bin/ds-compile"),
        metavar="COMMAND",
        help="the compiler and options for it (default: build/bin/ds-compile)",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="another folder onnx/backend/test/data"
    )
    parser.add_argument(
        "--expectations", type=Path, default=HERE / "expectations.txt", metavar="FILE"
    )
    parser.add_argument("--filter", metavar="REGEX", help="only tests whose KIND/NAME matches")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write outcome, reason and seconds of every test"
    )
    parser.add_argument(
        "--kinds", default=",".join(cases.KINDS), metavar="KIND,...", help="default: %(default)s"
    )
    parser.add_argument(
        "--timeout", type=float, default=60, metavar="SECONDS", help="for each compile and each run"
    )
    parser.add_argument(
        "--update", action="store_true", help="write the expectations anew from what happened"
    )
    return parser.parse_args()


def main():
    """Runs everything; the exit status is 0 when every outcome is as expected."""
    args = parse_arguments()
    compiler = shlex.split(args.compile)
    compiler[0] = os.path.abspath(compiler[0]) if os.path.exists(compiler[0]) else compiler[0]
    every = cases.find(args.data or cases.default_folder())
    kinds = args.kinds.split(",")
    selected = [c for c in every if c.kind in kinds and re.search(args.filter or "", c.name)]
    if not selected:
        sys.exit(f"no test of the kinds '{args.kinds}' matches '{args.filter}'")
    expected = read_expectations(args.expectations) if args.expectations.exists() else {}
    gone = expected.keys() - {case.name for case in every}
    for name in sorted(gone):
        print(f"{name}: listed in {args.expectations.name}, but there is no such test")
    results, complaints = {}, len(gone)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        outcomes = pool.map(lambda case: run_case(case, compiler, args.timeout), selected)
        for case, result in zip(selected, outcomes):
            results[case.name] = result
            why = complaint(result, expected.get(case.name))
            if why and not args.update:
                complaints += 1
                print(f"{case.name}: {why}", flush=True)
    if args.json:
        args.json.write_text(
            json.dumps(
                {n: dataclasses.asdict(r) for n, r in results.items()}, indent=1, sort_keys=True
            )
        )
    if args.update:
        lines = args.expectations.read_text().splitlines() if args.expectations.exists() else []
        named = {
            line.split()[0]: line for line in lines if line.strip() and not line.startswith("#")
        }
        write_expectations(
            args.expectations,
            results,
            {n: row for n, row in named.items() if n not in results and n not in gone},
        )
    print_summary(results)
    print(
        f"{sum(name in expected for name in results)} of {len(results)} tests are expected to fail"
    )
    passed = sum(
        r.outcome == "pass" and (args.update or name not in expected) for name, r in results.items()
    )
    print(f"{passed} passed, {complaints} failed")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
