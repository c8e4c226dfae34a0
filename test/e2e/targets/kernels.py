"""Small models with a reference and a bound: the table that target tests run over.

A row gives a name, an ONNX model or nn IR, its inputs, the exact result and the largest error that
f32 arithmetic can make; 0 means equality.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from reference import U32, conv, conv_transpose, gamma, general_conv, layer_norm, pool, softmax


@dataclasses.dataclass
class Kernel:
    """One row. `exact` takes the inputs and returns the result and its bound."""

    name: str
    model: object
    inputs: dict
    exact: Callable
    contraction: bool = False
    same_bits: bool = False


def seeded(name):
    """A generator whose numbers depend on the row's name alone."""
    return np.random.default_rng(list(name.encode()))


def single(op, inputs, constants=(), dynamic=(), opset=19, **attributes):
    """A model of one node. `dynamic` are (input, dimension) pairs that the file leaves open."""
    given = []
    for name, array in inputs.items():
        shape = [
            f"{name}{dim}" if (name, dim) in dynamic else extent
            for dim, extent in enumerate(array.shape)
        ]
        given.append(
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), shape)
        )
    names = [*inputs, *(name for name, _ in constants)]
    node = helper.make_node(op, names, ["y"], op.lower(), **attributes)
    graph = helper.make_graph(
        [node],
        "net",
        given,
        [helper.make_tensor_value_info("y", TensorProto.UNDEFINED, None)],
        [numpy_helper.from_array(array, name) for name, array in constants],
    )
    graph.output[0].ClearField("type")
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)


def linear(function, terms):
    """The result of something linear in each operand, and Higham's bound for `terms` products."""

    def exact(*arrays):
        wide = [np.asarray(array, np.float64) for array in arrays]
        return function(*wide), gamma(terms) * function(*map(np.abs, wide))

    return exact


def convolution(name, x, w, dynamic=(), frozen=True, bias=False, **attributes):
    """A row for Conv. The filter is a constant, or with `frozen` unset an input."""
    random = seeded(name)
    arrays = [
        random.standard_normal(x, np.float32),
        random.standard_normal(w, np.float32),
        *([random.standard_normal(w[0], np.float32)] if bias else []),
    ]
    named = dict(zip(("x", "w", "b"), arrays))
    inputs = {k: v for k, v in named.items() if k == "x" or not frozen}
    constants = [(k, v) for k, v in named.items() if k not in inputs]
    model = single("Conv", inputs, constants, [("x", d) for d in dynamic], **attributes)
    reference = linear(lambda *a: conv(*a, **attributes), np.prod(w[1:]) + bias)
    return Kernel(name, model, inputs, lambda: reference(*arrays), contraction=True)


def transposed(name, x, w, dynamic=(), frozen=True, **attributes):
    """A row for ConvTranspose."""
    random = seeded(name)
    arrays = [random.standard_normal(x, np.float32), random.standard_normal(w, np.float32)]
    named = dict(zip(("x", "w"), arrays))
    inputs = {k: v for k, v in named.items() if k == "x" or not frozen}
    constants = [(k, v) for k, v in named.items() if k not in inputs]
    model = single("ConvTranspose", inputs, constants, [("x", d) for d in dynamic], **attributes)
    terms = x[1] // attributes.get("group", 1) * np.prod(w[2:])
    reference = linear(lambda *a: conv_transpose(*a, **attributes), terms)
    return Kernel(name, model, inputs, lambda: reference(*arrays), contraction=True)


def gradient(name, x, w, terms, **changes):
    """A row for nn.conv as gradients of convolutions use it, both operands given.

    `terms` is the number of products in a sum.
    """
    geometry = {
        "input_layout": [0, 1, 2, 3],
        "filter_layout": [0, 1, 2, 3],
        "output_layout": [0, 1, 2, 3],
        "strides": [1, 1],
        "pad_low": [0, 0],
        "pad_high": [0, 0],
        "input_dilation": [1, 1],
        "window_dilation": [1, 1],
        "feature_groups": 1,
        "batch_groups": 1,
        **changes,
    }
    random = seeded(name)
    inputs = {
        "x": random.standard_normal(x, np.float32),
        "w": random.standard_normal(w, np.float32),
    }
    reference = linear(lambda a, b: general_conv(a, b, geometry), terms)
    types = [
        "x".join(map(str, shape)) + "xf32" for shape in (x, w, reference(*inputs.values())[0].shape)
    ]
    arguments = ", ".join(
        f"{key} = {value} : i64"
        if isinstance(value, int)
        else f"{key} = array<i64: {str(value)[1:-1]}>"
        for key, value in geometry.items()
    )
    text = f"""func.func @main(
    %x: tensor<{types[0]}> {{ds.name = "x"}}, %w: tensor<{types[1]}> {{ds.name = "w"}}
  ) -> (tensor<{types[2]}> {{ds.name = "y"}}) {{
  %y = nn.conv %x, %w {{{arguments}}} : tensor<{types[0]}>, tensor<{types[1]}> -> tensor<{types[2]}>
  return %y : tensor<{types[2]}>
}}
"""
    return Kernel(name, text, inputs, lambda: reference(*inputs.values()), contraction=True)


def product(name, a, b, dynamic=(), frozen=False):
    """A row for MatMul."""
    random = seeded(name)
    named = {"a": random.standard_normal(a, np.float32), "b": random.standard_normal(b, np.float32)}
    inputs = {k: v for k, v in named.items() if k == "a" or not frozen}
    constants = [(k, v) for k, v in named.items() if k not in inputs]
    model = single("MatMul", inputs, constants, dynamic)
    reference = linear(np.matmul, a[-1])
    return Kernel(name, model, inputs, lambda: reference(*named.values()), contraction=True)


def gemm(name, a, b, frozen=True, **attributes):
    """A row for Gemm, transposed or not."""
    random = seeded(name)
    named = {"a": random.standard_normal(a, np.float32), "b": random.standard_normal(b, np.float32)}
    inputs = {k: v for k, v in named.items() if k == "a" or not frozen}
    constants = [(k, v) for k, v in named.items() if k not in inputs]
    model = single("Gemm", inputs, constants, **attributes)
    left, right = (attributes.get(key, 0) for key in ("transA", "transB"))
    reference = linear(
        lambda x, y: (x.T if left else x) @ (y.T if right else y), a[0] if left else a[1]
    )
    return Kernel(name, model, inputs, lambda: reference(*named.values()), contraction=True)


def followed_product(name, m, k, n):
    """relu(a b + bias) + rest: what follows a product on its tiles."""
    random = seeded(name)
    shapes = {"a": (m, k), "b": (k, n), "bias": (n,), "rest": (m, n)}
    inputs = {key: random.standard_normal(s, np.float32) for key, s in shapes.items()}
    nodes = [
        helper.make_node("MatMul", ["a", "b"], ["ab"]),
        helper.make_node("Add", ["ab", "bias"], ["sum"]),
        helper.make_node("Relu", ["sum"], ["relu"]),
        helper.make_node("Add", ["relu", "rest"], ["y"]),
    ]
    values = [
        helper.make_tensor_value_info(key, TensorProto.FLOAT, shapes.get(key, (m, n)))
        for key in (*shapes, "y")
    ]
    graph = helper.make_graph(nodes, "net", values[:-1], values[-1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)

    def exact():
        a, b, bias, rest = inputs.values()
        result, bound = linear(np.matmul, k)(a, b)
        sums = np.abs(result) + bound + np.abs(bias) + np.abs(rest)
        # Two more roundings, each of something no larger than the sum of magnitudes.
        return np.maximum(result + bias, 0) + rest, bound + 2 * np.finfo(np.float32).eps * sums

    return Kernel(name, model, inputs, exact, contraction=True)


def einsum(name, equation, *shapes):
    """A row for Einsum."""
    random = seeded(name)
    inputs = {f"x{i}": random.standard_normal(s, np.float32) for i, s in enumerate(shapes)}
    extents = {}
    for term, shape in zip(equation.split("->")[0].split(","), shapes):
        extents.update(zip(term, shape))
    reduced = set(extents) - set(equation.split("->")[1])
    reference = linear(
        lambda *a: np.einsum(equation, *a), np.prod([extents[letter] for letter in reduced])
    )
    model = single("Einsum", inputs, equation=equation)
    return Kernel(name, model, inputs, lambda: reference(*inputs.values()), contraction=True)


def pooling(name, kind, x, dynamic=(), **attributes):
    """A row for MaxPool or AveragePool. A maximum is exact; an average is a sum and a quotient."""
    inputs = {"x": seeded(name).standard_normal(x, np.float32)}
    op = {"max": "MaxPool", "average": "AveragePool"}[kind]
    model = single(op, inputs, (), [("x", d) for d in dynamic], **attributes)
    options = {"kernel" if k == "kernel_shape" else k: v for k, v in attributes.items()}
    terms = 0 if kind == "max" else np.prod(attributes["kernel_shape"]) + 1

    def exact():
        wide = inputs["x"].astype(np.float64)
        return pool(wide, kind, **options), gamma(terms) * pool(np.abs(wide), kind, **options)

    return Kernel(name, model, inputs, exact)


def reduction(name, op, x, axes, dynamic=()):
    """A row for ReduceSum, ReduceMean, ReduceMax or ReduceSumSquare."""
    inputs = {"x": seeded(name).standard_normal(x, np.float32)}
    constants = [("axes", np.array(axes, np.int64))]
    model = single(op, inputs, constants, [("x", d) for d in dynamic], opset=18, keepdims=0)
    terms = np.prod([x[axis] for axis in axes])
    functions = {
        "ReduceSum": (np.sum, terms),
        "ReduceMean": (np.mean, terms + 1),
        "ReduceMax": (np.max, 0),
        "ReduceSumSquare": (lambda a, axis: np.sum(a * a, axis), terms + 1),
    }
    function, terms = functions[op]
    reference = linear(lambda a: function(a, axis=tuple(axes)), terms)
    return Kernel(name, model, inputs, lambda: reference(inputs["x"]))


def row_kernels():
    """Softmax and layer normalisation, whose bounds are their own."""
    rows = []
    for name, shape, dynamic in (
        ("softmax", (6, 100), ()),
        ("softmax short rows", (40, 5), ()),
        ("softmax dynamic", (7, 33), (("x", 0), ("x", 1))),
    ):
        inputs = {"x": 8 * seeded(name).standard_normal(shape, np.float32)}
        rows.append(
            Kernel(
                name,
                single("Softmax", inputs, (), dynamic, axis=-1),
                inputs,
                lambda x=inputs["x"]: softmax(x.astype(np.float64)),
            )
        )
    for name, shape in (("layer norm", (9, 96)), ("layer norm odd", (5, 37))):
        random = seeded(name)
        inputs = {"x": 3 + random.standard_normal(shape, np.float32)}
        constants = [
            ("s", random.standard_normal(shape[-1], np.float32)),
            ("b", random.standard_normal(shape[-1], np.float32)),
        ]
        rows.append(
            Kernel(
                name,
                single("LayerNormalization", inputs, constants, axis=-1),
                inputs,
                lambda x=inputs["x"], c=constants: layer_norm(
                    x.astype(np.float64), *(array.astype(np.float64) for _, array in c)
                ),
            )
        )
    return rows


ERF = np.vectorize(math.erf)
# Result in f64, and its error in units of the last place of an f32: 4 for a function (measured more
# closely in test_vector_math.py), half for a rounding.
UNARY = {
    "Exp": (np.exp, 4),
    "Log": (np.log, 4),
    "Sqrt": (np.sqrt, 0.5),
    "Tanh": (np.tanh, 4),
    "Sigmoid": (lambda x: 1 / (1 + np.exp(-x)), 4),
    "Erf": (ERF, 4),
    "Sin": (np.sin, 4),
    "Cos": (np.cos, 4),
    "Tan": (np.tan, 4),
    "Asin": (np.arcsin, 4),
    "Acos": (np.arccos, 4),
    "Atan": (np.arctan, 4),
    "Sinh": (np.sinh, 4),
    "Cosh": (np.cosh, 4),
    "Asinh": (np.arcsinh, 4),
    "Acosh": (np.arccosh, 4),
    "Atanh": (np.arctanh, 4),
    # log(1 + exp(x)): the exponential's relative error is at most that of the result.
    "Softplus": (lambda x: np.log1p(np.exp(x)), 8),
    "Floor": (np.floor, 0),
    "Round": (np.rint, 0),
    "Reciprocal": (np.reciprocal, 0.5),
    "Neg": (np.negative, 0),
    "Abs": (np.abs, 0),
}
BINARY = {
    "Add": (np.add, 0.5),
    "Sub": (np.subtract, 0.5),
    "Mul": (np.multiply, 0.5),
    "Div": (np.divide, 0.5),
    "Pow": (np.power, 4),
    "Max": (np.maximum, 0),
    "Min": (np.minimum, 0),
}


def elementwise(name, model, inputs, function, ulps):
    """A row whose versions do the same operations for each element: the same bits."""

    def exact():
        result = function(*(array.astype(np.float64) for array in inputs.values()))
        return result, ulps * np.spacing(np.abs(result.astype(np.float32))).astype(np.float64)

    return Kernel(name, model, inputs, exact, same_bits=True)


def elementwise_kernels():
    """Functions of one and of two operands, broadcast or not."""
    rows = []
    for op, (function, ulps) in UNARY.items():
        name = f"elementwise {op}"
        x = 4 * seeded(name).standard_normal((3, 77), np.float32)
        if op in ("Log", "Sqrt", "Acosh"):
            x = np.abs(x) + (op == "Acosh")
        if op in ("Asin", "Acos", "Atanh"):
            x = np.tanh(x / 2)
        inputs = {"x": x}
        rows.append(elementwise(name, single(op, inputs, opset=20), inputs, function, ulps))
    for op, (function, ulps) in BINARY.items():
        name = f"elementwise {op}"
        random = seeded(name)
        inputs = {
            "x": np.abs(random.standard_normal((5, 1, 19), np.float32)),
            "z": random.standard_normal((3, 19), np.float32),
        }
        rows.append(elementwise(name, single(op, inputs), inputs, function, ulps))
    # Shorter innermost dimensions than vectors, and one of a single element.
    for shape in ((9, 8, 3, 3), (40, 5, 1)):
        name = f"elementwise along {len(shape)} dimensions"
        inputs = {k: seeded(name + k).standard_normal(shape, np.float32) for k in "xz"}
        rows.append(elementwise(name, single("Add", inputs), inputs, np.add, 0.5))
    name = "elementwise Mod"
    random = seeded(name)
    inputs = {
        "x": 100 * random.standard_normal((3, 50), np.float32),
        "z": random.standard_normal((3, 50), np.float32),
    }
    rows.append(elementwise(name, single("Mod", inputs, fmod=1), inputs, np.fmod, 0))
    return rows


def transposes():
    """Planes of whole squares, of parts of squares, between other dimensions, and with work."""
    rows = []
    for name, shape, order in (
        ("transpose of squares", (64, 160), (1, 0)),
        ("transpose of parts", (45, 139), (1, 0)),
        ("transpose of batches", (3, 33, 2, 20), (0, 3, 2, 1)),
        ("transpose to the front", (9, 5, 40), (2, 0, 1)),
        ("transpose of a narrow plane", (70, 3), (1, 0)),
    ):
        inputs = {"x": seeded(name).standard_normal(shape, np.float32)}
        model = single("Transpose", inputs, perm=order)

        def exact(x=inputs["x"], order=order):
            return np.transpose(x, order).astype(np.float64), 0

        rows.append(Kernel(name, model, inputs, exact, same_bits=True))
    return rows


def integer_kernels():
    """Integers are exact whatever the order."""

    def exactly(function):
        return lambda: (function(), 0)

    name = "int8 matmul"
    random = seeded(name)
    inputs = {
        "a": random.integers(0, 256, (13, 70)).astype(np.uint8),
        "b": random.integers(-128, 128, (70, 50)).astype(np.int8),
        "za": np.array(7, np.uint8),
        "zb": np.array(-3, np.int8),
    }
    constants = [(k, inputs.pop(k)) for k in ("za", "zb")]
    values = {k: v.astype(np.int64) for k, v in (*inputs.items(), *constants)}
    rows = [
        Kernel(
            name,
            single("MatMulInteger", inputs, constants),
            inputs,
            exactly(lambda v=values: (v["a"] - v["za"]) @ (v["b"] - v["zb"])),
            contraction=True,
        )
    ]
    name = "int8 convolution"
    random = seeded(name)
    inputs = {"x": random.integers(0, 256, (1, 5, 12, 13)).astype(np.uint8)}
    constants = [("w", random.integers(-128, 128, (18, 5, 3, 3)).astype(np.int8))]
    arrays = [inputs["x"].astype(np.float64), constants[0][1].astype(np.float64)]
    rows.append(
        Kernel(
            name,
            single("ConvInteger", inputs, constants),
            inputs,
            # Sums below 2^53: f64 is exact too.
            exactly(lambda a=arrays: conv(*a)),
            contraction=True,
        )
    )
    name = "int8 quantise"
    inputs = {"x": 40 * seeded(name).standard_normal((6, 35), np.float32)}
    constants = [("scale", np.float32(0.37)), ("zero", np.array(3, np.int8))]
    rows.append(
        Kernel(
            name,
            single("QuantizeLinear", inputs, [(k, np.asarray(v)) for k, v in constants]),
            inputs,
            exactly(lambda x=inputs["x"]: np.clip(np.rint(x / np.float32(0.37)) + 3, -128, 127)),
        )
    )
    name = "integer power"
    random = seeded(name)
    inputs = {
        "x": random.integers(-5, 6, (4, 21)).astype(np.int32),
        "z": random.integers(0, 7, (4, 21)).astype(np.int32),
    }
    rows.append(
        Kernel(
            name,
            single("Pow", inputs),
            inputs,
            exactly(lambda i=inputs: i["x"].astype(np.int64) ** i["z"]),
        )
    )
    return rows


def block_kernels():
    """Products that copy blocks of operands to the cache, for every order of these in memory."""
    rows = []
    by_filter = {f"{kind}_layout": [1, 0, 2, 3] for kind in ("input", "filter", "output")}
    # Rests of rows, columns and terms; sums of several blocks; rows of several items.
    for m, k, n in ((37, 50, 33), (50, 1500, 47), (1100, 40, 70)):
        for left in (0, 1):
            for right in (0, 1):
                a, b = (k, m) if left else (m, k), (n, k) if right else (k, n)
                name = f"blocks {m}x{k}x{n} {'t' if left else 'n'}{'t' if right else 'n'}"
                rows.append(gemm(name, a, b, frozen=False, transA=left, transB=right))
    return [
        *rows,
        gemm("blocks, rows on one set", (64, 512), (512, 48)),
        gemm("blocks, rows on one set, long", (64, 2560), (2560, 48)),
        einsum("blocks, batch", "bmk,bkn->bmn", (3, 40, 35), (3, 35, 72)),
        einsum("blocks, heads", "bqhd,bkhd->bhqk", (2, 33, 3, 32), (2, 40, 3, 32)),
        einsum("blocks, two rows", "abk,kn->abn", (3, 25, 40), (40, 48)),
        einsum("blocks, two rows apart", "akb,kn->abn", (3, 40, 48), (40, 48)),
        einsum("blocks, sum of two", "bti,btj->ij", (3, 70, 61), (3, 70, 70)),
        # Right sides that a cache does not hold, asked for panel by panel.
        gemm("panels from memory", (61, 520), (520, 300)),
        gemm("panels from memory, whole", (70, 528), (528, 320)),
        convolution("panels from memory, windows", (1, 64, 9, 14), (260, 64, 3, 3)),
        gemm("blocks, panels from memory", (150, 1536), (1536, 300)),
        gemm("blocks, panels from memory, rows", (530, 1024), (1024, 170)),
        gemm("blocks, panels from memory, short", (33, 2064), (2064, 64)),
        followed_product("blocks, followed", 77, 130, 100),
        convolution("blocks, large filter", (1, 64, 10, 9), (320, 64, 3, 3), frozen=False),
        convolution(
            "blocks, large filter, strided",
            (2, 64, 13, 9),
            (320, 64, 3, 3),
            frozen=False,
            pads=[1, 1, 1, 1],
            strides=[2, 1],
        ),
        gradient("blocks, by filter", (2, 32, 9, 10), (2, 40, 7, 8), 112, **by_filter),
        gradient("blocks, by filter, one position", (2, 48, 7, 8), (2, 40, 7, 8), 112, **by_filter),
        gradient(
            "blocks, by filter, strided",
            (2, 32, 9, 11),
            (2, 40, 4, 5),
            40,
            window_dilation=[2, 2],
            **by_filter,
        ),
        gradient(
            "blocks, by filter, many terms", (3, 32, 23, 25), (3, 20, 21, 23), 1449, **by_filter
        ),
    ]


def contraction_kernels():
    """Every form of matrix product and convolution that the importer makes."""
    same2 = {"pads": [1, 1, 1, 1]}
    return [
        *block_kernels(),
        product("matmul", (31, 70), (70, 50)),
        product("matmul frozen", (33, 70), (70, 50), frozen=True),
        product("matmul one row", (1, 70), (70, 50), frozen=True),
        product("matmul batched", (3, 17, 24), (3, 24, 40)),
        product("matmul narrow", (33, 70), (70, 5), frozen=True),
        product("matmul one column", (33, 70), (70, 1)),
        product("matmul one column frozen", (33, 70), (70, 1), frozen=True),
        product("matmul of vectors", (70,), (70,)),
        product("matmul dynamic", (21, 70), (70, 50), (("a", 0),), frozen=True),
        product(
            "matmul all dynamic", (3, 21, 30), (3, 30, 41), [(n, d) for n in "ab" for d in range(3)]
        ),
        gemm("gemm transposed right", (19, 64), (48, 64), transB=1),
        gemm("gemm transposed right, not frozen", (19, 64), (48, 64), frozen=False, transB=1),
        gemm("gemm transposed left", (64, 19), (64, 48), frozen=False, transA=1),
        gemm("gemm transposed both", (64, 19), (48, 64), frozen=False, transA=1, transB=1),
        einsum("einsum sum of nothing", "mak,akn->mn", (20, 0, 200), (0, 200, 24)),
        einsum("einsum attention", "bqhd,bkhd->bhqk", (2, 9, 3, 20), (2, 18, 3, 20)),
        einsum("einsum inner first", "kbi,kij->bj", (4, 9, 20), (4, 20, 33)),
        einsum("einsum outer", "bi,bj->bij", (3, 17), (3, 29)),
        convolution("conv", (1, 6, 14, 17), (20, 6, 3, 3), bias=True, **same2),
        convolution("conv 1x1", (2, 16, 7, 9), (24, 16, 1, 1)),
        convolution("conv strided", (1, 3, 23, 25), (16, 3, 5, 3), strides=[2, 3]),
        convolution("conv strided 1x1", (1, 8, 15, 16), (24, 8, 1, 1), strides=[2, 2]),
        convolution("conv dilated", (1, 4, 20, 22), (16, 4, 3, 3), dilations=[2, 3]),
        convolution("conv few features", (1, 16, 20, 22), (3, 16, 3, 3), **same2),
        convolution("conv one feature", (1, 16, 20, 22), (1, 16, 3, 3), **same2),
        convolution("conv 1-D", (2, 5, 40), (17, 5, 7), strides=[2], pads=[3, 3]),
        convolution("conv 1-D one channel", (1, 1, 320), (34, 1, 32), strides=[16]),
        convolution("conv 3-D", (1, 3, 6, 7, 8), (16, 3, 3, 2, 3), pads=[1, 0, 1, 1, 1, 1]),
        convolution("conv grouped", (1, 12, 11, 13), (18, 4, 3, 3), group=3, **same2),
        convolution("conv grouped wide", (1, 64, 9, 10), (96, 16, 3, 3), group=4),
        convolution("conv grouped pairs", (1, 32, 9, 10), (32, 2, 3, 3), group=16),
        convolution("conv grouped strided", (2, 8, 15, 12), (16, 4, 3, 3), group=2, strides=[2, 2]),
        convolution("conv grouped 1x1", (1, 48, 9, 10), (96, 16, 1, 1), group=3),
        convolution("conv grouped 1-D", (1, 12, 41), (24, 4, 5), group=3),
        convolution("conv depthwise", (1, 20, 13, 15), (20, 1, 3, 3), group=20, **same2),
        convolution(
            "conv depthwise strided", (1, 35, 13, 15), (35, 1, 5, 5), group=35, strides=[2, 2]
        ),
        convolution("conv depthwise multiplied", (1, 10, 13, 15), (20, 1, 3, 3), group=10),
        convolution("conv filter given", (1, 6, 14, 17), (20, 6, 3, 3), frozen=False),
        convolution(
            "conv grouped filter given", (1, 12, 11, 13), (18, 4, 3, 3), frozen=False, group=3
        ),
        convolution("conv dynamic batch", (3, 6, 14, 17), (20, 6, 3, 3), (0,), **same2),
        convolution(
            "conv dynamic", (2, 6, 14, 17), (20, 6, 3, 3), (0, 2, 3), strides=[2, 1], **same2
        ),
        convolution("conv grouped dynamic", (2, 12, 11, 13), (18, 4, 3, 3), (0, 2, 3), group=3),
        convolution("conv depthwise dynamic", (2, 20, 11, 13), (20, 1, 3, 3), (0, 2, 3), group=20),
        transposed("transposed", (1, 6, 9, 10), (6, 18, 3, 3)),
        transposed(
            "transposed strided",
            (1, 6, 9, 10),
            (6, 18, 3, 3),
            strides=[2, 2],
            pads=[1, 1, 1, 1],
            output_padding=[1, 1],
        ),
        transposed("transposed 2x2", (1, 24, 9, 10), (24, 24, 2, 2), strides=[2, 2]),
        transposed("transposed one feature", (1, 24, 9, 10), (24, 1, 2, 2), strides=[2, 2]),
        transposed(
            "transposed dilated", (1, 6, 9, 10), (6, 18, 3, 3), strides=[3, 2], dilations=[2, 1]
        ),
        transposed("transposed 1-D", (2, 5, 21), (5, 17, 8), strides=[4], pads=[2, 2]),
        transposed("transposed 3-D", (1, 4, 4, 5, 6), (4, 16, 2, 3, 3), strides=[2, 1, 2]),
        transposed("transposed grouped", (1, 12, 9, 10), (12, 6, 3, 3), group=3, strides=[2, 2]),
        transposed("transposed depthwise", (1, 20, 9, 10), (20, 1, 4, 4), group=20, strides=[2, 2]),
        transposed("transposed dynamic", (2, 6, 9, 10), (6, 18, 3, 3), (0, 2, 3), strides=[2, 2]),
        # Of y = conv(x, w) by x: features and inputs of the filter change places.
        gradient(
            "gradient by input",
            (2, 20, 12, 15),
            (20, 6, 3, 3),
            180,
            filter_layout=[1, 0, 2, 3],
            pad_low=[2, 2],
            pad_high=[2, 2],
        ),
        gradient(
            "gradient by input, strided",
            (2, 20, 6, 7),
            (20, 6, 3, 3),
            180,
            filter_layout=[1, 0, 2, 3],
            pad_low=[2, 2],
            pad_high=[2, 3],
            input_dilation=[2, 2],
        ),
        gradient(
            "gradient by input, dilated",
            (2, 20, 8, 9),
            (20, 6, 3, 3),
            180,
            filter_layout=[1, 0, 2, 3],
            pad_low=[4, 4],
            pad_high=[4, 4],
            window_dilation=[2, 2],
        ),
        # By w: the batch is what is summed over, with positions; strides become dilations.
        gradient(
            "gradient by filter",
            (4, 6, 14, 17),
            (4, 20, 12, 15),
            720,
            input_layout=[1, 0, 2, 3],
            filter_layout=[1, 0, 2, 3],
            output_layout=[1, 0, 2, 3],
        ),
        gradient(
            "gradient by filter, strided",
            (4, 6, 13, 17),
            (4, 20, 6, 8),
            192,
            input_layout=[1, 0, 2, 3],
            filter_layout=[1, 0, 2, 3],
            output_layout=[1, 0, 2, 3],
            window_dilation=[2, 2],
        ),
        gradient(
            "gradient by filter, grouped",
            (4, 12, 11, 13),
            (4, 18, 9, 11),
            396,
            input_layout=[1, 0, 2, 3],
            filter_layout=[1, 0, 2, 3],
            output_layout=[1, 0, 2, 3],
            batch_groups=3,
        ),
        gradient(
            "gradient by filter, depthwise",
            (4, 20, 11, 13),
            (4, 20, 9, 11),
            396,
            input_layout=[1, 0, 2, 3],
            filter_layout=[1, 0, 2, 3],
            output_layout=[1, 0, 2, 3],
            batch_groups=20,
        ),
        transposed(
            "transposed filter given", (1, 6, 9, 10), (6, 18, 3, 3), frozen=False, strides=[2, 2]
        ),
    ]


def frame(kernel, low, high, value):
    """A row whose result is another's with `value` around it."""
    model = onnx.ModelProto()
    model.CopyFrom(kernel.model)
    graph = model.graph
    graph.node[-1].output[0] = "framed"
    graph.initializer.append(numpy_helper.from_array(np.array([*low, *high]), "widths"))
    graph.initializer.append(numpy_helper.from_array(np.float32(value), "value"))
    graph.node.append(helper.make_node("Pad", ["framed", "widths", "value"], ["y"]))
    graph.output[0].ClearField("type")
    graph.output[0].type.tensor_type.elem_type = TensorProto.FLOAT

    def exact():
        result, bound = kernel.exact()
        widths = list(zip(low, high))
        bound = np.broadcast_to(bound, np.shape(result))
        return np.pad(result, widths, constant_values=value), np.pad(bound, widths)

    return Kernel(f"frame, {kernel.name}", model, kernel.inputs, exact, same_bits=kernel.same_bits)


def frames():
    """What is computed, in the midst of a larger destination: one row for each kind of loops."""

    def relu(name, shape, dynamic=()):
        x = seeded(name).standard_normal(shape, np.float32)
        model = single("Relu", {"x": x}, (), dynamic)
        return Kernel(name, model, {"x": x}, lambda: (np.maximum(x, 0), 0), same_bits=True)

    softmax_row = next(row for row in row_kernels() if row.name == "softmax")
    everywhere = (("x", 0), ("x", 1), ("x", 2))
    return [
        frame(relu("relu", (2, 3, 5, 33)), (0, 0, 1, 2), (0, 0, 3, 1), -1.5),
        frame(relu("relu first", (2, 3, 33)), (1, 0, 0), (2, 0, 0), 0.25),
        frame(relu("relu after", (3, 5)), (0, 0), (0, 40), 1),
        frame(relu("relu middle", (4, 3, 70)), (0, 2, 0), (0, 0, 0), 1),
        frame(relu("relu dynamic", (3, 4, 21), everywhere), (0, 1, 0), (0, 2, 5), 2),
        frame(relu("relu line", (70,)), (3,), (20,), 0),
        frame(softmax_row, (1, 2), (0, 3), 0),
        frame(gemm("small product", (9, 7), (7, 40)), (2, 1), (1, 2), 3),
        frame(gemm("product", (70, 40), (40, 90)), (1, 3), (2, 1), 3),
        frame(pooling("pool", "max", (1, 18, 13, 15), kernel_shape=[3, 3]), *[(0, 0, 1, 1)] * 2, 7),
        frame(convolution("convolution", (2, 5, 9, 17), (19, 5, 3, 3)), *[(0, 0, 1, 1)] * 2, 0.5),
        frame(
            convolution("convolution of a point", (2, 5, 9, 30), (19, 5, 1, 1)),
            *[(0, 0, 1, 1)] * 2,
            0.5,
        ),
        frame(
            convolution("convolution dynamic", (2, 5, 9, 17), (19, 5, 3, 3), (0, 2, 3)),
            *[(0, 0, 1, 1)] * 2,
            0.5,
        ),
    ]


def other_kernels():
    """Pools, reductions, rows, elementwise functions and integers."""
    return [
        pooling(
            "max pool",
            "max",
            (1, 18, 13, 15),
            kernel_shape=[3, 3],
            strides=[2, 2],
            pads=[1, 1, 1, 1],
        ),
        pooling("max pool 1-D", "max", (2, 5, 40), kernel_shape=[4]),
        pooling("max pool dilated", "max", (1, 18, 13, 15), kernel_shape=[2, 3], dilations=[2, 3]),
        pooling("average pool", "average", (1, 18, 13, 15), kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        pooling(
            "average pool dynamic",
            "average",
            (2, 7, 13, 15),
            (0, 2, 3),
            kernel_shape=[3, 2],
            strides=[2, 2],
        ),
        reduction("reduce sum inner", "ReduceSum", (5, 7, 100), [2]),
        reduction("reduce sum outer", "ReduceSum", (50, 37), [0]),
        reduction("reduce sum middle", "ReduceSum", (4, 50, 19), [1]),
        reduction("reduce sum all", "ReduceSum", (11, 13, 17), [0, 1, 2]),
        reduction("reduce mean", "ReduceMean", (3, 8, 7, 9), [2, 3]),
        reduction("reduce max", "ReduceMax", (6, 45), [1]),
        reduction("reduce squares dynamic", "ReduceSumSquare", (6, 45), [1], (0, 1)),
        *row_kernels(),
        *elementwise_kernels(),
        *integer_kernels(),
        *transposes(),
        *frames(),
    ]


CONTRACTIONS = contraction_kernels()
KERNELS = [*CONTRACTIONS, *other_kernels()]
assert len({kernel.name for kernel in KERNELS}) == len(KERNELS)
assert U32 == np.finfo(np.float32).eps / 2
