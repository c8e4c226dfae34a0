"""Broken and hostile ONNX files: an error that names the place, and nothing half-written."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import os
import subprocess
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("DS_BUILD_DIR", ROOT / "build"))
FAILED, WRONG_USE, UNSUPPORTED, MALFORMED = 1, 2, 3, 4
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def value(name, shape, element=FLOAT):
    return helper.make_tensor_value_info(name, element, shape)


def model(nodes, inputs, outputs, initializers=(), opset=17, **more):
    graph = helper.make_graph(list(nodes), "net", inputs, outputs, list(initializers))
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, **more
    )


def node(kind, inputs, outputs, name="step", **attributes):
    return helper.make_node(kind, inputs, outputs, name, **attributes)


def one(kind, shapes, initializers=(), opset=17, inputs=None, outputs=("y",), **attributes):
    """A model of one node called "step" with float inputs x0, x1, ... of these shapes."""
    names = [f"x{i}" for i in range(len(shapes))]
    given = [value(n, s) for n, s in zip(names, shapes)]
    nodes = [node(kind, inputs or names, list(outputs), **attributes)]
    return model(nodes, given, [value("y", None)], initializers, opset)


def ints(name, values):
    return numpy_helper.from_array(np.array(values, np.int64), name)


def field(number, payload):
    """A length-delimited field as protobuf writes it."""

    def varint(number):
        return (
            bytes([number]) if number < 128 else bytes([number % 128 + 128]) + varint(number // 128)
        )

    return varint(number * 8 + 2) + varint(len(payload)) + payload


def deep(depth):
    """If within If within If, by hand: Python's protobuf does not go that deep."""
    branch = onnx.AttributeProto(type=onnx.AttributeProto.GRAPH)
    small = helper.make_graph([node("Neg", ["x"], ["s"])], "small", [], [value("s", None)])
    graph = small.SerializeToString()
    for _ in range(depth):
        attributes = b""
        for name, inner in (("then_branch", graph), ("else_branch", small.SerializeToString())):
            branch.name = name
            attributes += field(5, branch.SerializeToString() + field(6, inner))
        step = (
            onnx.NodeProto(op_type="If", input=["c"], output=["y"]).SerializeToString() + attributes
        )
        shell = helper.make_graph([], "g", [], [value("y", None)])
        graph = shell.SerializeToString() + field(1, step)
    shell = model([], [value("x", [2]), value("c", [], TensorProto.BOOL)], [value("y", None)])
    rest = shell.graph.SerializeToString() + field(1, step)
    shell.ClearField("graph")
    return shell.SerializeToString() + field(7, rest)


def external(location, offset=None, length=None, size=4):
    tensor = TensorProto(name="w", data_type=FLOAT, dims=[size])
    tensor.data_location = TensorProto.EXTERNAL
    for key, entry in (("location", location), ("offset", offset), ("length", length)):
        if entry is not None:
            tensor.external_data.add(key=key, value=str(entry))
    return model(
        [node("Add", ["x", "w"], ["y"])], [value("x", [size])], [value("y", None)], [tensor]
    )


def tensor(dims, data=b"", element=FLOAT, **fields):
    return TensorProto(name="w", data_type=element, dims=dims, raw_data=data, **fields)


def with_weight(weight):
    return model([node("Identity", ["w"], ["y"])], [value("x", [1])], [value("y", None)], [weight])


def self_calling():
    call = helper.make_node("Again", ["a"], ["b"], domain="own")
    function = helper.make_function(
        "own", "Again", ["a"], ["b"], [call], [helper.make_opsetid("own", 1)]
    )
    result = model(
        [helper.make_node("Again", ["x"], ["y"], "step", domain="own")],
        [value("x", [2])],
        [value("y", None)],
        functions=[function],
    )
    result.opset_import.append(helper.make_opsetid("own", 1))
    return result


GOOD = one("Relu", [[2, 3]]).SerializeToString()

# Name of the case: the file's bytes or model, the exit status, what the message must say.
CASES = {
    # The file.
    "empty": (b"", MALFORMED, "the file is empty: expected an ONNX model"),
    "truncated": (GOOD[:-7], MALFORMED, "the file ends too early: "),
    "truncated_in_the_first_field": (
        GOOD[:1],
        MALFORMED,
        "the file ends too early: 1 bytes expected, 0 found",
    ),
    "text": (b"this is no model at all, but some text", MALFORMED, "no ONNX model"),
    "zeros": (bytes(100), MALFORMED, "no ONNX model: field number 0 (at byte 0)"),
    "wire_type": (b"\x0f\x01", MALFORMED, "no ONNX model: wire type 7 (at byte 0)"),
    "long_number": (
        b"\x08" + b"\xff" * 11,
        MALFORMED,
        "no ONNX model: a number of more than 64 bits",
    ),
    "no_graph": (
        onnx.ModelProto(ir_version=8, opset_import=[helper.make_opsetid("", 17)]),
        MALFORMED,
        "no ONNX model: it has no graph",
    ),
    "inner_length": (
        b"\x3a\x05\x0a\x7f\x00\x00\x00\x08\x08",
        MALFORMED,
        "no ONNX model: a field of 127 bytes in a message with 3 left",
    ),
    # The graph.
    "no_opset": (
        onnx.ModelProto(ir_version=8, graph=onnx.load_from_string(GOOD).graph),
        MALFORMED,
        "the model imports no opset",
    ),
    "future_opset": (
        one("Relu", [[2]], opset=1000),
        UNSUPPORTED,
        'opset 1000 of domain "" is not known: expected 1 to 27',
    ),
    "no_outputs": (
        model([node("Relu", ["x"], ["y"])], [value("x", [2])], []),
        MALFORMED,
        "the model has no outputs",
    ),
    "missing_output": (
        model([node("Relu", ["x"], ["y"])], [value("x", [2])], [value("z", None)]),
        MALFORMED,
        'output "z" is made by no node',
    ),
    "output_twice": (
        model([node("Relu", ["x"], ["y"])], [value("x", [2])], [value("y", None)] * 2),
        MALFORMED,
        'output "y" is listed twice',
    ),
    "input_twice": (
        model([node("Relu", ["x"], ["y"])], [value("x", [2])] * 2, [value("y", None)]),
        MALFORMED,
        'input "x" is defined twice',
    ),
    "missing_tensor": (
        one("Add", [[2]], inputs=["x0", "ghost"]),
        MALFORMED,
        'input 1 reads "ghost", which no node, input or initializer defines',
    ),
    "cycle": (
        model(
            [node("Add", ["x", "b"], ["a"], "first"), node("Relu", ["a"], ["b"], "second")],
            [value("x", [2])],
            [value("b", None)],
        ),
        MALFORMED,
        "the node depends on its own output",
    ),
    "two_producers": (
        model(
            [node("Relu", ["x"], ["y"], "first"), node("Neg", ["x"], ["y"], "second")],
            [value("x", [2])],
            [value("y", None)],
        ),
        MALFORMED,
        'output "y" is made by two nodes',
    ),
    "output_is_input": (
        model([node("Relu", ["x"], ["x"])], [value("x", [2])], [value("x", None)]),
        MALFORMED,
        'output "x" is also an input or an initializer of the graph',
    ),
    "initializer_twice": (
        model([node("Relu", ["w"], ["y"])], [], [value("y", None)], [ints("w", [1])] * 2),
        MALFORMED,
        'initializer "w" is defined twice',
    ),
    "wrong_output_type": (
        model([node("Relu", ["x"], ["y"])], [value("x", [2])], [value("y", [2], INT64)]),
        MALFORMED,
        'output "y" is declared as int64, but computed as float',
    ),
    "deep_nesting": (deep(100), MALFORMED, "nested deeper than"),
    "recursion": (self_calling(), MALFORMED, 'function "Again" calls itself'),
    "no_domain": (
        model(
            [helper.make_node("Relu", ["x"], ["y"], "step", domain="ai.onnx.ml")],
            [value("x", [2])],
            [value("y", None)],
        ),
        UNSUPPORTED,
        'operator "ai.onnx.ml.Relu"',
    ),
    # Inputs.
    "no_input_type": (
        model([node("Relu", ["x"], ["y"])], [onnx.ValueInfoProto(name="x")], [value("y", None)]),
        MALFORMED,
        'input "x" has no type',
    ),
    "no_rank": (
        model([node("Relu", ["x"], ["y"])], [value("x", None)], [value("y", None)]),
        UNSUPPORTED,
        'input "x" has no shape, not even a rank; give one: --shape x=1x3x224x224, say',
    ),
    "absurd_input": (
        one("Relu", [[1 << 40, 1 << 40]]),
        MALFORMED,
        'input "x0" has absurd extents: more than 2^48 elements',
    ),
    "string_input": (
        model(
            [node("Identity", ["x"], ["y"])],
            [value("x", [2], TensorProto.STRING)],
            [value("y", None)],
        ),
        UNSUPPORTED,
        'input "x" is a string tensor, which is not supported',
    ),
    "unknown_element": (
        model([node("Relu", ["x"], ["y"])], [value("x", [2], 99)], [value("y", None)]),
        MALFORMED,
        'input "x" has unknown element type 99',
    ),
    # Operators.
    "unknown_operator": (
        one("Frobnicate", [[2]]),
        UNSUPPORTED,
        'operator "Frobnicate" (opset 17) is unknown: it is neither in the standard nor a function',
    ),
    "too_new": (
        one("Gelu", [[2]], opset=13),
        MALFORMED,
        'operator "Gelu" does not exist in opset 13',
    ),
    "too_many_inputs": (
        one("Relu", [[2], [2]]),
        MALFORMED,
        "the node breaks a rule of its operator",
    ),
    "unknown_attribute": (
        one("Relu", [[2]], sharpness=3),
        MALFORMED,
        "Unrecognized attribute: sharpness",
    ),
    "attribute_type": (
        one("Flatten", [[2, 3]], axis="one"),
        MALFORMED,
        "Mismatched attribute type",
    ),
    "required_attribute": (one("Cast", [[2]]), MALFORMED, "Required attribute 'to' is missing"),
    "input_types_differ": (
        model(
            [node("Add", ["x", "i"], ["y"])],
            [value("x", [2]), value("i", [2], INT64)],
            [value("y", None)],
        ),
        MALFORMED,
        'input 1 ("B") has type tensor(int64), expected tensor(float) as of the inputs before it',
    ),
    "input_type_refused": (
        model([node("Sqrt", ["i"], ["y"])], [value("i", [2], INT64)], [value("y", None)]),
        MALFORMED,
        'input 0 ("X") has type tensor(int64), which version 13 of the operator does not take',
    ),
    "no_broadcast": (
        one("Add", [[2, 3], [4]]),
        MALFORMED,
        "the inputs' shapes cannot be broadcast against each other",
    ),
    "axis": (
        one("Softmax", [[2, 3]], axis=5),
        MALFORMED,
        "axis 5 is out of range: the tensor has rank 2",
    ),
    "matmul": (
        one("MatMul", [[2, 3], [4, 5]]),
        MALFORMED,
        "the columns of the left matrix and the rows of the right one differ: 3 and 4",
    ),
    "gemm_rank": (
        one("Gemm", [[2, 3, 4], [4, 5]]),
        MALFORMED,
        "input 0 must have rank 2, found rank 3",
    ),
    "conv_channels": (
        one("Conv", [[1, 3, 8, 8], [4, 2, 3, 3]]),
        MALFORMED,
        "the input has 3 channels, the filter takes 2",
    ),
    "conv_rank": (
        one("Conv", [[3, 8], [4, 8]]),
        MALFORMED,
        "expected input and filter of one rank of at least 3, found 2 and 2",
    ),
    "conv_stride": (
        one("Conv", [[1, 3, 8, 8], [4, 3, 3, 3]], strides=[0, 1]),
        MALFORMED,
        "kernel extents, strides and dilations must be positive",
    ),
    "conv_window": (
        one("Conv", [[1, 3, 2, 2], [4, 3, 3, 3]]),
        MALFORMED,
        "the window does not fit into spatial dimension 0 of extent 2",
    ),
    "pool_window": (
        one("MaxPool", [[1, 3, 8, 8]], kernel_shape=[3]),
        MALFORMED,
        "the window's attributes do not fit 2 spatial dimensions",
    ),
    "reshape": (
        one("Reshape", [[2, 3]], [ints("s", [4, 2])], inputs=["x0", "s"]),
        MALFORMED,
        "cannot reshape 6 elements to",
    ),
    "reshape_minus_two": (
        one("Reshape", [[2, 3]], [ints("s", [-2, 3])], inputs=["x0", "s"]),
        MALFORMED,
        "entry 0 of the shape is -2: expected a size, 0 or -1",
    ),
    "concat": (
        one("Concat", [[2, 3], [2, 4]], axis=0),
        MALFORMED,
        "input 1 cannot be joined along axis 0",
    ),
    "transpose": (
        one("Transpose", [[2, 3]], perm=[0, 0]),
        MALFORMED,
        '"perm" is no permutation of the 2 dimensions',
    ),
    "split": (
        one("Split", [[5]], [ints("s", [2, 2])], inputs=["x0", "s"], outputs=["y", "z"]),
        MALFORMED,
        "the sizes do not add up to the axis: 4 and 5",
    ),
    "gather_index": (
        one("Gather", [[5]], [ints("i", 7)], inputs=["x0", "i"]),
        MALFORMED,
        "index 7 is out of range: the axis has 5 elements",
    ),
    "einsum": (
        one("Einsum", [[2, 3]], equation="ijk->i"),
        MALFORMED,
        'term "ijk" of the equation does not fit an input of rank 2',
    ),
    "lstm": (
        one("LSTM", [[4, 1, 3], [1, 8, 3], [1, 8, 5]]),
        MALFORMED,
        'input "W" has extent 8 in dimension 1, expected 20',
    ),
    # Tensors.
    "short_data": (
        with_weight(tensor([100], bytes(12))),
        MALFORMED,
        "expected 400 bytes of data for 100 elements of type float, found 12",
    ),
    "absurd_weight": (
        with_weight(tensor([1 << 40, 1 << 40], bytes(4))),
        MALFORMED,
        "shape (1099511627776, 1099511627776) has too many elements",
    ),
    "negative_extent": (with_weight(tensor([-3], bytes(4))), MALFORMED, "extent -3 is negative"),
    "weight_type": (with_weight(tensor([1], bytes(4), 77)), MALFORMED, "unknown element type 77"),
    "string_weight": (
        with_weight(
            TensorProto(name="w", data_type=TensorProto.STRING, dims=[1], string_data=[b"a"])
        ),
        UNSUPPORTED,
        "string tensors are not supported",
    ),
    # External data.
    "external_up": (
        external("../w.bin"),
        MALFORMED,
        'external data "../w.bin" leads out of the model\'s folder',
    ),
    "external_inside_up": (
        external("sub/../../w.bin"),
        MALFORMED,
        "leads out of the model's folder",
    ),
    "external_absolute": (
        external("/etc/passwd"),
        MALFORMED,
        'external data "/etc/passwd" has an absolute path: it must lie in the model\'s folder',
    ),
    "external_link": (
        external("link.bin"),
        MALFORMED,
        'external data "link.bin" is a symbolic link, or behind one',
    ),
    "external_linked_folder": (
        external("linked/w.bin"),
        MALFORMED,
        "is a symbolic link, or behind one",
    ),
    "external_folder": (external("folder"), MALFORMED, 'external data "folder" cannot be read'),
    "external_missing": (
        external("nothing.bin"),
        MALFORMED,
        'external data "nothing.bin" does not exist in the model\'s folder',
    ),
    "external_offset": (
        external("data.bin", offset=1 << 63),
        MALFORMED,
        "bytes 9223372036854775808 and the following 16 are outside the file of 16 bytes",
    ),
    "external_wraps": (
        external("data.bin", offset=(1 << 64) - 8),
        MALFORMED,
        "are outside the file of 16 bytes",
    ),
    "external_number": (
        external("data.bin", offset="ten"),
        MALFORMED,
        'external data: expected a number of bytes as "offset", found "ten"',
    ),
    "external_length": (
        external("data.bin", length=12),
        MALFORMED,
        "the tensor takes 16 bytes, but its length is 12",
    ),
    "external_short": (
        external("data.bin", size=5),
        MALFORMED,
        "bytes 0 and the following 20 are outside the file of 16 bytes",
    ),
    "external_no_location": (external(None), MALFORMED, 'external data "" has no usable file name'),
}


@pytest.fixture
def folder(tmp_path):
    """A model's folder with what the external-data cases reach for, and a file next to it."""
    (tmp_path / "w.bin").write_bytes(bytes(16))
    inner = tmp_path / "model"
    inner.mkdir()
    (inner / "data.bin").write_bytes(bytes(16))
    (inner / "folder").mkdir()
    (inner / "sub").mkdir()
    (inner / "link.bin").symlink_to(tmp_path / "w.bin")
    (inner / "linked").symlink_to(tmp_path)
    return inner


def compile_file(folder, *options):
    before = set(os.listdir(folder))
    result = subprocess.run(
        [BUILD / "bin" / "ds-compile", "model.onnx", "-o", "program", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert set(os.listdir(folder)) == before, "something was left behind"
    return result


@pytest.mark.parametrize("case", CASES)
def test_broken_model(case, folder):
    content, status, message = CASES[case]
    data = content if isinstance(content, bytes) else content.SerializeToString()
    (folder / "model.onnx").write_bytes(data)
    result = compile_file(folder)
    assert result.returncode == status, result.stderr
    assert message in result.stderr
    assert result.stderr.startswith("error: ")


def test_every_prefix_of_a_file_ends_in_an_error(folder):
    """Cutting a file anywhere must neither crash nor compile."""
    whole = one(
        "Conv",
        [[1, 1, 4, 4]],
        [numpy_helper.from_array(np.ones((1, 1, 3, 3), np.float32), "w")],
        inputs=["x0", "w"],
    ).SerializeToString()
    for end in range(1, len(whole), 7):
        (folder / "model.onnx").write_bytes(whole[:end])
        assert compile_file(folder).returncode in (UNSUPPORTED, MALFORMED), end


def test_the_node_of_an_error_is_named(folder):
    (folder / "model.onnx").write_bytes(one("Transpose", [[2, 3]], perm=[0, 0]).SerializeToString())
    assert "step" in compile_file(folder).stderr


def test_a_node_without_a_name_is_called_by_its_type_and_place(folder):
    nodes = [node("Relu", ["x"], ["a"]), helper.make_node("Transpose", ["a"], ["y"], perm=[0, 0])]
    content = model(nodes, [value("x", [2, 3])], [value("y", None)])
    (folder / "model.onnx").write_bytes(content.SerializeToString())
    assert "Transpose#1" in compile_file(folder).stderr


def test_all_unsupported_operators_are_reported_at_once(folder):
    nodes = [
        node("Frob", ["x"], ["a"], "first"),
        node("Relu", ["a"], ["b"]),
        node("Nizzle", ["b"], ["y"], "last"),
    ]
    (folder / "model.onnx").write_bytes(
        model(nodes, [value("x", [2])], [value("y", None)]).SerializeToString()
    )
    result = compile_file(folder)
    assert result.returncode == UNSUPPORTED
    for text in ('operator "Frob"', "first", 'operator "Nizzle"', "last"):
        assert text in result.stderr


@pytest.mark.parametrize(
    "options, message",
    [
        (["--shape", "z=2"], '--shape names "z", which is no input of the model'),
        (["--shape", "x=2x3"], 'input "x" has rank 1, but --shape gives 2 extents'),
        (["--shape", "x=3"], 'input "x" has extent 2 in dimension 0, but --shape gives 3'),
        (["--dim", "batch=3"], '--dim names "batch", which is no dimension of an input'),
    ],
)
def test_options_that_do_not_fit_the_model(folder, options, message):
    content = model([node("Relu", ["x"], ["y"])], [value("x", [2])], [value("y", None)])
    (folder / "model.onnx").write_bytes(content.SerializeToString())
    result = compile_file(folder, *options)
    assert result.returncode == WRONG_USE, result.stderr
    assert message in result.stderr
