//===- NNOps.td - the structured ops of the nn dialect ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_NN_NNOPS_TD
#define DS_DIALECTS_NN_NNOPS_TD

include "dialects/NN/NNElementwise.td"

//===----------------------------------------------------------------------===//
// Constants and generators
//===----------------------------------------------------------------------===//

def NN_ConstantOp : NN_Op<"constant", [ConstantLike]> {
  let summary = "yield a constant tensor";
  let description = [{
    `value` is a dense elements attribute of the result's type (signedness included), or a `#nn.weight`.

    ```mlir
    func.func @f() -> tensor<2xf32> {
      %0 = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
      return %0 : tensor<2xf32>
    }
    ```

    C1: the value is dense elements of exactly the result's type, or a `#nn.weight` that leaves the type to the op.
    C2: the result's shape is static.
  }];
  let arguments = (ins AnyAttr:$value);
  let results = (outs NN_Tensor:$result);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasFolder = 1;
}

def NN_IotaOp : NN_Op<"iota", [NN_Reify, NN_Injective]> {
  let summary = "count along one axis";
  let description = [{
    Every element is its own position along `axis`, in the result's element type.

    ```mlir
    func.func @f(%n: index) -> tensor<2x?xi64> {
      %0 = nn.iota [%n] {axis = 1 : i64} : tensor<2x?xi64>
      return %0 : tensor<2x?xi64>
    }
    ```

    C1: `axis` is a dimension of the result.
    C2: one size per dynamic extent of the result.
  }];
  let arguments = (ins Variadic<Index>:$sizes, NN_I64Attr:$axis);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = "`[` $sizes `]` attr-dict `:` type($result)";
  let hasVerifier = 1;
}

/// Named in C++ so that the assembly need not spell the only type it can have.
def NN_Key : Type<0DTensorOf<[UI64]>.predicate, "rank-0 tensor of ui64", "::mlir::RankedTensorType">,
             BuildableType<"::mlir::RankedTensorType::get({}, $_builder.getIntegerType(64, /*isSigned=*/false))">;

def NN_RandomBitsOp : NN_Op<"random_bits", [NN_Reify]> {
  let summary = "derive uniform bits from a key and a position";
  let description = [{
    Counter-based and stateless: element `p` (its row-major position) is a bijective 64-bit mix of `key` and `p`:
    with z = key + (p + 1) * 0x9E3779B97F4A7C15, z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9,
    z = (z ^ z >> 27) * 0x94D049BB133111EB, z ^ z >> 31 (SplitMix64, Steele et al., OOPSLA 2014).

    ```mlir
    func.func @f(%key: tensor<ui64>) -> tensor<4xui64> {
      %0 = nn.random_bits %key [] : tensor<4xui64>
      return %0 : tensor<4xui64>
    }
    ```

    C1: one size per dynamic extent of the result.
  }];
  let arguments = (ins NN_Key:$key, Variadic<Index>:$sizes);
  let results = (outs TensorOf<[UI64]>:$result);
  let assemblyFormat = "$key `[` $sizes `]` attr-dict `:` type($result)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Moving elements
//===----------------------------------------------------------------------===//

def NN_BroadcastOp : NN_Op<"broadcast", [NN_Reify, NN_Injective, NN_Differentiable]> {
  let summary = "repeat elements along dimensions";
  let description = [{
    Dimension i of the operand becomes dimension `dims[i]` of the result; the other result dimensions repeat. An operand
    extent equals the result's or is 1 and repeats; where it is dynamic that is decided at run time, and any other extent
    ends the run with an error.

    ```mlir
    func.func @f(%x: tensor<4xf32>, %n: index) -> tensor<?x4xf32> {
      %0 = nn.broadcast %x [%n] {dims = array<i64: 1>} : tensor<4xf32> -> tensor<?x4xf32>
      return %0 : tensor<?x4xf32>
    }
    ```

    C1: `dims` has one entry per operand dimension, strictly increasing and within the result.
    C2: a static operand extent is 1 or equals a static result extent.
    C3: one size per dynamic extent of the result.
    C4: both element types are equal.
  }];
  let arguments = (ins NN_Tensor:$operand, Variadic<Index>:$sizes, DenseI64ArrayAttr:$dims);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$operand `[` $sizes `]` attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_ReshapeOp : NN_Op<"reshape", [NN_Reify, NN_Differentiable]> {
  let summary = "the same elements in row-major order under another shape";
  let description = [{
    The number of elements must be the same; where extents are dynamic, that is checked at run time (a reshape of a reshape
    becomes one, and then the shape between is not checked any more).

    ```mlir
    func.func @f(%x: tensor<?x6xf32>, %n: index) -> tensor<?x2xf32> {
      %0 = nn.reshape %x [%n] : tensor<?x6xf32> -> tensor<?x2xf32>
      return %0 : tensor<?x2xf32>
    }
    ```

    C1: one size per dynamic extent of the result.
    C2: static shapes have the same number of elements.
    C3: both element types are equal.
  }];
  let arguments = (ins NN_Tensor:$operand, Variadic<Index>:$sizes);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$operand `[` $sizes `]` attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_TransposeOp : NN_Op<"transpose", [NN_InferType, NN_Reify, NN_Movement, NN_Differentiable]> {
  let summary = "permute dimensions";
  let description = [{
    Dimension i of the result is dimension `permutation[i]` of the operand.

    ```mlir
    func.func @f(%x: tensor<2x3xf32>) -> tensor<3x2xf32> {
      %0 = nn.transpose %x {permutation = array<i64: 1, 0>} : tensor<2x3xf32> -> tensor<3x2xf32>
      return %0 : tensor<3x2xf32>
    }
    ```

    C1: `permutation` is a permutation of the operand's dimensions.
  }];
  let arguments = (ins NN_Tensor:$operand, DenseI64ArrayAttr:$permutation);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_SliceOp : NN_Op<"slice", [AttrSizedOperandSegments, NN_Reify, NN_Injective, NN_Differentiable]> {
  let summary = "take a strided window";
  let description = [{
    result[i...] = operand[offsets + i * strides ...]. Strides may be negative. An entry of `static_offsets` that is
    `ShapedType::kDynamic` takes the next of `offsets`. The caller guarantees that all positions lie inside the operand.

    ```mlir
    func.func @f(%x: tensor<8x?xf32>, %o: index, %n: index) -> tensor<4x?xf32> {
      %0 = nn.slice %x offsets[%o] sizes[%n] {static_offsets = array<i64: 0, -9223372036854775808>,
        strides = array<i64: 2, 1>} : tensor<8x?xf32> -> tensor<4x?xf32>
      return %0 : tensor<4x?xf32>
    }
    ```

    C1: `static_offsets` and `strides` have one entry per dimension, and no stride is 0.
    C2: one offset per dynamic entry of `static_offsets`, one size per dynamic extent of the result.
    C3: operand and result have one rank and one element type.
    C4: static windows lie inside static extents.
  }];
  let arguments = (ins NN_Tensor:$operand, Variadic<Index>:$offsets, Variadic<Index>:$sizes,
                   DenseI64ArrayAttr:$static_offsets, DenseI64ArrayAttr:$strides);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = [{
    $operand `offsets` `[` $offsets `]` `sizes` `[` $sizes `]` attr-dict `:` type($operand) `->` type($result)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let extraClassDeclaration = [{
    /// Offset of each dimension, as a value or an attribute.
    ::llvm::SmallVector<::mlir::OpFoldResult> getMixedOffsets();
  }];
}

def NN_ConcatOp : NN_Op<"concat", [NN_InferType, NN_Reify, NN_Differentiable]> {
  let summary = "join along one axis";
  let description = [{
    The operands one after the other along `axis`.

    ```mlir
    func.func @f(%x: tensor<2x3xf32>, %y: tensor<2x?xf32>) -> tensor<2x?xf32> {
      %0 = nn.concat %x, %y {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x?xf32>) -> tensor<2x?xf32>
      return %0 : tensor<2x?xf32>
    }
    ```

    C1: at least one operand; all have one rank and one element type, and `axis` is one of their dimensions.
    C2: static extents agree on every other axis.
  }];
  let arguments = (ins Variadic<NN_Tensor>:$inputs, NN_I64Attr:$axis);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$inputs attr-dict `:` functional-type($inputs, $result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def NN_PadOp : NN_Op<"pad", [AttrSizedOperandSegments, NN_Reify, NN_Differentiable, NN_Frame]> {
  let summary = "add elements around";
  let description = [{
    `low[i]` elements are added in front of dimension i and `high[i]` behind; none is negative. `constant` takes the
    rank-0 `value`; `edge` repeats the border element; `reflect` mirrors without repeating the border; `wrap` continues
    from the other end. An entry of `static_low` or `static_high` that is `ShapedType::kDynamic` takes the next operand.

    ```mlir
    func.func @f(%x: tensor<2x3xf32>, %v: tensor<f32>) -> tensor<2x5xf32> {
      %0 = nn.pad %x value(%v : tensor<f32>) low[] high[] {mode = #nn.pad_mode<constant>, static_low = array<i64: 0, 1>,
        static_high = array<i64: 0, 1>} : tensor<2x3xf32> -> tensor<2x5xf32>
      return %0 : tensor<2x5xf32>
    }
    ```

    C1: `static_low` and `static_high` have one entry per dimension, none negative but `ShapedType::kDynamic`.
    C2: one operand per dynamic entry.
    C3: `value` is there exactly in mode `constant`, of rank 0 and the operand's element type.
    C4: operand and result have one rank and element type, and a static result extent is the sum of a static operand extent and
    static pads.
  }];
  let arguments = (ins NN_Tensor:$operand, Optional<NN_Tensor>:$value, Variadic<Index>:$low, Variadic<Index>:$high,
                   NN_PadModeAttr:$mode, DenseI64ArrayAttr:$static_low, DenseI64ArrayAttr:$static_high);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = [{
    $operand (`value` `(` $value^ `:` type($value) `)`)? `low` `[` $low `]` `high` `[` $high `]` attr-dict
    `:` type($operand) `->` type($result)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let extraClassDeclaration = [{
    ::llvm::SmallVector<::mlir::OpFoldResult> getMixedLow();
    ::llvm::SmallVector<::mlir::OpFoldResult> getMixedHigh();
  }];
}

//===----------------------------------------------------------------------===//
// Indexed access. Negative indices count from the end; what still lies outside is clamped to the nearest element.
//===----------------------------------------------------------------------===//

def NN_GatherOp : NN_Op<"gather", [NN_InferType, NN_Reify, NN_Differentiable]> {
  let summary = "take slices by index along one axis";
  let description = [{
    result[a..., i..., b...] = data[a..., indices[i...], b...] with `axis` leading dimensions in a.

    ```mlir
    func.func @f(%x: tensor<10x4xf32>, %i: tensor<2x3xi64>) -> tensor<2x3x4xf32> {
      %0 = nn.gather %x, %i {axis = 0 : i64} : tensor<10x4xf32>, tensor<2x3xi64> -> tensor<2x3x4xf32>
      return %0 : tensor<2x3x4xf32>
    }
    ```

    C1: `axis` is a dimension of the data.
  }];
  let arguments = (ins NN_Tensor:$data, NN_IntegerTensor:$indices, NN_I64Attr:$axis);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$data `,` $indices attr-dict `:` type($data) `,` type($indices) `->` type($result)";
  let hasVerifier = 1;
}

def NN_GatherElementsOp : NN_Op<"gather_elements", [NN_InferType, NN_Reify, NN_Differentiable]> {
  let summary = "take single elements by index along one axis";
  let description = [{
    result[i...] = data[i... with position `axis` replaced by indices[i...]].

    ```mlir
    func.func @f(%x: tensor<3x4xf32>, %i: tensor<2x4xi64>) -> tensor<2x4xf32> {
      %0 = nn.gather_elements %x, %i {axis = 0 : i64} : tensor<3x4xf32>, tensor<2x4xi64> -> tensor<2x4xf32>
      return %0 : tensor<2x4xf32>
    }
    ```

    C1: data and indices have one rank, of which `axis` is a dimension.
  }];
  let arguments = (ins NN_Tensor:$data, NN_IntegerTensor:$indices, NN_I64Attr:$axis);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$data `,` $indices attr-dict `:` type($data) `,` type($indices) `->` type($result)";
  let hasVerifier = 1;
}

def NN_GatherNDOp : NN_Op<"gather_nd", [NN_InferType, NN_Reify, NN_Differentiable]> {
  let summary = "take slices by index tuples";
  let description = [{
    The last dimension of `indices`, of static extent q, holds tuples that address dimensions
    `batch_dims` ... `batch_dims + q - 1` of the data; the first `batch_dims` dimensions of both run together.
    result[b..., i..., s...] = data[b..., indices[b..., i..., 0..q-1], s...].

    ```mlir
    func.func @f(%x: tensor<3x4x5xf32>, %i: tensor<7x2xi64>) -> tensor<7x5xf32> {
      %0 = nn.gather_nd %x, %i {batch_dims = 0 : i64} : tensor<3x4x5xf32>, tensor<7x2xi64> -> tensor<7x5xf32>
      return %0 : tensor<7x5xf32>
    }
    ```

    C1: `indices` has a rank of at least 1 and a static last extent q; 0 <= `batch_dims` < rank(indices), and
    `batch_dims` + q <= rank(data).
  }];
  let arguments = (ins NN_Tensor:$data, NN_IntegerTensor:$indices, NN_I64Attr:$batch_dims);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$data `,` $indices attr-dict `:` type($data) `,` type($indices) `->` type($result)";
  let hasVerifier = 1;
}

class NN_Scatter<string mnemonic, dag extra> : NN_Op<mnemonic, [NN_Reify, NN_Differentiable, AllTypesMatch<["data", "result"]>]> {
  let arguments = !con((ins NN_Tensor:$data, NN_IntegerTensor:$indices, NN_Tensor:$updates), extra);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = [{
    $data `,` $indices `,` $updates attr-dict `:` type($data) `,` type($indices) `,` type($updates)
  }];
  let hasVerifier = 1;
}

def NN_ScatterElementsOp : NN_Scatter<"scatter_elements", (ins NN_I64Attr:$axis, NN_ScatterKindAttr:$kind)> {
  let summary = "combine single elements into a tensor by index along one axis";
  let description = [{
    A copy of `data` in which, in row-major order of the updates, element u[i...] is combined into
    data[i... with position `axis` replaced by indices[i...]] (`set` replaces it).

    ```mlir
    func.func @f(%x: tensor<3x4xf32>, %i: tensor<2x4xi64>, %u: tensor<2x4xf32>) -> tensor<3x4xf32> {
      %0 = nn.scatter_elements %x, %i, %u {axis = 0 : i64, kind = #nn.scatter_kind<add>}
        : tensor<3x4xf32>, tensor<2x4xi64>, tensor<2x4xf32>
      return %0 : tensor<3x4xf32>
    }
    ```

    C1: data, indices and updates have one rank, of which `axis` is a dimension; updates have the data's element type.
  }];
}

def NN_ScatterNDOp : NN_Scatter<"scatter_nd", (ins NN_ScatterKindAttr:$kind)> {
  let summary = "combine slices into a tensor by index tuples";
  let description = [{
    A copy of `data` in which, in row-major order of the tuples, updates[i..., s...] is combined into
    data[indices[i..., 0..q-1], s...], q being the static last extent of `indices`.

    ```mlir
    func.func @f(%x: tensor<8x4xf32>, %i: tensor<3x1xi64>, %u: tensor<3x4xf32>) -> tensor<8x4xf32> {
      %0 = nn.scatter_nd %x, %i, %u {kind = #nn.scatter_kind<set>} : tensor<8x4xf32>, tensor<3x1xi64>, tensor<3x4xf32>
      return %0 : tensor<8x4xf32>
    }
    ```

    C1: the last extent q of `indices` is static and at most rank(data); rank(updates) is rank(indices) - 1 +
    rank(data) - q; updates have the data's element type.
  }];
}

def NN_NonZeroOp : NN_Op<"nonzero", [NN_Reify]> {
  let summary = "positions of the elements that are not zero";
  let description = [{
    Column k holds the index tuple of the k-th element that is not zero, in row-major order. `count` is the number of such
    elements (a sum over a comparison computes it).

    ```mlir
    func.func @f(%x: tensor<3x4xf32>, %n: index) -> tensor<2x?xi64> {
      %0 = nn.nonzero %x count %n : tensor<3x4xf32> -> tensor<2x?xi64>
      return %0 : tensor<2x?xi64>
    }
    ```

    C1: the result is `rank(operand)` x dynamic, of i64.
  }];
  let arguments = (ins NN_NumberTensor:$operand, Index:$count);
  let results = (outs RankedTensorOf<[I64]>:$result);
  let assemblyFormat = "$operand `count` $count attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Reductions, scans, order
//===----------------------------------------------------------------------===//

def NN_ReduceOp : NN_Op<"reduce", [NN_InferType, NN_Reify, NN_RowReduction, NN_Differentiable]> {
  let summary = "combine all elements along dimensions";
  let description = [{
    The reduced dimensions are dropped from the result. Floats narrower than f32 accumulate in f32; integers wrap. An
    empty reduction yields the neutral element (the lowest or -inf for max, the highest or +inf for min). NaN propagates
    through max and min. `all` and `any` take booleans.

    ```mlir
    func.func @f(%x: tensor<2x3x4xf32>) -> tensor<2xf32> {
      %0 = nn.reduce sum %x {dims = array<i64: 1, 2>} : tensor<2x3x4xf32> -> tensor<2xf32>
      return %0 : tensor<2xf32>
    }
    ```

    C1: `dims` are dimensions of the operand, strictly increasing.
    C2: `all` and `any` take and yield i1.
  }];
  let arguments = (ins NN_ReduceKindAttr:$kind, NN_NumberTensor:$operand, DenseI64ArrayAttr:$dims);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = "custom<BareEnum>($kind) $operand attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def NN_ArgReduceOp : NN_Op<"arg_reduce", [NN_InferType, NN_Reify, NN_RowReduction]> {
  let summary = "position of the largest or smallest element along one axis";
  let description = [{
    The axis is dropped from the result. Of equal elements the first is taken, or with `last` the last. A NaN counts as
    the extreme element.

    ```mlir
    func.func @f(%x: tensor<2x3xf32>) -> tensor<2xi64> {
      %0 = nn.arg_reduce max %x {axis = 1 : i64} : tensor<2x3xf32> -> tensor<2xi64>
      return %0 : tensor<2xi64>
    }
    ```

    C1: `kind` is max or min, and `axis` a dimension of the operand.
  }];
  let arguments = (ins NN_ReduceKindAttr:$kind, NN_NumberTensor:$operand, NN_I64Attr:$axis, UnitAttr:$last);
  let results = (outs RankedTensorOf<[I64]>:$result);
  let assemblyFormat = "custom<BareEnum>($kind) $operand attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
}

def NN_ScanOp : NN_Op<"scan", [SameOperandsAndResultType, NN_OneShape, NN_Reify, NN_Differentiable]> {
  let summary = "running combination along one axis";
  let description = [{
    result[i] combines operand[0..i] along `axis` (operand[0..i-1] with `exclusive`, starting from the neutral element); from
    the end with `reverse`.

    ```mlir
    func.func @f(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
      %0 = nn.scan sum %x {axis = 1 : i64} : tensor<2x3xf32>
      return %0 : tensor<2x3xf32>
    }
    ```

    C1: `kind` is sum, product, max or min, and `axis` a dimension of the operand.
  }];
  let arguments = (ins NN_ReduceKindAttr:$kind, NN_NumberTensor:$operand, NN_I64Attr:$axis, UnitAttr:$exclusive,
                   UnitAttr:$reverse);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = "custom<BareEnum>($kind) $operand attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def NN_SortOp : NN_Op<"sort", [NN_InferType, NN_Reify, NN_Differentiable]> {
  let summary = "order elements along one axis, with their positions";
  let description = [{
    Stable: equal elements keep their order. NaN counts as larger than everything.

    ```mlir
    func.func @f(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xi64>) {
      %v, %i = nn.sort %x {axis = 1 : i64, descending} : tensor<2x3xf32> -> tensor<2x3xf32>, tensor<2x3xi64>
      return %v, %i : tensor<2x3xf32>, tensor<2x3xi64>
    }
    ```

    C1: `axis` is a dimension of the operand.
  }];
  let arguments = (ins NN_NumberTensor:$operand, NN_I64Attr:$axis, UnitAttr:$descending);
  let results = (outs NN_NumberTensor:$values, RankedTensorOf<[I64]>:$indices);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($values) `,` type($indices)";
  let hasVerifier = 1;
}

def NN_SoftmaxOp : NN_Op<"softmax", [SameOperandsAndResultType, NN_OneShape, NN_Reify, NN_RowReduction, NN_Differentiable]> {
  let summary = "normalised exponentials along one axis";
  let description = [{
    exp(x - max) / sum(exp(x - max)) along `axis`, or with `log` its logarithm, (x - max) - log(sum(exp(x - max))). Narrow floats
    are computed in f32.

    ```mlir
    func.func @f(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
      %0 = nn.softmax %x {axis = 1 : i64} : tensor<2x3xf32>
      return %0 : tensor<2x3xf32>
    }
    ```

    C1: `axis` is a dimension of the operand.
  }];
  let arguments = (ins NN_FloatTensor:$operand, NN_I64Attr:$axis, UnitAttr:$log);
  let results = (outs NN_FloatTensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def NN_NormalizeOp : NN_Op<"normalize", [SameOperandsAndResultType, NN_OneShape, NN_Reify, NN_RowReduction, NN_Differentiable]> {
  let summary = "centre and scale to unit variance along dimensions";
  let description = [{
    (x - mean) / sqrt(variance + epsilon) over `dims`, with the variance as the mean of (x - mean)^2; with `rms` x /
    sqrt(mean(x^2) + epsilon). Scale and bias are separate ops that fuse. Narrow floats are computed in f32.

    ```mlir
    func.func @f(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
      %0 = nn.normalize %x {dims = array<i64: 1>, epsilon = 1.0e-5 : f64} : tensor<2x8xf32>
      return %0 : tensor<2x8xf32>
    }
    ```

    C1: `dims` are dimensions of the operand, strictly increasing, at least one.
  }];
  let arguments = (ins NN_FloatTensor:$operand, DenseI64ArrayAttr:$dims, F64Attr:$epsilon, UnitAttr:$rms);
  let results = (outs NN_FloatTensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($result)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Contractions and windows
//===----------------------------------------------------------------------===//

def NN_DotOp : NN_Op<"dot", [NN_Reify, NN_Contraction, NN_Differentiable]> {
  let summary = "general matrix product";
  let description = [{
    Sums products over the contracting dimensions, for each index of the batch dimensions. The result's dimensions are the batch
    dimensions, then the free ones of the left side, then the free ones of the right. Floats narrower than f32 accumulate in f32;
    integers are converted to the result's type first and wrap.

    ```mlir
    func.func @f(%x: tensor<8x2x3xf32>, %y: tensor<8x3x4xf32>) -> tensor<8x2x4xf32> {
      %0 = nn.dot %x, %y {lhs_batch = array<i64: 0>, rhs_batch = array<i64: 0>, lhs_contracting = array<i64: 2>,
        rhs_contracting = array<i64: 1>} : tensor<8x2x3xf32>, tensor<8x3x4xf32> -> tensor<8x2x4xf32>
      return %0 : tensor<8x2x4xf32>
    }
    ```

    C1: batch and contracting dimensions are distinct dimensions of their side, as many on the left as on the right.
    C2: static extents of paired dimensions agree.
    C3: the result's shape is as above.
    C4: floats: one element type throughout; integers: the result's type is at least as wide as either side's.
  }];
  let arguments = (ins NN_NumberTensor:$lhs, NN_NumberTensor:$rhs, DenseI64ArrayAttr:$lhs_batch,
                   DenseI64ArrayAttr:$rhs_batch, DenseI64ArrayAttr:$lhs_contracting, DenseI64ArrayAttr:$rhs_contracting);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Dimensions of a side that are neither batch nor contracting, in order.
    ::llvm::SmallVector<int64_t> getLhsFree();
    ::llvm::SmallVector<int64_t> getRhsFree();
    /// The result type for these sides and dimension lists.
    static ::mlir::RankedTensorType inferType(::mlir::Value lhs, ::mlir::Value rhs, ::llvm::ArrayRef<int64_t> lhsBatch,
        ::llvm::ArrayRef<int64_t> rhsBatch, ::llvm::ArrayRef<int64_t> lhsContracting,
        ::llvm::ArrayRef<int64_t> rhsContracting, ::mlir::Type elementType);
  }];
  let builders = [OpBuilder<(ins "::mlir::Value":$lhs, "::mlir::Value":$rhs, "::llvm::ArrayRef<int64_t>":$lhsBatch,
    "::llvm::ArrayRef<int64_t>":$rhsBatch, "::llvm::ArrayRef<int64_t>":$lhsContracting,
    "::llvm::ArrayRef<int64_t>":$rhsContracting, "::mlir::Type":$elementType)>];
}

def NN_ConvOp : NN_Op<"conv", [NN_Reify, NN_Contraction, NN_Differentiable]> {
  let summary = "convolution of any rank";
  let description = [{
    The layouts list, for each tensor, which of its dimensions are [batch, feature, spatial...] (input and output) or
    [output feature, input feature, spatial...] (filter). The input is dilated by `input_dilation` (zeros between elements),
    padded by `pad_low` and `pad_high` (negative cuts off), and the window of the filter dilated by `window_dilation` moves over it
    in steps of `strides`; the window is not flipped. With `feature_groups` g, output feature block k of g reads input
    feature block k; with `batch_groups` g, the batch is split into g blocks that yield the output feature blocks. Floats
    narrower than f32 accumulate in f32; integers are converted to the result's type first.

    ```mlir
    func.func @f(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<1x4x8x8xf32> {
      %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>,
        output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: 1, 1>,
        pad_high = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
        feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32> -> tensor<1x4x8x8xf32>
      return %0 : tensor<1x4x8x8xf32>
    }
    ```

    C1: each layout is a permutation of its tensor's dimensions, and all three tensors have one rank of at least 3.
    C2: the other arrays have one entry per spatial dimension; strides and dilations are positive.
    C3: group counts are positive, at most one is not 1, and divide the features (and the batch) they split.
    C4: input features = filter input features x feature groups.
    C5: a static result extent is what the window arithmetic gives.
    C6: floats: one element type throughout; integers: the result's type is at least as wide as either side's.
  }];
  let arguments = (ins NN_NumberTensor:$input, NN_NumberTensor:$filter, DenseI64ArrayAttr:$input_layout,
                   DenseI64ArrayAttr:$filter_layout, DenseI64ArrayAttr:$output_layout, DenseI64ArrayAttr:$strides,
                   DenseI64ArrayAttr:$pad_low, DenseI64ArrayAttr:$pad_high, DenseI64ArrayAttr:$input_dilation,
                   DenseI64ArrayAttr:$window_dilation, NN_I64Attr:$feature_groups, NN_I64Attr:$batch_groups);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = "$input `,` $filter attr-dict `:` type($input) `,` type($filter) `->` type($result)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The result type for this input and filter under these attributes (the same order as the op's own).
    static ::mlir::RankedTensorType inferType(::mlir::RankedTensorType input, ::mlir::RankedTensorType filter,
        ::llvm::ArrayRef<int64_t> inputLayout, ::llvm::ArrayRef<int64_t> filterLayout,
        ::llvm::ArrayRef<int64_t> outputLayout, ::llvm::ArrayRef<int64_t> strides, ::llvm::ArrayRef<int64_t> padLow,
        ::llvm::ArrayRef<int64_t> padHigh, ::llvm::ArrayRef<int64_t> inputDilation,
        ::llvm::ArrayRef<int64_t> windowDilation, int64_t batchGroups, ::mlir::Type elementType);
  }];
}

def NN_PoolOp : NN_Op<"pool", [NN_Reify, NN_Reduction, NN_Differentiable]> {
  let summary = "combine the elements under a moving window";
  let description = [{
    The arrays have one entry per dimension of the operand (window 1, stride 1, pad 0 on dimensions without a window). Output
    position o covers input positions o * stride - low + k * dilation, k < window. Positions outside the operand do not
    take part; `average` divides by the number of those that do, or with `count_include_pad` by the number of those that lie in
    [-low, extent + high). The extents of the result are given by its type and `sizes` (the rounding up that some formats
    ask for is in them). A window without any position yields the neutral element.

    ```mlir
    func.func @f(%x: tensor<1x3x8x8xf32>) -> tensor<1x3x4x4xf32> {
      %0 = nn.pool max %x [] {window = array<i64: 1, 1, 2, 2>, strides = array<i64: 1, 1, 2, 2>, low = array<i64: 0, 0, 0, 0>,
        high = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1, 1, 1>} : tensor<1x3x8x8xf32> -> tensor<1x3x4x4xf32>
      return %0 : tensor<1x3x4x4xf32>
    }
    ```

    C1: all arrays have one entry per dimension; windows, strides and dilations are positive, pads not negative.
    C2: one size per dynamic extent of the result; result and operand have one rank and one element type.
  }];
  let arguments = (ins NN_PoolKindAttr:$kind, NN_NumberTensor:$operand, Variadic<Index>:$sizes, DenseI64ArrayAttr:$window,
                   DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high,
                   DenseI64ArrayAttr:$dilations, UnitAttr:$count_include_pad);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = "custom<BareEnum>($kind) $operand `[` $sizes `]` attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
}

def NN_PoolIndexOp : NN_Op<"pool_index", [NN_Reify]> {
  let summary = "position of the largest element under a moving window";
  let description = [{
    As `nn.pool max`, but yields the row-major position in the operand of the first largest element.

    ```mlir
    func.func @f(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x2x2xi64> {
      %0 = nn.pool_index %x [] {window = array<i64: 1, 1, 2, 2>, strides = array<i64: 1, 1, 2, 2>,
        low = array<i64: 0, 0, 0, 0>, high = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1, 1, 1>}
        : tensor<1x1x4x4xf32> -> tensor<1x1x2x2xi64>
      return %0 : tensor<1x1x2x2xi64>
    }
    ```

    C1: all arrays have one entry per dimension; windows, strides and dilations are positive, pads not negative.
    C2: one size per dynamic extent of the result; result and operand have one rank.
  }];
  let arguments = (ins NN_NumberTensor:$operand, Variadic<Index>:$sizes, DenseI64ArrayAttr:$window,
                   DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high,
                   DenseI64ArrayAttr:$dilations);
  let results = (outs RankedTensorOf<[I64]>:$result);
  let assemblyFormat = "$operand `[` $sizes `]` attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
}

#endif // DS_DIALECTS_NN_NNOPS_TD
