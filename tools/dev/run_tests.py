#!/usr/bin/env python3
"""Runs the parts of the test suite over an existing build and adds up. Called by tools/test.

Each part is a program with a summary of its own; this one runs them in order, shows what they
print, and ends with 'N passed, M failed'. What was skipped is listed with its reason. A part that
ends badly without naming a failed test counts as one failure, so that nothing can break unseen.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import argparse
import collections
import dataclasses
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclasses.dataclass
class Tally:
    """What came out of one part; `skipped` counts tests by reason."""

    passed: int = 0
    failed: int = 0
    skipped: collections.Counter = dataclasses.field(default_factory=collections.Counter)


class Runner:
    """Knows the build and how to run a program against it."""

    def __init__(self, build):
        self.build = build
        self.compiler = build / "bin" / "ds-compile"
        self.shared = Path(os.environ.get("DS_SHARED", ROOT.parent / "shared"))
        self.environment = dict(os.environ, DS_BUILD_DIR=str(build))
        self.environment["PATH"] = f"{build / 'bin'}{os.pathsep}{os.environ['PATH']}"
        self.environment["PYTHONPATH"] = str(ROOT / "frontends" / "python")

    def run(self, *command):
        """Runs the command, shows its output as it comes; (exit status, output)."""
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=ROOT,
            env=self.environment,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        lines = []
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            lines.append(line)
        return process.wait(), "".join(lines)

    def run_counted(self, *command):
        """Runs a program that prints 'N passed, M failed'."""
        status, text = self.run(*command)
        counts = re.findall(r"^(\d+) passed, (\d+) failed", text, re.MULTILINE)
        tally = Tally(*map(int, counts[-1])) if counts else Tally()
        return settle(tally, status)


def settle(tally, status):
    """A program that ended badly has at least one failure."""
    if status and not tally.failed:
        tally.failed = 1
    return tally


def lint(runner):
    """Form of the sources."""
    return runner.run_counted(sys.executable, ROOT / "tools/dev/lint")


def gcc(runner):
    """Every C++ file as g++ reads it, warnings as errors."""
    return runner.run_counted(sys.executable, ROOT / "tools/dev/check-gcc", "--build", runner.build)


def examples(runner):
    """Examples in the dialects' definitions."""
    return runner.run_counted(
        sys.executable, ROOT / "tools/dev/check-examples", "--ds-opt", runner.build / "bin/ds-opt"
    )


def lit(runner):
    """IR tests and tools."""
    results = runner.build / "test" / "lit-results.json"
    results.unlink(missing_ok=True)
    site = runner.build / "test/lit/lit.site.cfg.py"
    tools = re.search(r'llvm_tools_dir = "(.*)"', site.read_text())[1] if site.exists() else ""
    status, _ = runner.run(sys.executable, f"{tools}/lit", "-sv", "--output", results, site.parent)
    tally = Tally()
    for test in json.loads(results.read_text())["tests"] if results.exists() else []:
        if test["code"] in ("PASS", "XFAIL", "FLAKYPASS"):
            tally.passed += 1
        elif test["code"] in ("UNSUPPORTED", "SKIPPED", "EXCLUDED"):
            tally.skipped[" ".join(test["output"].split()) or test["code"].lower()] += 1
        else:
            tally.failed += 1
    return settle(tally, status)


def unit(runner):
    """Catch2 through ctest; suites that other parts run are left out."""
    status, text = runner.run(
        "ctest",
        "--test-dir",
        runner.build,
        "--label-exclude",
        "suite",
        "--output-on-failure",
        "--no-tests=error",
        "--parallel",
        os.cpu_count(),
    )
    tally = Tally()
    # '12/40 Test #12: a sentence ......   Passed    0.02 sec'; other outcomes: '***Failed',
    # '***Exception: SegFault', '***Timeout', '***Skipped', '***Not Run', '***Not Run (Disabled)'
    for outcome in re.findall(
        r"^ *\d+/\d+ Test +#\d+: .*?\.{2,} *\**(Passed|Skipped|[A-Z].*)", text, re.MULTILINE
    ):
        if outcome == "Passed":
            tally.passed += 1
        elif outcome.startswith(("Skipped", "Not Run (Disabled)")):
            tally.skipped["skipped by the test itself"] += 1
        else:
            tally.failed += 1
    return settle(tally, status)


def python(runner):
    """Every test_*.py."""
    status, text = runner.run(
        sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", ROOT / "test"
    )
    tally = Tally()
    for number, outcome in re.findall(
        r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)\b",
        text.splitlines()[-1] if text else "",
    ):
        if outcome in ("passed", "xfailed"):
            tally.passed += int(number)
        elif outcome == "skipped":
            continue
        else:
            tally.failed += int(number)
    for number, reason in re.findall(r"^SKIPPED \[(\d+)\] \S+ (.*)$", text, re.MULTILINE):
        tally.skipped[reason] += int(number)
    return settle(tally, status)


def conformance(runner):
    """The ONNX backend tests; those that are expected to fail are neither passed nor failed."""
    return runner.run_counted(
        sys.executable, ROOT / "test/conformance/run.py", "--compile", runner.compiler
    )


def gradients(runner):
    """Gradients of the ONNX node tests against central differences in f64, counted likewise."""
    return runner.run_counted(
        sys.executable, ROOT / "test/conformance/gradients.py", "--compile", runner.compiler
    )


def models(runner):
    """Whole models and training runs of the shared folder."""
    total = Tally()
    for kind, checker, needs in (
        ("models", "check_models.py", "ds-compile"),
        ("training", "check_training.py", "ds-run"),
    ):
        found = sorted(p.parent for p in (runner.shared / kind).glob("*/case.json"))
        if not found:
            total.skipped[f"no '{kind}' in the folder DS_SHARED"] += 1
            continue
        if not (runner.build / "bin" / needs).exists():
            total.skipped[f"{kind}: '{needs}' is not part of this build"] += len(found)
            continue
        part = runner.run_counted(sys.executable, runner.shared / "checks" / checker, *found)
        total.passed += part.passed
        total.failed += part.failed
    return total


PARTS = {
    part.__name__: part
    for part in (lint, gcc, examples, lit, unit, python, conformance, gradients, models)
}


def main():
    """Runs the parts that were asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--build", type=Path, default=ROOT / "build", metavar="DIR")
    parser.add_argument(
        "--only", default=",".join(PARTS), metavar="PART,...", help="default: %(default)s"
    )
    args = parser.parse_args()
    unknown = [name for name in args.only.split(",") if name not in PARTS]
    if unknown:
        parser.error(f"unknown part '{unknown[0]}'; there are: {', '.join(PARTS)}")

    runner = Runner(args.build.resolve())
    tallies, seconds = {}, {}
    for name in args.only.split(","):
        print(f"\n== {name}: {PARTS[name].__doc__}", flush=True)
        start = time.monotonic()
        tallies[name] = PARTS[name](runner)
        seconds[name] = time.monotonic() - start

    print(f"\n{'part':12} {'passed':>7} {'failed':>7} {'skipped':>8} {'seconds':>8}")
    for name, tally in tallies.items():
        counts = f"{tally.passed:7} {tally.failed:7} {tally.skipped.total():8}"
        print(f"{name:12} {counts} {seconds[name]:8.0f}")
    for name, tally in tallies.items():
        for reason, number in sorted(tally.skipped.items()):
            print(f"skipped in {name}: {number} x {reason}")
    failed = sum(tally.failed for tally in tallies.values())
    print(f"{sum(tally.passed for tally in tallies.values())} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
