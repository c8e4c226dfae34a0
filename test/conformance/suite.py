"""Runs many tests side by side and holds the outcomes against a file of expectations.

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

HERE = Path(__file__).resolve().parent


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


@dataclasses.dataclass(frozen=True)
class Suite:
    """What is done with each case, and how that may end.

    `attempt(case, compiler, timeout, work)` raises Failed unless the case passes; `outcomes` are
    the ways to fail, with what they mean; `find(folder)` yields the cases of the suite, below the
    folder with onnx's tests and elsewhere. `finish(results, update)` sees the results of a whole
    run, and says what is wrong with them together.
    """

    description: str
    attempt: object
    outcomes: dict
    expectations: Path
    find: object = cases.find
    kinds: tuple = cases.KINDS
    timeout: float = 60
    finish: object = lambda results, update: []


def run_case(suite, case, compiler, timeout):
    """The Result of one case."""
    start = time.monotonic()
    outcome, reason = "pass", ""
    with tempfile.TemporaryDirectory(prefix="conformance-") as work:
        model = case.model or Path(work, "model.onnx")
        try:
            suite.attempt(case, compiler, timeout, Path(work))
        except Failed as failed:
            outcome, reason = failed.args
    reason = " ".join(reason.replace(str(model), "MODEL").split())[:160]
    return Result(outcome, reason, time.monotonic() - start)


def read_expectations(path, outcomes):
    """{name: outcome} of the tests that are expected to fail."""
    expected = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split(maxsplit=2)
        if len(words) < 3 or words[1] not in outcomes or words[0] in expected:
            sys.exit(
                f"{path}:{number}: expected a new 'NAME OUTCOME REASON' with a known outcome, "
                f"found '{line}'"
            )
        expected[words[0]] = words[1]
    return expected


def write_expectations(path, outcomes, results, kept):
    """Writes the failures among the results, and the `kept` lines of tests that were not run."""
    lines = [
        "# Tests that are expected to fail: NAME OUTCOME REASON. Every other must pass.",
        "# Written by --update. Outcomes:",
    ]
    lines += [f"#   {outcome:14} {meaning}" for outcome, meaning in outcomes.items()]
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


def parse_arguments(suite):
    """The command line."""
    parser = argparse.ArgumentParser(
        description=suite.description, formatter_class=argparse.RawDescriptionHelpFormatter
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
    parser.add_argument("--expectations", type=Path, default=suite.expectations, metavar="FILE")
    parser.add_argument("--filter", metavar="REGEX", help="only tests whose KIND/NAME matches")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write outcome, reason and seconds of every test"
    )
    parser.add_argument(
        "--kinds", default=",".join(suite.kinds), metavar="KIND,...", help="default: %(default)s"
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=suite.timeout,
        metavar="SECONDS",
        help="for each compile and each run; default: %(default)g",
    )
    parser.add_argument(
        "--update", action="store_true", help="write the expectations anew from what happened"
    )
    return parser.parse_args()


def main(suite):
    """Runs everything; the exit status is 0 when every outcome is as expected."""
    args = parse_arguments(suite)
    compiler = shlex.split(args.compile)
    compiler[0] = os.path.abspath(compiler[0]) if os.path.exists(compiler[0]) else compiler[0]
    every = suite.find(args.data or cases.default_folder())
    kinds = args.kinds.split(",")
    selected = [c for c in every if c.kind in kinds and re.search(args.filter or "", c.name)]
    if not selected:
        sys.exit(f"no test of the kinds '{args.kinds}' matches '{args.filter}'")
    expected = (
        read_expectations(args.expectations, suite.outcomes) if args.expectations.exists() else {}
    )
    gone = expected.keys() - {case.name for case in every}
    for name in sorted(gone):
        print(f"{name}: listed in {args.expectations.name}, but there is no such test")
    results, complaints = {}, len(gone)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        outcomes = pool.map(lambda case: run_case(suite, case, compiler, args.timeout), selected)
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
            suite.outcomes,
            results,
            {n: row for n, row in named.items() if n not in results and n not in gone},
        )
    if len(results) == len(every):
        for why in suite.finish(results, args.update):
            complaints += 1
            print(why)
    print_summary(results)
    print(
        f"{sum(name in expected for name in results)} of {len(results)} tests are expected to fail"
    )
    passed = sum(
        r.outcome == "pass" and (args.update or name not in expected) for name, r in results.items()
    )
    print(f"{passed} passed, {complaints} failed")
    return 1 if complaints else 0
