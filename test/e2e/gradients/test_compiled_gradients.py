"""The same gradients as compiled programs, against the evaluator's.

Tolerance: sums of at most a few thousand f64 terms near 1, in another order and by other functions
of the mathematical library (a few ulp): 1e-11 relative to the largest element.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import re

import numpy as np
import pytest
from gradient_cases import CASES
from gradient_check import Check, run_tool

TOLERANCE = 1e-11
GROUP = 12


def groups():
    """Cases by name, several to a program: most of a compilation does not depend on the model."""
    names = sorted(CASES)
    return [names[i : i + GROUP] for i in range(0, len(names), GROUP)]


def combined(checks):
    """@main takes all arguments and seeds, and yields all gradients."""
    parameters, results, returned, body, functions = [], [], [], [], []
    for k, check in enumerate(checks):
        case = check.case
        renamed = re.sub(r"@(\w+)", lambda m, k=k: f"@{m.group(1)}_{k}", case.text())
        functions.append(renamed)
        types = [a.type for a in case.arguments]
        for i, type_ in enumerate(types):
            parameters.append(f'%x{k}_{i}: {type_} {{ds.name = "x{k}_{i}"}}')
        parameters.append(f'%s{k}: {case.result} {{ds.name = "s{k}"}}')
        wanted = [types[i] for i in check.wanted]
        names = ", ".join(f"%x{k}_{i}" for i in range(len(types)))
        body.append(
            f"  %r{k}:{1 + len(wanted)} = train.vjp @f_{k}({names}) seeds(%s{k} : {case.result}) "
            f"{{wrt = array<i64: {', '.join(map(str, check.wanted))}>, seeded = array<i64: 0>}} : "
            f"({', '.join(types)}) -> ({', '.join([case.result, *wanted])})"
        )
        for i, type_ in enumerate(wanted):
            results.append(f'{type_} {{ds.name = "g{k}_{i}"}}')
            returned.append((f"%r{k}#{i + 1}", type_))
    return (
        "".join(functions)
        + f"func.func @main({', '.join(parameters)}) -> ({', '.join(results)}) {{\n"
        + "\n".join(body)
        + f"\n  return {', '.join(n for n, _ in returned)}"
        + f" : {', '.join(t for _, t in returned)}\n}}\n"
    )


@pytest.mark.parametrize("names", groups(), ids=lambda names: f"{names[0]}..{names[-1]}")
def test_compiled(names, tmp_path):
    checks = [Check(CASES[name]) for name in names]
    outcomes = [check.run() for check in checks]
    module = run_tool(
        "ds-opt", "--ds-autodiff", "--ds-lower-train",
        text=combined(checks),
    )  # fmt: skip
    (tmp_path / "gradients.mlir").write_text(module)
    program = tmp_path / "gradients"
    run_tool("ds-compile", tmp_path / "gradients.mlir", "-o", program)
    inputs = []
    for k, (check, (seed, _)) in enumerate(zip(checks, outcomes)):
        values = {f"x{k}_{i}": a.value for i, a in enumerate(check.case.arguments)}
        for name, value in {**values, f"s{k}": seed}.items():
            np.save(tmp_path / f"{name}.npy", value)
            inputs += ["--input", f"{name}={tmp_path / name}.npy"]
    run_tool(program, *inputs, "--output-dir", tmp_path / "out")
    for k, (name, (_, gradients)) in enumerate(zip(names, outcomes)):
        for i, expected in enumerate(gradients):
            found = np.load(tmp_path / "out" / f"g{k}_{i}.npy")
            assert found.shape == expected.shape
            scale = 1 + abs(expected).max(initial=0)
            assert abs(found - expected).max(initial=0) <= TOLERANCE * scale, (
                f"{name}, gradient {i}"
            )
