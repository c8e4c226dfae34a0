"""Hessian-vector products, against differences of gradients in f64.

The product is the gradient of (cotangents of the gradient times the vector), so every rule is
differentiated. Against it stand central differences of the gradient along the vector, element by
element: with h = 1e-5 they are off by h^2/6 = 2e-11 times a fourth derivative, and by the rounding
of the gradient over 2h, 5e-12 times its size; both are near 1 here, so 1e-8 relative to the largest
element leaves two orders of magnitude. Compiled code differs from the evaluator by the order of
sums and the mathematical library alone: 1e-11.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import dataclasses

import numpy as np
import pytest
from compiled_check import run_compiled
from gradient_cases import CASES
from gradient_check import STEP, Check, contract, draw_contraction, evaluate

MODELS = [
    f"{name}{batch}" for name in ("mlp", "convnet", "attention") for batch in ("", "-dynamic")
]
MODELS += ["for", "for-dynamic", "if-dynamic"]


def gradient(case, cotangent):
    """The gradients of a case at its point, by the evaluator."""
    return evaluate(case.text() + Check(case).gradient_function(cotangent))["gradient"]


def moved(case, directions, by):
    """The case at another point."""
    steps = iter(directions)
    return dataclasses.replace(
        case,
        arguments=tuple(
            dataclasses.replace(a, value=np.asarray(a.value + by * next(steps))) if a.wanted else a
            for a in case.arguments
        ),
    )


@pytest.mark.parametrize("name", MODELS)
def test_hessian_vector_product(name, tmp_path):
    case = CASES[name]
    cotangent, vector = draw_contraction(case)
    twice = contract(case, cotangent, vector)
    one = np.ones(())
    products = gradient(twice, one)
    ahead, behind = (gradient(moved(case, vector, s * STEP), cotangent) for s in (1, -1))
    (compiled,) = run_compiled([Check(twice)], [one], tmp_path)
    assert len(products) == len(vector) == len(compiled)
    assert any(abs(product).max() > 0.1 for product in products)
    for product, plus, minus, code in zip(products, ahead, behind, compiled):
        scale = 1 + abs(product).max()
        assert abs(product - (plus - minus) / (2 * STEP)).max() <= 1e-8 * scale
        assert code.shape == product.shape
        assert abs(code - product).max() <= 1e-11 * scale
