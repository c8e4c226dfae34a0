"""Every differentiable op: the gradient from ds-autodiff against central differences in f64."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import re

import pytest
from gradient_cases import CASES
from gradient_check import Check, second_order, tablegen

# Second differences of what jumps, or of products with zeros among the factors, say nothing more.
ONCE = {"reduce-product-zero", "scatter_elements-mul-zero", "pow-zero"}

# What cannot be differentiated twice, and what is said then.
LIMITS = {
    # The first gradient is a convolution whose window is an image of unknown size.
    "conv-dynamic-image": "needs static spatial extents of the filter",
    # The reverse loop carries what changes its shape.
    "for-growing": "of every iteration, but its shape changes in dimension 0",
    "while": "of every iteration, but its shape changes in dimension 0",
    "while-dynamic": "of every iteration, but its shape changes in dimension 0",
}

# Ops that cannot have a gradient: they yield integers or booleans, have no operands of floats, or
# give bits another meaning. Written from what the ops mean.
NONE = {
    "and", "arg_reduce", "bitcast", "constant", "iota", "is_inf", "is_nan", "nonzero", "not", "or",
    "pool_index", "random_bits", "shift_left", "shift_right", "xor",
}  # fmt: skip


def test_every_op_has_a_case():
    """An op of the dialect is in a case, or has no gradient by its meaning."""
    ops = set(re.findall(r"^### `nn\.(\w+)`", tablegen("-gen-op-doc", "-dialect=nn"), re.M))
    covered = {op for case in CASES.values() for op in re.findall(r"\bnn\.(\w+)", case.body)}
    assert ops and ops - covered - NONE == set()
    assert NONE <= ops


@pytest.mark.parametrize("name", CASES)
def test_gradient(name):
    Check(CASES[name]).run()


@pytest.mark.parametrize("name", [name for name in CASES if name not in ONCE | LIMITS.keys()])
def test_second_derivative(name):
    Check(second_order(CASES[name])).run()


@pytest.mark.parametrize("name", LIMITS)
def test_no_second_derivative(name):
    """Where there is none, an error says why."""
    with pytest.raises(AssertionError, match=f"has no derivative.*{LIMITS[name]}"):
        Check(second_order(CASES[name])).run()
