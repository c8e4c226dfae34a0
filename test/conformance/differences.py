"""Central differences of fourth order, and whether a gradient agrees with them.

Along a direction d, with f(t) = seed . function(point + t d), the five values f(-2h), f(-h), f(0),
f(h), f(2h) give two central quotients, q(h) and q(2h), and (4 q(h) - q(2h)) / 3. Where derivatives
grow by 1/L with each order, q(h) and q(2h) differ by (h/L)^2 / 2 of the slope, and the combination
is off by (h/L)^4 / 7.5. With h = 1e-5 the former is below 1e-8 down to L = 0.07 and the latter
below 1e-15; rounding is at most a few times 1e-16 |f| / h. TOLERANCE = 1e-7 of the size of what is
summed up leaves an order of magnitude; a wrong term shows at 1e-1.

A kink shows in the same five values: within the stencil it parts q(h) from q(2h), and at the very
point, where they agree, it is in the fourth difference, which is h^4 times a derivative where there
is one, and h times the jump of the slope where there is not. Both are looked at output by output,
so that a kink of one does not drown in the others: a bend may be 1e-7 of its own slope, or 1e-8 of
all slopes, which bounds what it hides.

A function of thousands of choices has a kink within any stencil, so h is made smaller until none is
left. Many node tests lie on one (ties of integers in a maximum, zeros in Abs, ends of an interval),
where neither the differences nor the gradient's choice are wrong: then the inputs are moved by up
to a twentieth, always in the same way, and it is tried again. Both are decided by the function
alone, never by the gradient. Outputs that are infinite or no numbers at the point have no slope,
and their seeds are zero; so have inputs that are.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import numpy as np

STEPS = (1e-5, 1e-6, 1e-7)
OWN_BEND = 1e-7
SHARED_BEND = 1e-8
TOLERANCE = 1e-7
DIRECTIONS = 3
ATTEMPTS = 6
STENCIL = (-2, -1, 0, 1, 2)


class NotSmooth(Exception):
    """No point near the given one has a derivative."""


class WrongGradient(Exception):
    """Differences and gradient do not agree."""


def _moved(random, value, sign):
    """A point nearby that lies on no kink but by accident. All numbers become smaller, or all
    larger, since domains may end inside (of log) or outside (of asin)."""
    by = random.uniform(0.01, 0.05, value.shape)
    return np.where(value == 0, by, value * (1 + sign * by))


def _direction(random, value):
    """Of the size of the numbers that it moves, where these are below 1, so that a pole at 0 stays
    far; but for infinities, which stay."""
    size = np.clip(abs(value), 0.01, 1)
    size = np.where(value == 0, 1, size)
    direction = np.asarray(random.uniform(0.5, 1, value.shape) * size)
    direction *= np.where(random.uniform(size=value.shape) < 0.5, -1, 1)
    return np.where(np.isfinite(value), direction, 0)


class _Line:
    """The function along one direction, in steps of one size."""

    def __init__(self, function, point, direction, seeds, step):
        def values(t):
            moved = {n: point[n] + t * step * d for n, d in direction.items()}
            outputs, _ = function({**point, **moved, **seeds})
            if [np.shape(y) for y in outputs] != [np.shape(s) for s in seeds.values()]:
                # No place for a slope.
                outputs = [np.full(np.shape(s), np.nan) for s in seeds.values()]
            # Not 0 times infinity.
            weighted = [
                np.ravel(s * np.where(s == 0, 0, y)) for s, y in zip(seeds.values(), outputs)
            ]
            return np.concatenate(weighted)

        f = {t: values(t) for t in STENCIL}
        once = (f[1] - f[-1]) / (2 * step)
        twice = (f[2] - f[-2]) / (4 * step)
        fourth = f[-2] - 4 * f[-1] + 6 * f[0] - 4 * f[1] + f[2]
        slopes = (4 * once - twice) / 3
        rounding = 64 * np.finfo(float).eps * abs(f[0]) / step
        bend = abs(once - twice) + abs(fourth) / step
        self.slope, self.size, self.rounding = slopes.sum(), abs(slopes).sum(), rounding.sum()
        allowed = OWN_BEND * abs(slopes) + SHARED_BEND * self.size + rounding
        # NaN is not smooth.
        self.is_smooth = bool((bend <= allowed).all())


def _seeds(function, point, shapes, random):
    """Weights of the outputs: 0 where these are no finite numbers at the given point."""
    seeds = {name: np.asarray(random.uniform(0.5, 1.5, shape)) for name, shape in shapes.items()}
    outputs, _ = function({**point, **seeds})
    if [np.shape(y) for y in outputs] != list(shapes.values()):
        raise NotSmooth(f"expected outputs of {list(shapes.values())}")
    finite = [np.isfinite(y) for y in outputs]
    if any(f.size for f in finite) and not any(f.any() for f in finite):
        raise NotSmooth("no output is a finite number")
    return {name: np.where(f, seed, 0) for f, (name, seed) in zip(finite, seeds.items())}


def _lines(function, point, wanted, seeds, random):
    """Directions and the function along them, or None at the first that is not smooth."""
    lines = []
    for _ in range(DIRECTIONS):
        direction = {name: _direction(random, point[name]) for name in wanted}
        tried = (_Line(function, point, direction, seeds, step) for step in STEPS)
        line = next((line for line in tried if line.is_smooth), None)
        if line is None:
            return None
        lines.append((direction, line))
    return lines


def check(function, point, wanted, seed_shapes):
    """Raises NotSmooth or WrongGradient unless the gradients are those of the function.

    `function` maps {input: array} to (outputs, gradients by `wanted`), and takes the seeds, whose
    names and shapes are `seed_shapes`, among its inputs.
    """
    random = np.random.default_rng(0)
    start = point
    if any(point[name].size for name in wanted):
        seeds = _seeds(function, point, seed_shapes, random)
        for attempt in range(ATTEMPTS):
            if attempt:
                sign = -1 if attempt % 2 else 1
                moved = {name: _moved(random, start[name], sign) for name in wanted}
                point = {**start, **moved}
            lines = _lines(function, point, wanted, seeds, random)
            if lines is not None:
                break
        else:
            raise NotSmooth(f"{ATTEMPTS} points tried")
    else:
        seeds, lines = {name: np.zeros(shape) for name, shape in seed_shapes.items()}, []
    _, gradients = function({**point, **seeds})
    for name, gradient in zip(wanted, gradients):
        if gradient.shape != point[name].shape:
            raise WrongGradient(f"'{name}' of shape {point[name].shape} has {gradient.shape}")
    for direction, line in lines:
        # By an infinity the gradient is anything.
        terms = [
            np.where(direction[name] == 0, 0, g) * direction[name]
            for name, g in zip(wanted, gradients)
        ]
        found = sum(t.sum() for t in terms)
        size = line.size + sum(abs(t).sum() for t in terms)
        if not abs(found - line.slope) <= TOLERANCE * size + line.rounding:
            raise WrongGradient(
                f"along a direction the differences say {line.slope:.10g}, the gradient "
                f"{found:.10g}"
            )
