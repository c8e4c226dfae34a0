"""The same gradients as compiled programs, against the evaluator's.

Tolerance: sums of at most a few thousand f64 terms near 1, in another order and by other functions
of the mathematical library (a few ulp): 1e-11 relative to the largest element.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import pytest
from compiled_check import run_compiled
from gradient_cases import CASES
from gradient_check import Check

TOLERANCE = 1e-11
GROUP = 12


def groups():
    """Cases by name, several to a program: most of a compilation does not depend on the model."""
    names = sorted(CASES)
    return [names[i : i + GROUP] for i in range(0, len(names), GROUP)]


@pytest.mark.parametrize("names", groups(), ids=lambda names: f"{names[0]}..{names[-1]}")
def test_compiled(names, tmp_path):
    checks = [Check(CASES[name]) for name in names]
    outcomes = [check.run() for check in checks]
    compiled = run_compiled(checks, [seed for seed, _ in outcomes], tmp_path)
    for name, (_, gradients), found in zip(names, outcomes, compiled):
        assert len(gradients) == len(found)
        for i, (want, got) in enumerate(zip(gradients, found)):
            assert got.shape == want.shape
            scale = 1 + abs(want).max(initial=0)
            assert abs(got - want).max(initial=0) <= TOLERANCE * scale, f"{name}, gradient {i}"
