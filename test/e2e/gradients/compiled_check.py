"""Gradients of cases as compiled programs."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import re

import numpy as np
from gradient_check import run_tool


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


def run_compiled(checks, seeds, folder):
    """The gradients of each check for its seed, from one program that has them all."""
    module = run_tool("ds-opt", "--ds-autodiff", "--ds-lower-train", text=combined(checks))
    (folder / "gradients.mlir").write_text(module)
    program = folder / "gradients"
    run_tool("ds-compile", folder / "gradients.mlir", "-o", program)
    inputs = []
    for k, (check, seed) in enumerate(zip(checks, seeds)):
        values = {f"x{k}_{i}": a.value for i, a in enumerate(check.case.arguments)}
        for name, value in {**values, f"s{k}": seed}.items():
            np.save(folder / f"{name}.npy", value)
            inputs += ["--input", f"{name}={folder / name}.npy"]
    run_tool(program, *inputs, "--output-dir", folder / "out")
    return [
        [np.load(folder / "out" / f"g{k}_{i}.npy") for i in range(len(check.wanted))]
        for k, check in enumerate(checks)
    ]
