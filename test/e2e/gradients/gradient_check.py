"""Gradients of functions in the nn dialect, held against central differences in f64.

A case is a function `@f` in MLIR text. ds-autodiff makes its gradient, and the reference evaluator
runs both in one module: the gradient g at x for a random cotangent s of the result, and for several
random directions d the quotient (s . f(x + h d) - s . f(x - h d)) / 2h, which g . d must equal.

Tolerance: with h = 1e-5 the quotient is off by h^2/6 times a third derivative of s . f along d,
about 2e-11 times that, and by the rounding of f over 2h: 1e-16 / 2e-5 = 5e-12 times the size of the
values. The cases keep both near 1, at most a few hundred; 1e-7 relative to the sizes of the sums
leaves two orders of magnitude, and a wrong term shows at 1e-1.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import dataclasses
import os
import re
import subprocess
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("DS_BUILD_DIR", ROOT / "build"))
STEP = 1e-5
TOLERANCE = 1e-7
DIRECTIONS = 3


@dataclasses.dataclass(frozen=True)
class Argument:
    """An argument of @f: its type as @f has it, its value, and whether gradients by it are "
    "asked."""

    type: str
    value: np.ndarray
    wanted: bool = True


@dataclasses.dataclass(frozen=True)
class Case:
    """A function of one result. `result` is its type in @f."""

    name: str
    arguments: tuple
    result: str
    body: str
    helpers: str = ""

    def text(self):
        """@f itself."""
        arguments = ", ".join(f"%{i}: {a.type}" for i, a in enumerate(self.arguments))
        names = {f"%x{i}": f"%{i}" for i in range(len(self.arguments))}
        body = re.sub(r"%x(\d+)\b", lambda m: names[m.group()], self.body)
        return f"{self.helpers}func.func private @f({arguments}) -> {self.result} {{\n{body}\n}}\n"


def element_name(array):
    kinds = {"f": "f", "i": "i", "u": "ui", "b": "i"}
    bits = 1 if array.dtype == bool else array.dtype.itemsize * 8
    return f"{kinds[array.dtype.kind]}{bits}"


def type_of(array):
    return "tensor<" + "".join(f"{n}x" for n in array.shape) + element_name(array) + ">"


def literal(array):
    """A dense literal that keeps every bit."""

    def nested(value):
        if value.ndim == 0:
            if value.dtype == bool:
                return str(bool(value)).lower()
            if value.dtype.kind == "f":
                return f"{float(value):.17e}"
            return str(int(value))
        return "[" + ", ".join(nested(v) for v in value) + "]"

    if array.size == 0:
        return f"dense<> : {type_of(array)}"
    return f"dense<{nested(array)}> : {type_of(array)}"


def parse_dense(text, shape):
    """The elements of a printed dense attribute."""
    text = text.strip()
    if text.startswith('"0x'):
        return np.frombuffer(bytes.fromhex(text[3:-1]), np.float64).reshape(shape)
    numbers = [
        np.frombuffer(bytes.fromhex(word[2:])[::-1], np.float64)[0]
        if word.startswith("0x")
        else float(word)
        for word in re.findall(r"0x[0-9A-F]+|-?[0-9.]+(?:[eE][-+]?\d+)?", text)
    ]
    array = np.array(numbers, np.float64)
    # A splat is printed once.
    return np.full(shape, array[0]) if array.size == 1 else array.reshape(shape)


def run_tool(tool, *arguments, text=None):
    process = subprocess.run(
        [BUILD / "bin" / tool, *arguments], input=text, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, f"{tool}:\n{process.stderr[:6000]}\n{(text or '')[:6000]}"
    return process.stdout


def tablegen(*arguments):
    """What mlir-tblgen says of the nn dialect."""
    cache = (BUILD / "CMakeCache.txt").read_text()
    mlir = Path(re.search(r"^MLIR_DIR:\w+=(.*)$", cache, re.M).group(1))
    prefix = mlir.parents[2]
    return subprocess.run(
        [prefix / "bin/mlir-tblgen", *arguments, "-I", ROOT, "-I", prefix / "include",
         ROOT / "dialects/NN/NNOps.td"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


def evaluate(module):
    """Results of the functions of a module that take no arguments, as {name: [arrays]}."""
    output = run_tool("ds-opt", "--ds-autodiff", "--nn-evaluate", text=module)
    results = {}
    pattern = re.compile(r"^@(\w+)(?:\[\d+\])?: tensor<((?:\d+x)*)f64> = dense<(.*)>$", re.M)
    for name, shape, values in pattern.findall(output):
        extents = tuple(int(n) for n in shape.split("x") if n)
        results.setdefault(name, []).append(parse_dense(values, extents))
    return results


class Check:
    """One case at one point; builds the module and compares."""

    def __init__(self, case, seed=0):
        self.case = case
        self.random = np.random.default_rng(seed)
        self.wanted = [i for i, a in enumerate(case.arguments) if a.wanted]

    def constants(self, values, prefix="x"):
        """Code that makes constants and casts them to the argument types: (code, names)."""
        lines, names = [], []
        for i, (value, argument) in enumerate(zip(values, self.case.arguments)):
            name = f"%{prefix}{i}"
            lines.append(f"  {name}s = nn.constant {literal(value)}")
            lines.append(f"  {name} = tensor.cast {name}s : {type_of(value)} to {argument.type}")
            names.append(name)
        return "\n".join(lines) + "\n", names

    def call(self, name, values):
        code, names = self.constants(values)
        types = ", ".join(a.type for a in self.case.arguments)
        return (
            f"func.func @{name}() -> {self.case.result} {{\n{code}"
            f"  %r = func.call @f({', '.join(names)}) : ({types}) -> {self.case.result}\n"
            f"  return %r : {self.case.result}\n}}\n"
        )

    def gradient_function(self, seed):
        """A function that yields the gradients."""
        types = ", ".join(a.type for a in self.case.arguments)
        result = self.case.result
        wanted_types = [self.case.arguments[i].type for i in self.wanted]
        code, names = self.constants([a.value for a in self.case.arguments])
        return (
            f"func.func @gradient() -> ({', '.join(wanted_types)}) {{\n{code}"
            f"  %ss = nn.constant {literal(seed)}\n"
            f"  %s = tensor.cast %ss : {type_of(seed)} to {result}\n"
            f"  %r:{1 + len(self.wanted)} = train.vjp @f({', '.join(names)}) seeds(%s : {result}) "
            f"{{wrt = array<i64: {', '.join(map(str, self.wanted))}>, seeded = array<i64: 0>}} : "
            f"({types}) -> ({', '.join([result, *wanted_types])})\n"
            f"  return {', '.join(f'%r#{i + 1}' for i in range(len(self.wanted)))} : "
            f"{', '.join(wanted_types)}\n}}\n"
        )

    def run(self):
        """Compares; yields the seed and the gradients, for those who compare further."""
        values = [a.value for a in self.case.arguments]
        shape = evaluate(self.case.text() + self.call("value", values))["value"][0].shape
        seed = np.asarray(self.random.uniform(0.5, 1.5, shape))
        module = self.case.text() + self.gradient_function(seed)
        directions = []
        for k in range(DIRECTIONS):
            direction = [
                np.asarray(self.random.uniform(-1, 1, a.value.shape)) if a.wanted else None
                for a in self.case.arguments
            ]
            directions.append(direction)
            for sign, label in ((1, "plus"), (-1, "minus")):
                moved = [
                    v if d is None else np.asarray(v + sign * STEP * d)
                    for v, d in zip(values, direction)
                ]
                module += self.call(f"{label}{k}", moved)
        results = evaluate(module)
        gradients = results["gradient"]
        for i, gradient in zip(self.wanted, gradients):
            assert gradient.shape == values[i].shape
        for k, direction in enumerate(directions):
            difference = (results[f"plus{k}"][0] - results[f"minus{k}"][0]) * seed / (2 * STEP)
            terms = [g * direction[i] for i, g in zip(self.wanted, gradients)]
            expected, found = difference.sum(), sum(t.sum() for t in terms)
            scale = 1 + abs(difference).sum() + sum(abs(t).sum() for t in terms)
            assert abs(expected - found) <= TOLERANCE * scale, (
                f"{self.case.name}: along direction {k} the differences say {expected:.12g}, "
                f"the gradient {found:.12g}"
            )
        return seed, gradients


def draw_contraction(case, seed=0):
    """A random cotangent of the result, and a random direction for each wanted argument."""
    random = np.random.default_rng(seed)
    values = [a.value for a in case.arguments]
    shape = evaluate(case.text() + Check(case).call("value", values))["value"][0].shape
    cotangent = np.asarray(random.uniform(0.5, 1.5, shape))
    return cotangent, [
        np.asarray(random.uniform(-1, 1, a.value.shape)) for a in case.arguments if a.wanted
    ]


def second_order(case, seed=0):
    """The case whose function is the gradient of `case`, contracted with fixed directions."""
    return contract(case, *draw_contraction(case, seed))


def contract(case, cotangent, directions):
    """The case whose function is the sum of the gradients of `case` times the directions."""
    wanted = [i for i, a in enumerate(case.arguments) if a.wanted]
    types = ", ".join(a.type for a in case.arguments)
    wanted_types = [case.arguments[i].type for i in wanted]
    inner = case.text().replace("@f(", "@inner(")
    lines = [
        f"  %ss = nn.constant {literal(cotangent)}",
        f"  %s = tensor.cast %ss : {type_of(cotangent)} to {case.result}",
        f"  %r:{1 + len(wanted)} = train.vjp "
        f"@inner({', '.join(f'%x{i}' for i in range(len(case.arguments)))}) "
        f"seeds(%s : {case.result}) {{wrt = array<i64: {', '.join(map(str, wanted))}>, seeded = "
        f"array<i64: 0>}} : "
        f"({types}) -> ({', '.join([case.result, *wanted_types])})",
        "  %zero = nn.constant dense<0.0> : tensor<f64>",
    ]
    total = "%zero"
    for k, (i, direction) in enumerate(zip(wanted, directions)):
        rank, type_ = direction.ndim, case.arguments[i].type
        dims = ", ".join(map(str, range(rank)))
        lines += [
            f"  %d{k}s = nn.constant {literal(direction)}",
            f"  %d{k} = tensor.cast %d{k}s : {type_of(direction)} to {type_}",
            f"  %m{k} = nn.mul %r#{k + 1}, %d{k} : {type_}",
            f"  %t{k} = nn.reduce sum %m{k} {{dims = array<i64{': ' if rank else ''}{dims}>}} : "
            f"{type_} -> tensor<f64>",
            f"  %u{k} = nn.add {total}, %t{k} : tensor<f64>",
        ]
        total = f"%u{k}"
    lines.append(f"  return {total} : tensor<f64>")
    return Case(f"{case.name}-twice", case.arguments, "tensor<f64>", "\n".join(lines), inner)
