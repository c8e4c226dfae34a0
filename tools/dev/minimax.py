#!/usr/bin/env python3
"""Prints compiler/Codegen/CPU/MathCoefficients.inc: polynomials of least largest error.

Remez' exchange algorithm (Cheney, Introduction to Approximation Theory, 1966, ch. 3) in 60 digits,
coefficients rounded to the nearest f32 or f64 in the end. Needs mpmath. The largest error that is
left stands beside each polynomial.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import struct

from mpmath import mp, mpf

mp.dps = 60


def squared(function):
    """A function of x as one of z = x * x."""
    return lambda z: function(mp.sqrt(z))


def ratio(function, leading, power, limit):
    """(function(x) - leading(x)) / x^power, with its limit at 0."""

    def value(x):
        return limit if abs(x) < mpf(10) ** -12 else (function(x) - leading(x)) / x**power

    return value


def log_rest(s):
    """(log((1+s)/(1-s)) - 2s) / s^3."""
    return (2 * mp.atanh(s) - 2 * s) / s**3 if s > mpf(10) ** -12 else mpf(2) / 3


def erfcx(t):
    """exp(a*a) * erfc(a) at a = 2 (1 + t) / (1 - t)."""
    a = 2 * (1 + t) / (1 - t)
    return mp.exp(a * a) * mp.erfc(a)


LN2_HALF = mp.log(2) / 2 + mpf(10) ** -4
# name, what it is, function, interval, degrees in f32 and f64 (0: not wanted)
TABLE = [
    (
        "expTail",
        "(exp(r) - 1 - r) / r^2",
        ratio(mp.exp, lambda r: 1 + r, 2, mpf(1) / 2),
        (-LN2_HALF, LN2_HALF),
        (5, 10),
    ),
    (
        "logTail",
        "(log((1+s)/(1-s)) - 2s) / s^3 by z = s^2",
        squared(log_rest),
        (0, ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2),
        (3, 6),
    ),
    (
        "tanhTail",
        "(tanh(x) - x) / x^3 by z = x^2",
        squared(ratio(mp.tanh, lambda x: x, 3, mpf(-1) / 3)),
        (0, mpf("0.625") ** 2),
        (5, 0),
    ),
    (
        "sinTail",
        "(sin(x) - x) / x^3 by z = x^2",
        squared(ratio(mp.sin, lambda x: x, 3, mpf(-1) / 6)),
        (0, (mp.pi / 4 + mpf(10) ** -4) ** 2),
        (0, 5),
    ),
    (
        "cosTail",
        "(cos(x) - 1 + x^2/2) / x^4 by z = x^2",
        squared(ratio(mp.cos, lambda x: 1 - x * x / 2, 4, mpf(1) / 24)),
        (0, (mp.pi / 4 + mpf(10) ** -4) ** 2),
        (0, 5),
    ),
    (
        "asinTail",
        "(asin(x) - x) / x^3 by z = x^2",
        squared(ratio(mp.asin, lambda x: x, 3, mpf(1) / 6)),
        (0, mpf(1) / 4),
        (0, 12),
    ),
    (
        "atanTail",
        "(atan(x) - x) / x^3 by z = x^2",
        squared(ratio(mp.atan, lambda x: x, 3, mpf(-1) / 3)),
        (0, (mp.sqrt(2) - 1) ** 2),
        (0, 11),
    ),
    (
        "erfNear",
        "erf(x) / x - 1 by z = x^2",
        squared(lambda x: mp.erf(x) / x - 1 if x > mpf(10) ** -12 else 2 / mp.sqrt(mp.pi) - 1),
        (0, mpf("0.875") ** 2),
        (6, 11),
    ),
    ("erfFarLog", "log(erfc(a))", lambda a: mp.log(mp.erfc(a)), (mpf("0.875"), mpf(4)), (8, 0)),
    (
        "erfFar",
        "exp(a*a) * erfc(a) by t = (a - 2) / (a + 2)",
        erfcx,
        (mpf("-0.3914"), mpf("0.5")),
        (0, 14),
    ),
]


def evaluate(coefficients, x):
    """The polynomial, lowest power first."""
    result = mpf(0)
    for coefficient in reversed(coefficients):
        result = result * x + coefficient
    return result


def remez(function, interval, degree):
    """Coefficients, lowest power first, and the largest error."""
    low, high = map(mpf, interval)
    count = degree + 2
    nodes = [
        (low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * i / (count - 1)) for i in range(count)
    ]
    grid = [low + (high - low) * (1 - mp.cos(mp.pi * i / 600)) / 2 for i in range(601)]
    values = [function(x) for x in grid]
    for _ in range(12):
        matrix = mp.matrix(count, count)
        right = mp.matrix(count, 1)
        for row, x in enumerate(nodes):
            for power in range(degree + 1):
                matrix[row, power] = x**power
            matrix[row, degree + 1] = (-1) ** row
            right[row] = function(x)
        solution = mp.lu_solve(matrix, right)
        coefficients = [solution[i] for i in range(degree + 1)]
        errors = [evaluate(coefficients, x) - value for x, value in zip(grid, values)]
        # The extremum of each stretch of one sign.
        peaks = []
        for x, error in zip(grid, errors):
            if peaks and (peaks[-1][1] > 0) == (error > 0):
                if abs(error) > abs(peaks[-1][1]):
                    peaks[-1] = (x, error)
            else:
                peaks.append((x, error))
        while len(peaks) > count:
            peaks.pop(0 if abs(peaks[0][1]) < abs(peaks[-1][1]) else -1)
        if len(peaks) < count:
            break
        nodes = [x for x, _ in peaks]
        if max(abs(e) for e in errors) < 1.001 * min(abs(e) for _, e in peaks):
            break
    return coefficients, max(abs(e) for e in errors)


def main():
    """Prints the file."""
    print("// Made by tools/dev/minimax.py; lowest power first.")
    print("// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception")
    for name, text, function, interval, degrees in TABLE:
        print(f"\n/// {text}, for [{mp.nstr(interval[0], 5)}, {mp.nstr(interval[1], 5)}].")
        for bits, degree in zip((32, 64), degrees):
            if not degree:
                continue
            coefficients, error = remez(function, interval, degree)
            print(f"/// f{bits}: the error is {mp.nstr(error, 3)}.")
            print(f"constexpr double {name}{bits}[] = {{")
            for coefficient in coefficients:
                rounded = float(coefficient)
                if bits == 32:
                    rounded = struct.unpack("f", struct.pack("f", rounded))[0]
                print(f"    {rounded.hex()},")
            print("};")


if __name__ == "__main__":
    main()
