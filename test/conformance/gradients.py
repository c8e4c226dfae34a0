#!/usr/bin/env python3
"""Holds compiled gradients of the ONNX node tests against central differences in f64.

Every node test whose operator is in differentiable.txt is compiled in f64, to a program of its
value and its gradients (the passes ds-widen-floats and ds-request-gradients). The gradient is held
against differences of the value along random directions, and the outcome of that against
gradient_expectations.txt. What a whole run says of each operator is the table that `ds-compile
--list-ops` prints, frontends/onnx/GradientTable.inc: --update writes it, every other whole run
fails where it is out of date.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import functools
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import defs

import cases
import differences
import own_models
import run
import suite
import values

OUTCOMES = {
    "unsupported": "the compiler says that it lacks something the model needs (exit status 3)",
    "no-derivative": "the compiler says that an op on the way has no derivative",
    "compile-error": "the compiler gives up with another status",
    "compile-crash": "the compiler is ended by a signal",
    "run-error": "the program exits with a status other than 0",
    "run-crash": "the program is ended by a signal",
    "wrong-gradient": "the gradient is not what the differences say",
    "not-smooth": "no point near the test's is one where the function has a derivative",
    "timeout": "the compiler or the program takes too long",
}
# What is differentiated; floats of 8 bits and fewer are codes, which the programs take in f64 too.
FLOATS = {
    onnx.TensorProto.FLOAT,
    onnx.TensorProto.FLOAT16,
    onnx.TensorProto.BFLOAT16,
    onnx.TensorProto.DOUBLE,
}
WIDENED = FLOATS | {
    onnx.TensorProto.FLOAT4E2M1,
    onnx.TensorProto.FLOAT8E4M3FN,
    onnx.TensorProto.FLOAT8E4M3FNUZ,
    onnx.TensorProto.FLOAT8E5M2,
    onnx.TensorProto.FLOAT8E5M2FNUZ,
    onnx.TensorProto.FLOAT8E8M0,
}
REQUEST = "after-import=ds-widen-floats,ds-request-gradients"
TABLE = suite.HERE.parents[1] / "frontends/onnx/GradientTable.inc"
TABLE_HEADER = """\
//===- GradientTable.inc - which operators have gradients -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Written by test/conformance/gradients.py --update, and held there against the
// outcomes of the gradients of all node tests in every run. Not by hand.
//
//===----------------------------------------------------------------------===//
"""
ANY = "..."
OWN = "own"


@functools.cache
def differentiable():
    """{(domain, operator): names of the inputs that it is differentiated by}."""
    rows = [
        line.split()
        for line in (suite.HERE / "differentiable.txt").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    return {(domain, name): inputs for domain, name, *inputs in rows}


def _operator(node):
    return node.domain or "ai.onnx", node.op_type


def _nodes(graph):
    """The nodes of a model that compute something."""
    return [node for node in graph.node if node.op_type != "Constant"]


def _is_float(value_info, kinds=frozenset(FLOATS)):
    tensor = value_info.type.HasField("tensor_type")
    return tensor and value_info.type.tensor_type.elem_type in kinds


def _formal_name(model, node, position):
    """What the specification calls the input of a node; ANY for what is variadic."""
    opset = next((o.version for o in model.opset_import if o.domain == node.domain), 1)
    formals = defs.get_schema(node.op_type, opset, node.domain).inputs
    formal = formals[min(position, len(formals) - 1)]
    return ANY if formal.option == defs.OpSchema.FormalParameterOption.Variadic else formal.name


def wanted_inputs(model):
    """Names of the graph inputs that the model's gradient is taken by; empty: not a test of ours.

    A model of one node is asked by the list; so is the expansion of an operator by its function
    body, whose several nodes have no names for its inputs, by all that it takes.
    """
    graph = model.graph
    floats = {x.name for x in graph.input if _is_float(x)} - {x.name for x in graph.initializer}
    if not any(_is_float(x) for x in graph.output):
        return []
    nodes = _nodes(graph)
    known = [node for node in nodes if _operator(node) in differentiable()]
    if len(nodes) != 1 or nodes[0].domain == "com.microsoft":
        return [x.name for x in graph.input if x.name in floats] if known else []
    wanted = []
    for node in known:
        listed = differentiable()[_operator(node)]
        for position, name in enumerate(node.input):
            if name in floats and _formal_name(model, node, position) in listed:
                wanted.append(name)
        if listed == [ANY]:
            wanted += floats
    return [x.name for x in graph.input if x.name in wanted]


def load(case):
    """The model of a case, and (inputs, shapes of outputs) for each run of it."""
    if case.kind == OWN:
        model = own_models.model(case.name.partition("/")[2])
        dims = [own_models.shape(x) for x in model.graph.output]
        return model, [(own_models.inputs(model.graph), dims)]
    model = onnx.load(case.model, load_external_data=False)
    data = cases.load(case).data
    return model, [(x.inputs, [np.shape(y) for y in x.outputs]) for x in data]


def find(folder):
    """The node tests that have a gradient, and models of ours."""
    node = [case for case in cases.find(folder) if case.kind == "node"]
    node = [c for c in node if wanted_inputs(onnx.load(c.model, load_external_data=False))]
    return node + [cases.Case(f"{OWN}/{name}", None) for name in own_models.GRAPHS]


class Program:
    """The compiled gradient of a model, as the function that the differences are taken of."""

    def __init__(self, path, model, timeout, work):
        self.path, self.timeout, self.work = path, timeout, work
        self.widened = [x.name for x in model.graph.input if _is_float(x, WIDENED)]
        self.outputs = [x.name for x in model.graph.output if _is_float(x, WIDENED)]
        names = [x.name for x in model.graph.output] + [f"{x}/gradient" for x in self.widened]
        self.stems = dict(zip(names, suite.file_stems(names)))
        self.runs = 0

    def point(self, names, data):
        """What the program takes for the inputs of a test."""
        return {
            name: np.asarray(value).astype(np.float64) if name in self.widened else value
            for name, value in zip(names, data)
        }

    def run(self, inputs, wanted):
        """Outputs of floats, and the gradients by the `wanted` inputs."""
        self.runs += 1
        out = self.work / f"out{self.runs}"
        command = [self.path, "--output-dir", out]
        for i, (name, value) in enumerate(inputs.items()):
            command += ["--input", f"{name}={values.write(self.work / f'in-{i}', value)}"]
        status, text = suite.execute(command, self.timeout, self.work)
        suite.check_status("run", status, text, self.timeout)
        results = [values.read(out / self.stems[name]) for name in self.outputs]
        gradients = [values.read(out / self.stems[f"{name}/gradient"]) for name in wanted]
        return results, gradients


def attempt(case, compiler, timeout, work):
    """Raises suite.Failed unless the gradient of the case is what the differences say."""
    model, runs = load(case)
    source = case.model or Path(work, "model.onnx")
    if case.kind == OWN:
        onnx.save(model, source)
    path = work / "program"
    status, text = suite.execute([*compiler, source, "--at", REQUEST, "-o", path], timeout, work)
    if status == 1 and "has no derivative" in text:
        raise suite.Failed("no-derivative", suite.telling_line(text))
    suite.check_status("compile", status, text, timeout)
    program = Program(path, model, timeout, work)
    for inputs, shapes in runs:
        point = program.point([x.name for x in model.graph.input], inputs)
        shapes = dict(zip([x.name for x in model.graph.output], shapes))
        wanted = [name for name in wanted_inputs(model) if name in point]
        try:
            differences.check(
                functools.partial(program.run, wanted=wanted),
                point,
                wanted,
                {f"{name}/cotangent": shapes[name] for name in program.outputs},
            )
        except differences.NotSmooth as error:
            raise suite.Failed("not-smooth", str(error)) from error
        except differences.WrongGradient as error:
            raise suite.Failed("wrong-gradient", str(error)) from error


def subjects(case):
    """The operators that a case is a test of: expansions are of none."""
    model, _ = load(case)
    nodes = _nodes(model.graph)
    if len(nodes) != 1 and case.kind != OWN:
        return set()
    return {_operator(node) for node in nodes} & differentiable().keys()


def table(results):
    """The text of TABLE: 'yes' where every test of an operator passes, 'no' where none does.

    A test whose model does not compile either, and one at whose inputs there is no derivative, say
    nothing.
    """
    counts = {}
    forward = suite.read_expectations(run.SUITE.expectations, run.OUTCOMES)
    for case in find(cases.default_folder()):
        if case.name in forward or results[case.name].outcome == "not-smooth":
            continue
        for operator in subjects(case):
            passed, count = counts.get(operator, (0, 0))
            counts[operator] = passed + (results[case.name].outcome == "pass"), count + 1
    text = TABLE_HEADER
    for (domain, name), (passed, count) in sorted(counts.items()):
        state = "Yes" if passed == count else "Partly" if passed else "No"
        domain = "" if domain == "ai.onnx" else domain
        text += f'DS_GRADIENT("{domain}", "{name}", {state})\n'
    return text


def finish(results, update):
    """Holds the table against the results, or writes it."""
    expected = table(results)
    if update:
        TABLE.write_text(expected)
    found = TABLE.read_text().splitlines()
    return [f"{TABLE.name}: expected '{x}'" for x in expected.splitlines() if x not in found] + [
        f"{TABLE.name}: '{x}' is out of date" for x in found if x not in expected.splitlines()
    ]


SUITE = suite.Suite(
    __doc__,
    attempt,
    OUTCOMES,
    suite.HERE / "gradient_expectations.txt",
    find,
    ("node", OWN),
    # The gradient of a cubic Resize is some fifty kernels.
    timeout=240,
    finish=finish,
)

if __name__ == "__main__":
    sys.exit(suite.main(SUITE))
