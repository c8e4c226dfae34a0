"""What `ds-compile --list-ops` says of gradients, against the list from the specification."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from onnx import defs  # noqa: E402

import gradients  # noqa: E402

BUILD = Path(os.environ.get("DS_BUILD_DIR", gradients.suite.HERE.parents[1] / "build"))

# Operators of the list that the importer does not know at all.
NOT_IMPORTABLE = {("ai.onnx.ml", "SVMClassifier"), ("ai.onnx.ml", "SVMRegressor")}


def listed():
    """{operator: what the compiler says of its gradient}."""
    text = subprocess.run(
        [BUILD / "bin" / "ds-compile", "--list-ops", "--json"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return {(row["domain"], row["name"]): row["gradient"] for row in json.loads(text)}


def test_every_importable_differentiable_operator_has_a_gradient():
    said = listed()
    wanted = gradients.differentiable().keys()
    assert {op: said[op] for op in wanted - NOT_IMPORTABLE if said.get(op) != "yes"} == {}
    assert not NOT_IMPORTABLE & said.keys() and NOT_IMPORTABLE <= wanted


def test_no_other_operator_claims_one():
    others = {op: said for op, said in listed().items() if op not in gradients.differentiable()}
    assert others and set(others.values()) == {"none"}


def test_the_list_names_operators_and_inputs_of_the_standard():
    for (domain, name), inputs in gradients.differentiable().items():
        if domain == "com.microsoft":
            continue
        schema = defs.get_schema(name, "" if domain == "ai.onnx" else domain)
        known = {formal.name for formal in schema.inputs} | {gradients.ANY}
        assert inputs and set(inputs) <= known, name


def test_what_the_standard_calls_differentiable_is_in_the_list():
    """Where the specification marks both an input and an output, up to what has no slope."""
    mark = defs.OpSchema.DifferentiationCategory.Differentiable
    # One-hot: constant wherever it is continuous.
    without_slope = {("ai.onnx", "Hardmax")}
    for schema in defs.get_all_schemas():
        operator = schema.domain or "ai.onnx", schema.name
        if operator in without_slope or schema.deprecated:
            continue
        marked = [x.name for x in schema.inputs if x.differentiation_category == mark]
        if marked and any(x.differentiation_category == mark for x in schema.outputs):
            inputs = gradients.differentiable().get(operator, [])
            assert set(marked) <= set(inputs) or gradients.ANY in inputs, operator
