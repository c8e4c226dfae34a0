"""What is differentiated: at least one case per differentiable op of the nn dialect."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import numpy as np
from gradient_check import Argument, Case, type_of

CASES = {}


def dynamic(type_text, dims):
    """A static tensor type with some extents unknown."""
    inside = type_text[len("tensor<") : -1].split("x")
    for dim in dims:
        inside[dim] = "?"
    return "tensor<" + "x".join(inside) + ">"


def case(name, values, result, body, types=None, helpers="", wanted=None):
    """Adds a case. `types` replaces types of arguments, `wanted` says what gradients are taken by
    (all floats otherwise)."""
    arguments = []
    for i, value in enumerate(values):
        value = np.asarray(value)
        is_float = value.dtype == np.float64
        arguments.append(
            Argument(
                (types or {}).get(i, type_of(value)),
                value,
                is_float if wanted is None else i in wanted,
            )
        )
    assert name not in CASES
    CASES[name] = Case(name, tuple(arguments), result, body, helpers)


def real(name, shape, low=-1.0, high=1.0):
    """Numbers that depend on the case alone, all different, so that nothing ties by chance."""
    random = np.random.default_rng(sum(map(ord, name)))
    return random.uniform(low, high, shape)


def apart(name, shape, low=-1.0, high=1.0):
    """Evenly spaced numbers in random order: no two are near one another, and none is near 0."""
    count = int(np.prod(shape))
    random = np.random.default_rng(sum(map(ord, name)))
    return random.permutation(low + (np.arange(count) + 0.37) * (high - low) / count).reshape(shape)


# Elementwise: the range of the operands, away from kinks and poles.
UNARY = {
    "abs": (0.2, 2),
    "neg": (-2, 2),
    "sqrt": (0.3, 2),
    "rsqrt": (0.3, 2),
    "exp": (-2, 2),
    "expm1": (-2, 2),
    "log": (0.3, 3),
    "log1p": (-0.5, 3),
    "sin": (-3, 3),
    "cos": (-3, 3),
    "tan": (-1, 1),
    "asin": (-0.8, 0.8),
    "acos": (-0.8, 0.8),
    "atan": (-2, 2),
    "sinh": (-2, 2),
    "cosh": (-2, 2),
    "tanh": (-2, 2),
    "asinh": (-2, 2),
    "acosh": (1.3, 3),
    "atanh": (-0.8, 0.8),
    "erf": (-2, 2),
    "sigmoid": (-3, 3),
    "relu": (0.1, 2),
    # Zero wherever they exist: between the steps.
    "sign": (0.2, 2),
    "ceil": (0.1, 0.9),
    "floor": (0.1, 0.9),
    "round": (0.6, 1.4),
    "trunc": (0.1, 0.9),
}
BOTH_SIGNS = {"abs", "relu", "sign"}
for op, (low, high) in UNARY.items():
    x = real(op, (3, 4), low, high)
    if op in BOTH_SIGNS:
        x = x * np.where(np.arange(12).reshape(3, 4) % 2, 1, -1)
    body = f"  %y = nn.{op} %x0 : tensor<3x4xf64>\n  return %y : tensor<3x4xf64>"
    case(op, [x], "tensor<3x4xf64>", body)
    if op in ("exp", "tanh", "rsqrt", "relu"):
        body = body.replace("3x4", "?x4")
        case(f"{op}-dynamic", [x], "tensor<?x4xf64>", body, {0: "tensor<?x4xf64>"})

BINARY = {
    "add": ((-1, 1), (-1, 1)),
    "sub": ((-1, 1), (-1, 1)),
    "mul": ((-1, 1), (-1, 1)),
    "div": ((-1, 1), (0.5, 2)),
    # Quotients are within (1.1, 1.9) times a sign: off the jumps.
    "rem": ((2.2, 2.8), (1.5, 1.9)),
    "pow": ((0.3, 2), (-2, 2)),
    "atan2": ((-1, 1), (0.5, 1)),
    "max": ((-1, 1), (-1, 1)),
    "min": ((-1, 1), (-1, 1)),
}
for op, (lhs, rhs) in BINARY.items():
    body = f"  %z = nn.{op} %x0, %x1 : tensor<3x4xf64>\n  return %z : tensor<3x4xf64>"
    case(op, [real(op + "x", (3, 4), *lhs), real(op + "y", (3, 4), *rhs)], "tensor<3x4xf64>", body)
# The same value on both sides, and a product whose sides are one.
case(
    "mul-square",
    [real("square", (5,))],
    "tensor<5xf64>",
    "  %y = nn.mul %x0, %x0 : tensor<5xf64>\n  return %y : tensor<5xf64>",
)
# A power at base 0 and at exponent 0, in what is differentiable there.
case(
    "pow-zero",
    [np.array([0.0, 0.0, 1.5]), np.array([2.0, 3.0, 0.0])],
    "tensor<3xf64>",
    "  %y = nn.pow %x0, %x1 : tensor<3xf64>\n  return %y : tensor<3xf64>",
    wanted=[0],
)
case(
    "clip",
    [
        np.array([-0.9, -0.2, 0.1, 0.8, 0.2]),
        np.array([-0.5, -0.6, -0.4, -0.3, 0.9]),
        np.array([0.5, 0.4, 0.3, 0.6, 0.5]),
    ],
    "tensor<5xf64>",
    "  %y = nn.clip %x0, %x1, %x2 : tensor<5xf64>\n  return %y : tensor<5xf64>",
)
case(
    "select",
    [np.array([True, False, True, False]), real("s1", (4,)), real("s2", (4,))],
    "tensor<4xf64>",
    "  %y = nn.select %x0, %x1, %x2 : tensor<4xi1>, tensor<4xf64>\n  return %y : tensor<4xf64>",
)
case(
    "compare",
    [apart("c1", (6,)), apart("c2", (6,), -0.93, 1.1)],
    "tensor<6xf64>",
    "  %c = nn.compare lt %x0, %x1 : tensor<6xf64> -> tensor<6xi1>\n"
    "  %m = nn.mul %x0, %x1 : tensor<6xf64>\n"
    "  %y = nn.select %c, %x0, %m : tensor<6xi1>, tensor<6xf64>\n  return %y : tensor<6xf64>",
)
# To f64 and back: f32 would round the differences away.
case(
    "cast",
    [real("cast", (4,))],
    "tensor<4xf64>",
    "  %y = nn.cast %x0 : tensor<4xf64> -> tensor<4xf64>\n"
    "  %i = nn.cast %x0 : tensor<4xf64> -> tensor<4xi32>\n"
    "  %j = nn.cast %i : tensor<4xi32> -> tensor<4xf64>\n"
    "  %z = nn.add %y, %j : tensor<4xf64>\n  return %z : tensor<4xf64>",
)

# Movement.
case(
    "broadcast",
    [real("b", (3, 1))],
    "tensor<2x3x4xf64>",
    "  %y = nn.broadcast %x0 [] {dims = array<i64: 1, 2>} : tensor<3x1xf64> -> tensor<2x3x4xf64>\n"
    "  return %y : tensor<2x3x4xf64>",
)
for name, shape in (("one", (1, 1)), ("whole", (3, 4)), ("mixed", (3, 1))):
    # Whether the operand repeats is known only at run time.
    case(
        f"broadcast-dynamic-{name}",
        [real("bd" + name, shape), real("like" + name, (3, 4))],
        "tensor<?x?xf64>",
        "  %c0 = arith.constant 0 : index\n  %c1 = arith.constant 1 : index\n"
        "  %m = tensor.dim %x1, %c0 : tensor<?x?xf64>\n  %n = tensor.dim %x1, %c1 : "
        "tensor<?x?xf64>\n"
        "  %y = nn.broadcast %x0 [%m, %n] {dims = array<i64: 0, 1>} : tensor<?x?xf64> -> "
        "tensor<?x?xf64>\n"
        "  %z = nn.mul %y, %x1 : tensor<?x?xf64>\n  return %z : tensor<?x?xf64>",
        {0: "tensor<?x?xf64>", 1: "tensor<?x?xf64>"},
    )
case(
    "reshape",
    [real("r", (2, 6))],
    "tensor<?x4xf64>",
    "  %c0 = arith.constant 0 : index\n  %n = tensor.dim %x0, %c0 : tensor<?x6xf64>\n"
    "  %c6 = arith.constant 6 : index\n  %c4 = arith.constant 4 : index\n"
    "  %e = arith.muli %n, %c6 : index\n  %m = arith.divui %e, %c4 : index\n"
    "  %y = nn.reshape %x0 [%m] : tensor<?x6xf64> -> tensor<?x4xf64>\n  return %y : "
    "tensor<?x4xf64>",
    {0: "tensor<?x6xf64>"},
)
case(
    "transpose",
    [real("t", (2, 3, 4))],
    "tensor<4x2x3xf64>",
    "  %y = nn.transpose %x0 {permutation = array<i64: 2, 0, 1>} : tensor<2x3x4xf64> -> "
    "tensor<4x2x3xf64>\n"
    "  return %y : tensor<4x2x3xf64>",
)
case(
    "slice",
    [real("sl", (7, 9))],
    "tensor<3x4xf64>",
    "  %y = nn.slice %x0 offsets[] sizes[] {static_offsets = array<i64: 1, 7>, strides = "
    "array<i64: 2, -2>}"
    " : tensor<7x9xf64> -> tensor<3x4xf64>\n  return %y : tensor<3x4xf64>",
)
case(
    "slice-dynamic",
    [real("sd", (7, 9))],
    "tensor<3x?xf64>",
    "  %c1 = arith.constant 1 : index\n  %n = tensor.dim %x0, %c1 : tensor<7x?xf64>\n"
    "  %c3 = arith.constant 3 : index\n  %m = arith.subi %n, %c3 : index\n"
    "  %y = nn.slice %x0 offsets[%c1] sizes[%m] {static_offsets = array<i64: 2, "
    "-9223372036854775808>,"
    " strides = array<i64: 1, 1>} : tensor<7x?xf64> -> tensor<3x?xf64>\n  return %y : "
    "tensor<3x?xf64>",
    {0: "tensor<7x?xf64>"},
)
case(
    "concat",
    [real("c1", (2, 3)), real("c2", (2, 2)), real("c3", (2, 1))],
    "tensor<2x6xf64>",
    "  %y = nn.concat %x0, %x1, %x2 {axis = 1 : i64} : (tensor<2x3xf64>, tensor<2x2xf64>, "
    "tensor<2x1xf64>)"
    " -> tensor<2x6xf64>\n  return %y : tensor<2x6xf64>",
)
case(
    "pad",
    [real("p", (2, 3)), real("pv", ())],
    "tensor<3x6xf64>",
    "  %y = nn.pad %x0 value(%x1 : tensor<f64>) low[] high[] {mode = #nn.pad_mode<constant>,"
    " static_low = array<i64: 1, 1>, static_high = array<i64: 0, 2>} : tensor<2x3xf64> -> "
    "tensor<3x6xf64>\n"
    "  return %y : tensor<3x6xf64>",
)
for mode in ("edge", "reflect", "wrap"):
    case(
        f"pad-{mode}",
        [real("p" + mode, (3, 4))],
        "tensor<5x9xf64>",
        f"  %y = nn.pad %x0 low[] high[] {{mode = #nn.pad_mode<{mode}>, static_low = array<i64: "
        f"2, 3>,"
        " static_high = array<i64: 0, 2>} : tensor<3x4xf64> -> tensor<5x9xf64>\n  return %y : "
        "tensor<5x9xf64>",
    )

# Indexed access. Indices repeat, count from the end, and lie outside.
INDEX = np.array([[0, 2, -1], [2, 4, 9]], np.int64)
case(
    "gather",
    [real("g", (5, 3)), INDEX],
    "tensor<2x3x3xf64>",
    "  %y = nn.gather %x0, %x1 {axis = 0 : i64} : tensor<5x3xf64>, tensor<2x3xi64> -> "
    "tensor<2x3x3xf64>\n"
    "  return %y : tensor<2x3x3xf64>",
)
case(
    "gather-inner",
    [real("gi", (2, 5, 3)), INDEX],
    "tensor<?x2x3x3xf64>",
    "  %y = nn.gather %x0, %x1 {axis = 1 : i64} : tensor<?x5x3xf64>, tensor<2x3xi64> -> "
    "tensor<?x2x3x3xf64>\n"
    "  return %y : tensor<?x2x3x3xf64>",
    {0: "tensor<?x5x3xf64>"},
)
case(
    "gather_elements",
    [real("ge", (5, 3)), INDEX],
    "tensor<2x3xf64>",
    "  %y = nn.gather_elements %x0, %x1 {axis = 0 : i64} : tensor<5x3xf64>, tensor<2x3xi64> -> "
    "tensor<2x3xf64>\n"
    "  return %y : tensor<2x3xf64>",
)
# One element of each line, as a loss takes the score of one class.
case(
    "gather_elements-single",
    [real("gs", (4, 3, 2)), np.array([[[2, -1]], [[0, 9]], [[1, 1]], [[-9, 0]]], np.int64)],
    "tensor<4x1x2xf64>",
    "  %y = nn.gather_elements %x0, %x1 {axis = 1 : i64} : tensor<4x3x2xf64>, tensor<4x1x2xi64> -> "
    "tensor<4x1x2xf64>\n"
    "  return %y : tensor<4x1x2xf64>",
)
case(
    "gather_nd",
    [real("gn", (3, 4, 5)), np.array([[0, 1], [2, -1], [0, 1]], np.int64)],
    "tensor<3x5xf64>",
    "  %y = nn.gather_nd %x0, %x1 {batch_dims = 0 : i64} : tensor<3x4x5xf64>, tensor<3x2xi64> -> "
    "tensor<3x5xf64>\n"
    "  return %y : tensor<3x5xf64>",
)
case(
    "gather_nd-batch",
    [real("gb", (2, 4, 3)), np.array([[[1], [3], [1]], [[0], [0], [2]]], np.int64)],
    "tensor<2x3x3xf64>",
    "  %y = nn.gather_nd %x0, %x1 {batch_dims = 1 : i64} : tensor<2x4x3xf64>, tensor<2x3x1xi64>"
    " -> tensor<2x3x3xf64>\n  return %y : tensor<2x3x3xf64>",
)
for kind in ("set", "add", "mul", "max", "min"):
    # Two updates fall on one element.
    case(
        f"scatter_elements-{kind}",
        [
            apart("se" + kind, (4, 3), 0.5, 2),
            np.array([[0, 2, -1], [0, 1, 3]], np.int64),
            apart("su" + kind, (2, 3), 0.45, 2.1),
        ],
        "tensor<4x3xf64>",
        f"  %y = nn.scatter_elements %x0, %x1, %x2 {{axis = 0 : i64, kind = "
        f"#nn.scatter_kind<{kind}>}}"
        " : tensor<4x3xf64>, tensor<2x3xi64>, tensor<2x3xf64>\n  return %y : tensor<4x3xf64>",
    )
    case(
        f"scatter_nd-{kind}",
        [
            apart("sn" + kind, (4, 3), 0.5, 2),
            np.array([[1], [3], [1]], np.int64),
            apart("sm" + kind, (3, 3), 0.45, 2.1),
        ],
        "tensor<4x3xf64>",
        f"  %y = nn.scatter_nd %x0, %x1, %x2 {{kind = #nn.scatter_kind<{kind}>}}"
        " : tensor<4x3xf64>, tensor<3x1xi64>, tensor<3x3xf64>\n  return %y : tensor<4x3xf64>",
    )
case(
    "scatter_elements-mul-zero",
    [
        np.array([1.5, 2.0, 0.7]),
        np.array([0, 0, 1, 2, 2], np.int64),
        np.array([0.0, 1.3, 0.0, 0.0, 0.0]),
    ],
    "tensor<3xf64>",
    "  %y = nn.scatter_elements %x0, %x1, %x2 {axis = 0 : i64, kind = #nn.scatter_kind<mul>}"
    " : tensor<3xf64>, tensor<5xi64>, tensor<5xf64>\n  return %y : tensor<3xf64>",
)

# Reductions, scans, order.
for kind in ("sum", "product", "max", "min"):
    case(
        f"reduce-{kind}",
        [apart("red" + kind, (2, 3, 4))],
        "tensor<3xf64>",
        f"  %y = nn.reduce {kind} %x0 {{dims = array<i64: 0, 2>}} : tensor<2x3x4xf64> -> "
        f"tensor<3xf64>\n"
        "  return %y : tensor<3xf64>",
    )
    for flags in ("", "exclusive", "reverse", "exclusive, reverse"):
        if kind in ("max", "min") and "exclusive" in flags:
            continue  # Starts from an infinity.
        case(
            f"scan-{kind}-{flags.replace(', ', '-')}",
            [apart("scan" + kind + flags, (2, 5), 0.4, 1.7)],
            "tensor<2x5xf64>",
            f"  %y = nn.scan {kind} %x0 {{axis = 1 : i64{', ' if flags else ''}{flags}}} : "
            f"tensor<2x5xf64>\n"
            "  return %y : tensor<2x5xf64>",
        )
for kind in ("max", "min"):
    for flags in ("exclusive", "exclusive, reverse"):
        # The infinity that it starts from is clipped away.
        case(
            f"scan-{kind}-{flags.replace(', ', '-')}",
            [apart("scan" + kind + flags, (2, 5), 0.4, 1.7)],
            "tensor<2x5xf64>",
            f"  %s = nn.scan {kind} %x0 {{axis = 1 : i64, {flags}}} : tensor<2x5xf64>\n"
            "  %l = nn.constant dense<-9.0> : tensor<2x5xf64>\n  %h = nn.constant dense<9.0> : "
            "tensor<2x5xf64>\n"
            "  %y = nn.clip %s, %l, %h : tensor<2x5xf64>\n  return %y : tensor<2x5xf64>",
        )
case(
    "reduce-product-zero",
    [np.array([[0.0, 1.5, 2.0], [0.0, 0.0, 1.2], [0.3, 0.7, 1.1]])],
    "tensor<3xf64>",
    "  %y = nn.reduce product %x0 {dims = array<i64: 1>} : tensor<3x3xf64> -> tensor<3xf64>\n"
    "  return %y : tensor<3xf64>",
)
case(
    "reduce-dynamic",
    [real("rdy", (3, 4))],
    "tensor<?xf64>",
    "  %y = nn.reduce sum %x0 {dims = array<i64: 1>} : tensor<?x?xf64> -> tensor<?xf64>\n"
    "  return %y : tensor<?xf64>",
    {0: "tensor<?x?xf64>"},
)
for flags in ("", ", descending"):
    case(
        f"sort{flags.replace(', ', '-')}",
        [apart("sort" + flags, (2, 5))],
        "tensor<2x5xf64>",
        f"  %y, %i = nn.sort %x0 {{axis = 1 : i64{flags}}} : tensor<2x5xf64> -> tensor<2x5xf64>, "
        f"tensor<2x5xi64>\n"
        "  %c = nn.cast %i : tensor<2x5xi64> -> tensor<2x5xf64>\n  %z = nn.mul %y, %c : "
        "tensor<2x5xf64>\n"
        "  return %z : tensor<2x5xf64>",
    )
for flags in ("", ", log"):
    case(
        f"softmax{flags.replace(', ', '-')}",
        [real("sm" + flags, (2, 5, 3), -2, 2)],
        "tensor<2x5x3xf64>",
        f"  %y = nn.softmax %x0 {{axis = 1 : i64{flags}}} : tensor<2x5x3xf64>\n  return %y : "
        f"tensor<2x5x3xf64>",
    )
for flags in ("", ", rms"):
    case(
        f"normalize{flags.replace(', ', '-')}",
        [real("no" + flags, (2, 3, 5), -2, 2)],
        "tensor<2x3x5xf64>",
        f"  %y = nn.normalize %x0 {{dims = array<i64: 0, 2>, epsilon = 1.0e-1 : f64{flags}}} : "
        f"tensor<2x3x5xf64>\n"
        "  return %y : tensor<2x3x5xf64>",
    )
    case(
        f"normalize-dynamic{flags.replace(', ', '-')}",
        [real("nd" + flags, (2, 3, 5), -2, 2)],
        "tensor<?x3x5xf64>",
        f"  %y = nn.normalize %x0 {{dims = array<i64: 0, 2>, epsilon = 1.0e-1 : f64{flags}}} : "
        f"tensor<?x3x5xf64>\n"
        "  return %y : tensor<?x3x5xf64>",
        {0: "tensor<?x3x5xf64>"},
    )

# Contractions.
case(
    "dot",
    [real("dl", (2, 3, 4)), real("dr", (4, 2, 5))],
    "tensor<2x3x5xf64>",
    "  %y = nn.dot %x0, %x1 {lhs_batch = array<i64: 0>, rhs_batch = array<i64: 1>, "
    "lhs_contracting = array<i64: 2>,"
    " rhs_contracting = array<i64: 0>} : tensor<2x3x4xf64>, tensor<4x2x5xf64> -> "
    "tensor<2x3x5xf64>\n"
    "  return %y : tensor<2x3x5xf64>",
)
case(
    "dot-several",
    [real("dsl", (3, 2, 4, 2)), real("dsr", (2, 5, 4, 3))],
    "tensor<2x5xf64>",
    "  %y = nn.dot %x0, %x1 {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = "
    "array<i64: 2, 0, 3>,"
    " rhs_contracting = array<i64: 2, 3, 0>} : tensor<3x2x4x2xf64>, tensor<2x5x4x3xf64> -> "
    "tensor<2x5xf64>\n"
    "  return %y : tensor<2x5xf64>",
)
case(
    "dot-dynamic",
    [real("ddl", (3, 4)), real("ddr", (4, 5))],
    "tensor<?x5xf64>",
    "  %y = nn.dot %x0, %x1 {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = "
    "array<i64: 1>,"
    " rhs_contracting = array<i64: 0>} : tensor<?x4xf64>, tensor<4x5xf64> -> tensor<?x5xf64>\n"
    "  return %y : tensor<?x5xf64>",
    {0: "tensor<?x4xf64>"},
)


def conv(
    name,
    input_shape,
    filter_shape,
    strides,
    low,
    high,
    input_dilation=None,
    window_dilation=None,
    feature_groups=1,
    batch_groups=1,
    layouts=None,
    unknown=(),
):
    """A convolution; `unknown` lists dimensions of the input whose extents the type leaves open."""
    spatial = len(strides)
    rank = spatial + 2
    ones = (1,) * spatial
    input_dilation, window_dilation = input_dilation or ones, window_dilation or ones
    layouts = layouts or (tuple(range(rank)),) * 3
    output = [0] * rank
    output[layouts[2][0]] = input_shape[layouts[0][0]] // batch_groups
    output[layouts[2][1]] = filter_shape[layouts[1][0]]
    for d in range(spatial):
        extent = (input_shape[layouts[0][d + 2]] - 1) * input_dilation[d] + 1 + low[d] + high[d]
        reach = (filter_shape[layouts[1][d + 2]] - 1) * window_dilation[d]
        output[layouts[2][d + 2]] = (extent - reach - 1) // strides[d] + 1
    x, w = real(name + "x", input_shape), real(name + "w", filter_shape)
    result = "tensor<" + "".join(f"{n}x" for n in output) + "f64>"
    open_output = [layouts[2][layouts[0].index(d)] for d in unknown if d != layouts[0][1]]
    input_type, result = dynamic(type_of(x), unknown), dynamic(result, open_output)

    def array(values):
        return f"array<i64: {', '.join(map(str, values))}>"

    case(
        name,
        [x, w],
        result,
        f"  %y = nn.conv %x0, %x1 {{input_layout = {array(layouts[0])}, filter_layout = "
        f"{array(layouts[1])},"
        f" output_layout = {array(layouts[2])}, strides = {array(strides)}, pad_low = {array(low)},"
        f" pad_high = {array(high)}, input_dilation = {array(input_dilation)},"
        f" window_dilation = {array(window_dilation)}, feature_groups = {feature_groups} : i64,"
        f" batch_groups = {batch_groups} : i64}} : {input_type}, {type_of(w)} -> {result}\n  "
        f"return %y : {result}",
        {0: input_type},
    )


conv("conv", (2, 3, 6, 7), (4, 3, 3, 2), (1, 1), (1, 0), (1, 1))
conv("conv-strides", (2, 2, 8, 9), (3, 2, 3, 3), (2, 3), (1, 1), (0, 1))
conv("conv-dilated", (1, 2, 9, 8), (2, 2, 3, 2), (1, 2), (2, 1), (1, 2), window_dilation=(2, 3))
conv("conv-transposed", (2, 2, 4, 3), (3, 2, 3, 3), (1, 1), (2, 1), (1, 2), input_dilation=(2, 3))
conv("conv-everything", (1, 2, 5, 4), (2, 2, 2, 3), (2, 1), (1, 2), (2, 1), (3, 2), (2, 2))
conv("conv-grouped", (2, 4, 5, 5), (6, 2, 3, 3), (2, 1), (1, 1), (1, 1), feature_groups=2)
conv("conv-depthwise", (2, 3, 5, 5), (3, 1, 3, 3), (1, 1), (1, 1), (1, 1), feature_groups=3)
conv("conv-batch-grouped", (4, 3, 5, 5), (6, 3, 3, 3), (1, 2), (1, 1), (1, 1), batch_groups=2)
conv("conv-1d", (2, 3, 9), (2, 3, 4), (2,), (1,), (2,))
conv("conv-3d", (1, 2, 4, 3, 5), (2, 2, 2, 2, 3), (1, 1, 2), (0, 1, 1), (1, 0, 1))
conv("conv-cut", (1, 2, 8, 8), (2, 2, 3, 3), (1, 1), (-1, 0), (1, -2))
conv(
    "conv-layouts",
    (2, 6, 7, 3),
    (3, 2, 3, 4),
    (1, 2),
    (1, 0),
    (1, 1),
    layouts=((0, 3, 1, 2), (3, 2, 0, 1), (0, 3, 1, 2)),
)
conv("conv-dynamic-batch", (2, 3, 6, 7), (4, 3, 3, 2), (2, 1), (1, 0), (1, 1), unknown=(0,))
conv("conv-dynamic-image", (2, 3, 7, 8), (4, 3, 3, 3), (2, 3), (1, 1), (1, 0), unknown=(0, 2, 3))


def pool(
    name,
    kind,
    shape,
    window,
    strides,
    low,
    high,
    dilations=None,
    flags="",
    extra=(0, 0),
    unknown=(),
):
    """`extra` output positions per spatial dimension, beyond what rounding down gives."""
    dilations = dilations or (1, 1)
    output = list(shape[:2])
    for d in range(2):
        reach = (window[d] - 1) * dilations[d]
        output.append((shape[d + 2] + low[d] + high[d] - reach - 1) // strides[d] + 1 + extra[d])
    x = apart(name, shape)
    result = "tensor<" + "".join(f"{n}x" for n in output) + "f64>"
    input_type, result = dynamic(type_of(x), unknown), dynamic(result, unknown)
    lines = [f"  %n{d} = arith.constant {output[d]} : index" for d in unknown]
    sizes = ", ".join(f"%n{d}" for d in unknown)

    def array(front, values):
        return f"array<i64: {front}, {front}, {values[0]}, {values[1]}>"

    lines.append(
        f"  %y = nn.pool {kind} %x0 [{sizes}] {{window = {array(1, window)}, strides = "
        f"{array(1, strides)},"
        f" low = {array(0, low)}, high = {array(0, high)}, dilations = "
        f"{array(1, dilations)}{flags}}}"
        f" : {input_type} -> {result}\n  return %y : {result}"
    )
    case(name, [x], result, "\n".join(lines), {0: input_type})


for kind in ("max", "sum", "average"):
    pool(f"pool-{kind}", kind, (2, 2, 6, 8), (2, 2), (2, 2), (0, 0), (0, 0))
    pool(f"pool-{kind}-remainder", kind, (1, 2, 7, 9), (2, 3), (2, 4), (0, 1), (0, 0))
    pool(f"pool-{kind}-overlapping", kind, (1, 2, 7, 6), (3, 3), (2, 1), (1, 1), (1, 1))
    pool(f"pool-{kind}-dilated", kind, (1, 2, 7, 8), (2, 3), (1, 2), (0, 1), (1, 0), (3, 2))
    pool(f"pool-{kind}-up", kind, (1, 1, 6, 7), (3, 2), (2, 2), (0, 0), (0, 0), extra=(1, 1))
    pool(
        f"pool-{kind}-dynamic",
        kind,
        (2, 1, 6, 7),
        (2, 3),
        (2, 1),
        (0, 1),
        (0, 1),
        unknown=(0, 2, 3),
    )
pool(
    "pool-average-pad",
    "average",
    (1, 2, 7, 6),
    (3, 3),
    (2, 2),
    (1, 1),
    (1, 1),
    flags=", count_include_pad",
)
pool(
    "pool-average-pad-up", "average", (1, 1, 6, 6), (3, 3), (2, 2), (1, 0), (0, 1),
    flags=", count_include_pad", extra=(1, 1),
)  # fmt: skip

# Models of several ops, for second derivatives.
case(
    "mlp",
    [real("mx", (4, 5)), real("m1", (5, 6)), real("mb", (6,)), real("m2", (6, 3))],
    "tensor<4x3xf64>",
    "  %h = nn.dot %x0, %x1 {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = "
    "array<i64: 1>,"
    " rhs_contracting = array<i64: 0>} : tensor<4x5xf64>, tensor<5x6xf64> -> tensor<4x6xf64>\n"
    "  %b = nn.broadcast %x2 [] {dims = array<i64: 1>} : tensor<6xf64> -> tensor<4x6xf64>\n"
    "  %s = nn.add %h, %b : tensor<4x6xf64>\n  %t = nn.tanh %s : tensor<4x6xf64>\n"
    "  %o = nn.dot %t, %x3 {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = "
    "array<i64: 1>,"
    " rhs_contracting = array<i64: 0>} : tensor<4x6xf64>, tensor<6x3xf64> -> tensor<4x3xf64>\n"
    "  %y = nn.softmax %o {axis = 1 : i64, log} : tensor<4x3xf64>\n  return %y : tensor<4x3xf64>",
)
case(
    "attention",
    [real("aq", (2, 4, 3)), real("ak", (2, 5, 3)), real("av", (2, 5, 3))],
    "tensor<2x4x3xf64>",
    "  %s = nn.dot %x0, %x1 {lhs_batch = array<i64: 0>, rhs_batch = array<i64: 0>, "
    "lhs_contracting = array<i64: 2>,"
    " rhs_contracting = array<i64: 2>} : tensor<2x4x3xf64>, tensor<2x5x3xf64> -> "
    "tensor<2x4x5xf64>\n"
    "  %p = nn.softmax %s {axis = 2 : i64} : tensor<2x4x5xf64>\n"
    "  %o = nn.dot %p, %x2 {lhs_batch = array<i64: 0>, rhs_batch = array<i64: 0>, "
    "lhs_contracting = array<i64: 2>,"
    " rhs_contracting = array<i64: 1>} : tensor<2x4x5xf64>, tensor<2x5x3xf64> -> "
    "tensor<2x4x3xf64>\n"
    "  %a = nn.add %o, %x0 : tensor<2x4x3xf64>\n"
    "  %y = nn.normalize %a {dims = array<i64: 2>, epsilon = 1.0e-2 : f64} : tensor<2x4x3xf64>\n"
    "  return %y : tensor<2x4x3xf64>",
)
case(
    "convnet",
    [real("vx", (2, 2, 6, 6)), real("vw", (3, 2, 3, 3)), real("vd", (27, 4))],
    "tensor<2x4xf64>",
    "  %c = nn.conv %x0, %x1 {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: "
    "0, 1, 2, 3>,"
    " output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: "
    "1, 1>,"
    " pad_high = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, window_dilation = "
    "array<i64: 1, 1>,"
    " feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<2x2x6x6xf64>, "
    "tensor<3x2x3x3xf64> -> tensor<2x3x6x6xf64>\n"
    "  %t = nn.tanh %c : tensor<2x3x6x6xf64>\n"
    "  %p = nn.pool average %t [] {window = array<i64: 1, 1, 2, 2>, strides = array<i64: 1, 1, "
    "2, 2>,"
    " low = array<i64: 0, 0, 0, 0>, high = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1, "
    "1, 1>}"
    " : tensor<2x3x6x6xf64> -> tensor<2x3x3x3xf64>\n"
    "  %f = nn.reshape %p [] : tensor<2x3x3x3xf64> -> tensor<2x27xf64>\n"
    "  %y = nn.dot %f, %x2 {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = "
    "array<i64: 1>,"
    " rhs_contracting = array<i64: 0>} : tensor<2x27xf64>, tensor<27x4xf64> -> tensor<2x4xf64>\n"
    "  return %y : tensor<2x4xf64>",
)


def unknown(name, edits, types, result, of=None):
    """Adds NAME-dynamic: the case NAME (or `of`) with extents that only a run knows. `edits`
    replace parts of its text."""
    source = CASES[of or name]
    body = source.body
    for old, new in edits:
        assert old in body
        body = body.replace(old, new)
    case(f"{name}-dynamic", [a.value for a in source.arguments], result, body, types)


# A batch that only a run knows.
ROWS = "  %c0 = arith.constant 0 : index\n  %n = tensor.dim %x0, %c0 : {}\n"
unknown(
    "mlp",
    [("tensor<4x", "tensor<?x"), ("%x2 [] ", "%x2 [%n] "),
     ("  %h =", ROWS.format("tensor<?x5xf64>") + "  %h =")],
    {0: "tensor<?x5xf64>"},
    "tensor<?x3xf64>",
)  # fmt: skip
unknown(
    "attention",
    [("tensor<2x", "tensor<?x")],
    {0: "tensor<?x4x3xf64>", 1: "tensor<?x5x3xf64>", 2: "tensor<?x5x3xf64>"},
    "tensor<?x4x3xf64>",
)
unknown(
    "convnet",
    [("tensor<2x", "tensor<?x"), ("average %t []", "average %t [%n]"), ("%p []", "%p [%n]"),
     ("  %c =", ROWS.format("tensor<?x2x6x6xf64>") + "  %c =")],
    {0: "tensor<?x2x6x6xf64>"},
    "tensor<?x4xf64>",
)  # fmt: skip

# Control flow.
for flag in (True, False):
    case(
        f"if-{str(flag).lower()}",
        [np.array(flag), real("ifx", (4,)), real("ify", (4,))],
        "tensor<4xf64>",
        "  %c = tensor.extract %x0[] : tensor<i1>\n"
        "  %r = scf.if %c -> tensor<4xf64> {\n    %p = nn.mul %x1, %x2 : tensor<4xf64>\n"
        "    %s = nn.sin %p : tensor<4xf64>\n    scf.yield %s : tensor<4xf64>\n  } else {\n"
        "    %e = nn.exp %x1 : tensor<4xf64>\n    scf.yield %e : tensor<4xf64>\n  }\n"
        "  %y = nn.mul %r, %x1 : tensor<4xf64>\n  return %y : tensor<4xf64>",
    )
unknown(
    "if",
    [("tensor<4x", "tensor<?x")],
    {1: "tensor<?xf64>", 2: "tensor<?xf64>"},
    "tensor<?xf64>",
    of="if-true",
)
# A recurrent step: the state is carried, the weight comes from around the loop, the outputs are
# written row by row.
case(
    "for",
    [real("fx", (5, 2, 3)), real("fh", (2, 3)), real("fw", (3, 3))],
    "tensor<5x2x3xf64>",
    "  %c0 = arith.constant 0 : index\n  %c1 = arith.constant 1 : index\n  %c5 = arith.constant "
    "5 : index\n"
    "  %z = nn.constant dense<0.0> : tensor<5x2x3xf64>\n"
    "  %h, %s = scf.for %i = %c0 to %c5 step %c1 iter_args(%a = %x1, %k = %z) -> "
    "(tensor<2x3xf64>, tensor<5x2x3xf64>) {\n"
    "    %t = nn.slice %x0 offsets[%i] sizes[] {static_offsets = array<i64: "
    "-9223372036854775808, 0, 0>,"
    " strides = array<i64: 1, 1, 1>} : tensor<5x2x3xf64> -> tensor<1x2x3xf64>\n"
    "    %u = nn.reshape %t [] : tensor<1x2x3xf64> -> tensor<2x3xf64>\n"
    "    %d = nn.dot %a, %x2 {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = "
    "array<i64: 1>,"
    " rhs_contracting = array<i64: 0>} : tensor<2x3xf64>, tensor<3x3xf64> -> tensor<2x3xf64>\n"
    "    %v = nn.add %d, %u : tensor<2x3xf64>\n    %n = nn.tanh %v : tensor<2x3xf64>\n"
    "    %j = arith.index_cast %i : index to i64\n    %jt = tensor.from_elements %j : "
    "tensor<1x1xi64>\n"
    "    %row = nn.reshape %n [] : tensor<2x3xf64> -> tensor<1x2x3xf64>\n"
    "    %w = nn.scatter_nd %k, %jt, %row {kind = #nn.scatter_kind<set>} : tensor<5x2x3xf64>, "
    "tensor<1x1xi64>,"
    " tensor<1x2x3xf64>\n    scf.yield %n, %w : tensor<2x3xf64>, tensor<5x2x3xf64>\n  }\n"
    "  return %s : tensor<5x2x3xf64>",
)
# Bounds and batch known only at run time, a step of 2, and a factor that is the loop's position.
case(
    "for-dynamic",
    [real("gx", (3, 2)), np.array(7, np.int64), real("gw", (2,))],
    "tensor<?x2xf64>",
    "  %n = tensor.extract %x1[] : tensor<i64>\n  %u = arith.index_cast %n : i64 to index\n"
    "  %c0 = arith.constant 0 : index\n  %c1 = arith.constant 1 : index\n  %c2 = arith.constant "
    "2 : index\n"
    "  %m = tensor.dim %x0, %c0 : tensor<?x2xf64>\n"
    "  %y = scf.for %i = %c1 to %u step %c2 iter_args(%a = %x0) -> (tensor<?x2xf64>) {\n"
    "    %w = nn.broadcast %x2 [%m] {dims = array<i64: 1>} : tensor<2xf64> -> tensor<?x2xf64>\n"
    "    %p = nn.mul %a, %w : tensor<?x2xf64>\n    %s = nn.sin %p : tensor<?x2xf64>\n"
    "    %j = arith.index_cast %i : index to i64\n    %jt = tensor.from_elements %j : tensor<i64>\n"
    "    %f = nn.cast %jt : tensor<i64> -> tensor<f64>\n"
    "    %b = nn.broadcast %f [%m] {dims = array<i64>} : tensor<f64> -> tensor<?x2xf64>\n"
    "    %q = nn.mul %s, %b : tensor<?x2xf64>\n    scf.yield %q : tensor<?x2xf64>\n  }\n"
    "  return %y : tensor<?x2xf64>",
    {0: "tensor<?x2xf64>"},
)
# A stack that grows: only its extent is needed on the way back.
case(
    "for-growing",
    [real("hx", (2,)), real("hw", (2,))],
    "tensor<?x2xf64>",
    "  %c0 = arith.constant 0 : index\n  %c1 = arith.constant 1 : index\n  %c4 = arith.constant "
    "4 : index\n"
    "  %z = nn.reshape %x0 [] : tensor<2xf64> -> tensor<1x2xf64>\n"
    "  %k0 = tensor.cast %z : tensor<1x2xf64> to tensor<?x2xf64>\n"
    "  %h, %y = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %x0, %k = %k0) -> "
    "(tensor<2xf64>, tensor<?x2xf64>) {\n"
    "    %p = nn.mul %a, %x1 : tensor<2xf64>\n    %n = nn.cos %p : tensor<2xf64>\n"
    "    %row = nn.reshape %n [] : tensor<2xf64> -> tensor<1x2xf64>\n"
    "    %j = nn.concat %k, %row {axis = 0 : i64} : (tensor<?x2xf64>, tensor<1x2xf64>) -> "
    "tensor<?x2xf64>\n"
    "    scf.yield %n, %j : tensor<2xf64>, tensor<?x2xf64>\n  }\n  return %y : tensor<?x2xf64>",
)
# Iterations until the values decide; more than the tape has room for at first.
case(
    "while",
    [np.array([0.9, -0.7]), np.array([0.93, 0.91])],
    "tensor<2xf64>",
    "  %limit = nn.constant dense<0.05> : tensor<f64>\n"
    "  %r = scf.while (%s = %x0) : (tensor<2xf64>) -> tensor<2xf64> {\n"
    "    %q = nn.mul %s, %s : tensor<2xf64>\n"
    "    %n = nn.reduce sum %q {dims = array<i64: 0>} : tensor<2xf64> -> tensor<f64>\n"
    "    %g = nn.compare gt %n, %limit : tensor<f64> -> tensor<i1>\n    %c = tensor.extract %g[] "
    ": tensor<i1>\n"
    "    %e = nn.sin %s : tensor<2xf64>\n    scf.condition(%c) %e : tensor<2xf64>\n  } do {\n"
    "  ^bb0(%e: tensor<2xf64>):\n    %m = nn.mul %e, %x1 : tensor<2xf64>\n    scf.yield %m : "
    "tensor<2xf64>\n  }\n"
    "  %y = nn.mul %r, %x0 : tensor<2xf64>\n  return %y : tensor<2xf64>",
)
unknown(
    "while", [("tensor<2x", "tensor<?x")], {0: "tensor<?xf64>", 1: "tensor<?xf64>"}, "tensor<?xf64>"
)
# A loop in a loop, and a branch in it on the position.
case(
    "for-nested",
    [real("ix", (3,)), real("iw", (3,))],
    "tensor<3xf64>",
    "  %c0 = arith.constant 0 : index\n  %c1 = arith.constant 1 : index\n  %c3 = arith.constant "
    "3 : index\n"
    "  %y = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %x0) -> (tensor<3xf64>) {\n"
    "    %z = scf.for %j = %c0 to %i step %c1 iter_args(%b = %a) -> (tensor<3xf64>) {\n"
    "      %c = arith.cmpi eq, %j, %c1 : index\n      %r = scf.if %c -> tensor<3xf64> {\n"
    "        %p = nn.mul %b, %x1 : tensor<3xf64>\n        scf.yield %p : tensor<3xf64>\n      } "
    "else {\n"
    "        %q = nn.tanh %b : tensor<3xf64>\n        scf.yield %q : tensor<3xf64>\n      }\n"
    "      %s = nn.add %r, %x1 : tensor<3xf64>\n      scf.yield %s : tensor<3xf64>\n    }\n"
    "    %t = nn.sin %z : tensor<3xf64>\n    scf.yield %t : tensor<3xf64>\n  }\n  return %y : "
    "tensor<3xf64>",
)
