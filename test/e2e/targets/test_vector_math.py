"""The largest error of every float function as compiled, and what it does at the ends of its range.

f32 functions are held against f64 over every STRIDE-th bit pattern, all exponents and both signs
among them; f64 ones over random patterns against NumPy's long double, which has 11 more bits. The
bounds are what was measured, rounded up; compiler/Codegen/CPU/README.md has the table.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import math
import subprocess

import numpy as np
import pytest
from test_targets import BUILD, TARGETS, skip_if_lacking, target_id

L = np.longdouble
if np.finfo(L).nmant < 63:
    pytest.skip("needs an 80-bit long double", allow_module_level=True)

# A prime, so that low bits of all kinds come up.
STRIDE = 4001
ERF_SERIES_LIMIT = 3.0
f64_erf = np.vectorize(math.erf, otypes=[np.float64])


def erf(x):
    """To about 64 bits: the Taylor series near 0, the continued fraction of erfc beyond."""
    if x.dtype != L:
        return f64_erf(x)
    a = np.abs(x)
    small = np.minimum(a, L(ERF_SERIES_LIMIT))
    # Maclaurin with positive terms: 2/sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (2n+1)!!
    term = small.copy()
    total = term.copy()
    for n in range(1, 90):
        term = term * 2 * small * small / (2 * n + 1)
        total = total + term
    root_pi = np.sqrt(4 * np.arctan(L(1)))
    near = 2 / root_pi * np.exp(-small * small) * total
    large = np.clip(a, L(ERF_SERIES_LIMIT), L(20))
    fraction = large.copy()
    for n in range(120, 0, -1):
        fraction = large + L(n) / 2 / fraction
    far = 1 - np.exp(-large * large) / root_pi / fraction
    return np.where(np.isnan(x), x, np.copysign(np.where(a < ERF_SERIES_LIMIT, near, far), x))


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


# Function: reference in long double, bounds in units of the last place in f32 and f64.
UNARY = {
    "exp": (np.exp, 1.1, 1.1),
    "expm1": (np.expm1, 2, 2),
    "log": (np.log, 1, 1),
    "log1p": (np.log1p, 1.5, 1.5),
    "tanh": (np.tanh, 2, 3.5),
    "sigmoid": (sigmoid, 2.5, 2.5),
    "erf": (erf, 1.5, 2),
    "sinh": (np.sinh, 0.6, 3.5),
    "cosh": (np.cosh, 0.6, 3),
    "asinh": (np.arcsinh, 0.6, 3.5),
    "acosh": (np.arccosh, 0.6, 3.5),
    "atanh": (np.arctanh, 0.6, 3.5),
    "sin": (np.sin, 0.6, 1),
    "cos": (np.cos, 0.6, 1),
    "tan": (np.tan, 0.6, 2.5),
    "asin": (np.arcsin, 0.6, 2.5),
    "acos": (np.arccos, 0.6, 1.5),
    "atan": (np.arctan, 0.6, 2),
    "sqrt": (np.sqrt, 0.5, 0.5),
    "rsqrt": (lambda x: 1 / np.sqrt(x), 1.5, 1.5),
}
BINARY = {
    "pow": (np.power, 0.6, 1.5),
    "atan2": (np.arctan2, 0.6, 2),
    "rem": (np.fmod, 0, 0),
    "div": (np.divide, 0.5, 0.5),
}
KINDS = {"f32": np.float32, "f64": np.float64}


def program_text(kind):
    """All functions of one element type as one program."""
    tensor = f"tensor<?x{kind}>"
    names = [*UNARY, *BINARY]
    results = ", ".join(f'{tensor} {{ds.name = "{name}"}}' for name in names)
    lines = [
        f'func.func @main(%x: {tensor} {{ds.name = "x", ds.dim_names = ["n"]}}, '
        f'%y: {tensor} {{ds.name = "y", ds.dim_names = ["n"]}}) -> ({results}) {{'
    ]
    lines += [f"  %{name} = nn.{name} %x : {tensor}" for name in UNARY]
    lines += [f"  %{name} = nn.{name} %x, %y : {tensor}" for name in BINARY]
    lines += [f"  return {', '.join('%' + n for n in names)} : {', '.join([tensor] * len(names))}"]
    return "\n".join([*lines, "}"])


class Functions:
    """Compiles the two programs once per target and runs them once per sample."""

    def __init__(self, folder):
        self.folder = folder
        self.results = {}

    def run(self, target, kind, x, y):
        program = self.folder / f"{target}-{kind}"
        if not program.exists():
            source = program.with_suffix(".mlir")
            source.write_text(program_text(kind))
            subprocess.run(
                [BUILD / "bin/ds-compile", source, "-o", program, "--target-cpu", target],
                check=True,
            )
        files = [self.folder / "x.npy", self.folder / "y.npy"]
        for file, array in zip(files, (x, y)):
            np.save(file, array)
        out = self.folder / "out"
        subprocess.run(
            [program, "--input", f"x={files[0]}", "--input", f"y={files[1]}", "--output-dir", out],
            check=True,
        )
        return {name: np.load(out / f"{name}.npy") for name in (*UNARY, *BINARY)}

    def sampled(self, target, kind):
        key = target, kind
        if key not in self.results:
            x, y = samples(kind)
            self.results[key] = x, y, self.run(target, kind, x, y)
        return self.results[key]


def samples(kind):
    """Bit patterns, and where functions are steep or cancel: near 0, 1 and multiples of pi / 2."""
    random = np.random.default_rng(20)
    if kind == "f32":
        x = np.arange(0, 2**32, STRIDE, np.uint64).astype(np.uint32).view(np.float32)
        y = random.permutation(x)
    else:
        x = random.integers(0, 2**64, 200_000, np.uint64).view(np.float64)
        y = random.permutation(x)
    step = KINDS[kind]
    near = 10 ** random.uniform(-8, 0.3, 50_000)
    usual = random.uniform(-1, 1, 90_000) * np.repeat([1, 10, 800], 30_000)
    turns = random.integers(-(10**6), 10**6, 30_000) * (math.pi / 2)
    more = np.concatenate([near, -near, 1 + near, 1 - near, usual, turns]).astype(step)
    powers = random.uniform(-20, 20, more.size).astype(step)
    whole = np.rint(powers / 2)
    return np.concatenate([x, more, more]), np.concatenate([y, powers, whole])


def ulps(got, exact, kind):
    """Distances in units of the last place of the result; 0 for the same special value."""
    step = KINDS[kind]
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = exact.astype(step)
        unit = np.spacing(np.abs(np.where(np.isfinite(rounded), rounded, np.finfo(step).max)))
        # What is rounded to infinity from afar is as far off as it is beyond the last number.
        limit = np.ldexp(exact.dtype.type(1), np.finfo(step).maxexp)
        clipped = np.where(np.isinf(got), np.copysign(limit, got), got)
        distance = np.abs(clipped.astype(exact.dtype) - exact) / unit.astype(exact.dtype)
    same = (np.isnan(got) & np.isnan(exact)) | (got == rounded)
    distance = np.where(same & ~np.isfinite(rounded), 0, distance)
    return np.where(np.isnan(distance), np.inf, distance)


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    return Functions(tmp_path_factory.mktemp("functions"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("target", TARGETS, ids=target_id)
@pytest.mark.parametrize("name", [*UNARY, *BINARY])
def test_error_in_units_of_the_last_place(functions, name, target, kind):
    skip_if_lacking(target)
    x, y, results = functions.sampled(target, kind)
    reference, *bounds = {**UNARY, **BINARY}[name]
    bound = bounds[list(KINDS).index(kind)]
    with np.errstate(all="ignore"):
        wide = {"f32": np.float64, "f64": L}[kind]
        operands = [x.astype(wide)] if name in UNARY else [x.astype(wide), y.astype(wide)]
        exact = reference(*operands)
    error = ulps(results[name], exact, kind)
    worst = int(np.argmax(error))
    assert error[worst] <= bound, (
        f"{name} of {x[worst]!r}, {y[worst]!r} is {results[name][worst]!r}, expected "
        f"{exact[worst]!r}: {float(error[worst]):.4g} ulp"
    )


SPECIAL = [0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 0.5, -2.0, 3.0, 1e-42, -1e-310, 1e30, 2.0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("target", TARGETS, ids=target_id)
def test_special_values_are_those_of_ieee(functions, target, kind):
    """Signs of zeros included, which a distance does not see."""
    skip_if_lacking(target)
    special = np.array([*SPECIAL, -0.0], KINDS[kind])
    x, y = (grid.ravel() for grid in np.meshgrid(special, special))
    results = functions.run(target, kind, x, y)
    for name, (reference, *_) in {**UNARY, **BINARY}.items():
        with np.errstate(all="ignore"):
            exact = reference(*([x] if name in UNARY else [x, y]))
        got = results[name]
        for quality in (np.isnan, np.isinf, lambda array: array == 0):
            np.testing.assert_array_equal(quality(got), quality(exact), name)
        is_number = ~np.isnan(exact)
        np.testing.assert_array_equal(
            np.signbit(got)[is_number], np.signbit(exact)[is_number], name
        )


@pytest.mark.parametrize("target", TARGETS, ids=target_id)
def test_programs_need_no_mathematical_library(functions, target):
    for kind in KINDS:
        program = functions.folder / f"needs-{target}-{kind}"
        source = program.with_suffix(".mlir")
        source.write_text(program_text(kind))
        subprocess.run(
            [BUILD / "bin/ds-compile", source, "-o", program, "--target-cpu", target], check=True
        )
        listing = subprocess.run(
            ["readelf", "-d", program], capture_output=True, text=True, check=True
        ).stdout
        assert "libc.so.6" in listing and "libm.so.6" not in listing
