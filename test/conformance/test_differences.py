"""The differences themselves: they must tell a right gradient from a wrong one, and see kinks."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import differences  # noqa: E402

POINT = np.array([0.0, 1.0, 2.0])


def check(value, slope, point=POINT):
    """Holds `slope` against the differences of `value`; returns the point where that was done."""
    seen = []

    def function(inputs):
        x = inputs["x"]
        seen.append(x)
        return [value(x)], [slope(x) * inputs["s"]]

    differences.check(function, {"x": point}, ["x"], {"s": point.shape})
    return seen[-1]


def test_a_right_gradient_agrees_at_the_given_point():
    assert (check(np.sin, np.cos) == POINT).all()


@pytest.mark.parametrize("error", [1e-5, -0.5, np.nan])
def test_a_wrong_gradient_does_not(error):
    with pytest.raises(differences.WrongGradient):
        check(np.sin, lambda x: np.cos(x) * (1 + error))


def test_one_wrong_element_is_enough():
    with pytest.raises(differences.WrongGradient):
        check(np.sin, lambda x: np.cos(x) + np.array([0, 0, 1e-5]))


def test_a_gradient_of_another_shape_is_wrong():
    with pytest.raises(differences.WrongGradient):
        differences.check(
            lambda inputs: ([inputs["x"]], [inputs["s"][:2]]), {"x": POINT}, ["x"], {"s": (3,)}
        )


def test_a_kink_at_the_point_moves_it():
    moved = check(abs, np.sign)
    assert (moved != POINT).any() and abs(moved - POINT).max() <= 0.1


@pytest.mark.parametrize("at", [0.5e-5, -1.2e-5])
def test_a_kink_near_the_point_makes_the_step_smaller(at):
    moved = check(lambda x: abs(x - at), lambda x: np.sign(x - at))
    assert (moved == POINT).all()


def test_a_kink_of_one_output_among_many_is_seen():
    point = np.append(np.linspace(1, 100, 10000), 0)
    moved = check(lambda x: np.where(x < 0, 1.001 * x, x), np.ones_like, point)
    assert (moved != point).any()


def test_a_size_that_jumps_moves_the_point():
    def function(inputs):
        x = inputs["x"]
        return [np.repeat(x, 2 if x[0] >= 1 else 3)], [np.repeat(inputs["s"].sum(), 1)]

    differences.check(function, {"x": np.ones(1)}, ["x"], {"s": (2,)})


def test_without_elements_there_is_nothing_but_a_shape():
    empty = np.zeros((2, 0))
    differences.check(
        lambda inputs: ([np.full(2, -np.inf)], [empty]), {"x": empty}, ["x"], {"s": (2,)}
    )


def test_the_end_of_a_domain_moves_the_point():
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = check(np.arcsin, lambda x: 1 / np.sqrt(1 - x * x), np.array([1.0, -1.0]))
    assert (abs(moved) < 1).all()


def test_a_function_without_a_derivative_is_not_smooth():
    with pytest.raises(differences.NotSmooth):
        check(lambda x: np.sin(1e9 * x), np.cos)


def test_steps_have_the_gradient_zero():
    check(np.floor, np.zeros_like)
    with pytest.raises(differences.WrongGradient):
        check(np.floor, np.ones_like)


def test_infinities_are_left_alone():
    point = np.array([-np.inf, 1.0])
    check(lambda x: np.exp(x), lambda x: np.exp(x), point)
    check(lambda x: np.where(x < 0, x, x * x), lambda x: np.where(x < 0, np.nan, 2 * x), point)
