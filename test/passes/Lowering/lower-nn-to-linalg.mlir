// RUN: ds-opt --ds-lower-nn-to-linalg --split-input-file %s | FileCheck %s
// RUN: ds-opt --pass-pipeline='builtin.module(func.func(ds-lower-nn-to-linalg))' --split-input-file %s | FileCheck %s

// Signedness and narrow types leave the signature, the body, and the ops that carry values along.
// CHECK-LABEL: func.func @types(
// CHECK-SAME: %[[X:.+]]: tensor<?xi8>, %{{.+}}: tensor<4xi8>, %{{.+}}: tensor<2xi8>, %{{.+}}: tensor<2xbf16>) -> (tensor<?xi8>, index
// CHECK: tensor.dim %[[X]], %{{.+}} : tensor<?xi8>
// CHECK: arith.maxui %{{.+}}, %{{.+}} : i8
// CHECK-NOT: unrealized_conversion_cast
// CHECK: return %{{.+}} : tensor<?xi8>, index, tensor<4xi8>, tensor<2xi8>, tensor<2xbf16>
func.func @types(%x: tensor<?xui8>, %y: tensor<4xi4>, %z: tensor<2xf8E5M2>, %w: tensor<2xbf16>)
    -> (tensor<?xui8>, index, tensor<4xi4>, tensor<2xf8E5M2>, tensor<2xbf16>) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xui8>
  %0 = nn.max %x, %x : tensor<?xui8>
  return %0, %n, %y, %z, %w : tensor<?xui8>, index, tensor<4xi4>, tensor<2xf8E5M2>, tensor<2xbf16>
}

// -----

// Signed comparison for signless integers.
// CHECK-LABEL: @signed
// CHECK: arith.maxsi %{{.+}}, %{{.+}} : i8
func.func @signed(%x: tensor<4xi8>) -> tensor<4xi8> {
  %0 = nn.max %x, %x : tensor<4xi8>
  return %0 : tensor<4xi8>
}

// -----

// A narrow float is widened, computed on and rounded; a select moves it as it is.
// CHECK-LABEL: @narrow
// CHECK: %[[WIDE:.+]] = arith.extf %{{.+}} : f16 to f32
// CHECK: %[[EXP:.+]] = math.exp %[[WIDE]] : f32
// CHECK: arith.truncf %[[EXP]] : f32 to f16
// CHECK: linalg.generic
// CHECK-NEXT: ^bb0
// CHECK-NEXT: arith.select %{{.+}}, %{{.+}}, %{{.+}} : f16
// CHECK-NEXT: linalg.yield
func.func @narrow(%c: tensor<4xi1>, %x: tensor<4xf16>) -> tensor<4xf16> {
  %0 = nn.exp %x : tensor<4xf16>
  %1 = nn.select %c, %0, %x : tensor<4xi1>, tensor<4xf16>
  return %1 : tensor<4xf16>
}

// -----

// A constant of one value is a scalar in the body, not an operand.
// CHECK-LABEL: @splat
// CHECK: linalg.generic {{.*}} ins(%arg0 : tensor<4xf32>)
// CHECK-NEXT: ^bb0(%[[X:.+]]: f32, %{{.+}}: f32):
// CHECK-NEXT: %[[TWO:.+]] = arith.constant 2.000000e+00 : f32
// CHECK-NEXT: arith.mulf %[[X]], %[[TWO]]
func.func @splat(%x: tensor<4xf32>) -> tensor<4xf32> {
  %two = nn.constant dense<2.0> : tensor<f32>
  %all = nn.broadcast %two [] {dims = array<i64>} : tensor<f32> -> tensor<4xf32>
  %0 = nn.mul %x, %all : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Static extents of 1 and new dimensions are in the access map.
// CHECK-DAG: #[[ONE:.+]] = affine_map<(d0, d1) -> (d0, 0)>
// CHECK-LABEL: @broadcast_static
// CHECK: linalg.generic {indexing_maps = [#[[ONE]],
func.func @broadcast_static(%x: tensor<3x1xf32>) -> tensor<3x4xf32> {
  %0 = nn.broadcast %x [] {dims = array<i64: 0, 1>} : tensor<3x1xf32> -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// -----

// An extent that may be 1 is decided by a select on the position ...
// CHECK-LABEL: @broadcast_dynamic
// CHECK: %[[IS_ONE:.+]] = arith.cmpi eq
// CHECK: %[[POSITION:.+]] = linalg.index 0
// CHECK: %[[PLACE:.+]] = arith.select %[[IS_ONE]], %{{.+}}, %[[POSITION]] : index
// CHECK: tensor.extract %arg0[%[[PLACE]]
func.func @broadcast_dynamic(%x: tensor<?xf32>, %n: index) -> tensor<?xf32> {
  %0 = nn.broadcast %x [%n] {dims = array<i64: 0>} : tensor<?xf32> -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// ... unless the size is the operand's own, also through elementwise ops.
// CHECK-LABEL: @broadcast_same
// CHECK-NOT: tensor.extract
// CHECK: return
func.func @broadcast_same(%x: tensor<?xf32>) -> tensor<2x?xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %0 = nn.exp %x : tensor<?xf32>
  %1 = nn.broadcast %0 [%n] {dims = array<i64: 1>} : tensor<?xf32> -> tensor<2x?xf32>
  return %1 : tensor<2x?xf32>
}

// -----

// Loops of a transpose run in the order of the result.
// CHECK-DAG: #[[READ:.+]] = affine_map<(d0, d1, d2) -> (d1, d2, d0)>
// CHECK-DAG: #[[WRITE:.+]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-LABEL: @transpose
// CHECK: indexing_maps = [#[[READ]], #[[WRITE]]]
func.func @transpose(%x: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 2, 0, 1>} : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  return %0 : tensor<4x2x3xf32>
}

// -----

// A static window is an access map, so that it fuses on both sides.
// CHECK-DAG: #[[WINDOW:.+]] = affine_map<(d0, d1) -> (d0 * 2 + 1, -d1 + 3)>
// CHECK-LABEL: @slice
// CHECK: linalg.generic {indexing_maps = [#[[WINDOW]],
func.func @slice(%x: tensor<8x5xf32>) -> tensor<3x4xf32> {
  %0 = nn.slice %x offsets[] sizes[] {static_offsets = array<i64: 1, 3>, strides = array<i64: 2, -1>}
    : tensor<8x5xf32> -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// -----

// Extents that stay, as far as can be told, are not touched, so that no element moves.
// CHECK-LABEL: @reshape
// CHECK: tensor.expand_shape %arg0 {{\[\[}}0], [1], [2, 3]]
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @reshape(%x: tensor<?x?x8xf32>) -> tensor<?x?x2x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c0 : tensor<?x?x8xf32>
  %m = tensor.dim %x, %c1 : tensor<?x?x8xf32>
  %0 = nn.reshape %x [%n, %m] : tensor<?x?x8xf32> -> tensor<?x?x2x4xf32>
  return %0 : tensor<?x?x2x4xf32>
}

// -----

// Each operand is one insertion.
// CHECK-LABEL: @concat
// CHECK: %[[FIRST:.+]] = tensor.insert_slice %arg0 into %{{.+}}[0, 0] [2, 3] [1, 1]
// CHECK: tensor.insert_slice %arg1 into %[[FIRST]][0, 3] [2, 4] [1, 1]
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @concat(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) -> tensor<2x7xf32> {
  %0 = nn.concat %x, %y {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
  return %0 : tensor<2x7xf32>
}

// -----

// The accumulator of a narrow sum is f32, rounded once in the end.
// CHECK-LABEL: @reduce
// CHECK: linalg.fill {{.*}} outs(%{{.+}} : tensor<2xf32>)
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%arg0 : tensor<2x3xbf16>) outs(%{{.+}} : tensor<2xf32>)
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]} {{.*}} outs(%{{.+}} : tensor<2xbf16>)
// CHECK: arith.truncf
func.func @reduce(%x: tensor<2x3xbf16>) -> tensor<2xbf16> {
  %0 = nn.reduce sum %x {dims = array<i64: 1>} : tensor<2x3xbf16> -> tensor<2xbf16>
  return %0 : tensor<2xbf16>
}

// -----

// Loops: batch, left, right, contracting; products are combined by one add of the accumulator.
// CHECK-DAG: #[[LHS:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG: #[[RHS:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>
// CHECK-DAG: #[[OUT:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-LABEL: @dot
// CHECK: linalg.generic {indexing_maps = [#[[LHS]], #[[RHS]], #[[OUT]]], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
// CHECK-NEXT: ^bb0(%[[X:.+]]: f32, %[[Y:.+]]: f32, %[[SUM:.+]]: f32):
// CHECK-NEXT: %[[TERM:.+]] = arith.mulf %[[X]], %[[Y]]
// CHECK-NEXT: arith.addf %[[SUM]], %[[TERM]]
func.func @dot(%x: tensor<8x2x3xf32>, %y: tensor<8x3x4xf32>) -> tensor<8x2x4xf32> {
  %0 = nn.dot %x, %y {lhs_batch = array<i64: 0>, rhs_batch = array<i64: 0>, lhs_contracting = array<i64: 2>,
    rhs_contracting = array<i64: 1>} : tensor<8x2x3xf32>, tensor<8x3x4xf32> -> tensor<8x2x4xf32>
  return %0 : tensor<8x2x4xf32>
}

// -----

// Integers are extended to the result's type, each by its own sign.
// CHECK-LABEL: @dot_integers
// CHECK-DAG: arith.extui %{{.+}} : i8 to i32
// CHECK-DAG: arith.extsi %{{.+}} : i8 to i32
func.func @dot_integers(%x: tensor<2x3xui8>, %y: tensor<3x4xi8>) -> tensor<2x4xi32> {
  %0 = nn.dot %x, %y {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>,
    rhs_contracting = array<i64: 0>} : tensor<2x3xui8>, tensor<3x4xi8> -> tensor<2x4xi32>
  return %0 : tensor<2x4xi32>
}

// -----

// Loops: batch, positions, features, then window and input features in the order of the filter; the layouts are in the maps alone.
// CHECK-DAG: #[[IN:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1 * 2 + d3 * 3, d4)>
// CHECK-DAG: #[[FILTER:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d3, d4, d2)>
// CHECK-DAG: #[[OUT:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2)>
// CHECK-LABEL: @conv
// CHECK: linalg.generic {indexing_maps = [#[[IN]], #[[FILTER]], #[[OUT]]], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
func.func @conv(%x: tensor<1x9x4xf32>, %w: tensor<3x4x5xf32>) -> tensor<1x2x5xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 2, 1>, filter_layout = array<i64: 2, 1, 0>,
    output_layout = array<i64: 0, 2, 1>, strides = array<i64: 2>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 3>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<1x9x4xf32>, tensor<3x4x5xf32> -> tensor<1x2x5xf32>
  return %0 : tensor<1x2x5xf32>
}

// -----

// A group of the input is found by dividing the output feature. The filter has its input features outside of the window.
// CHECK-DAG: #[[IN:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, (d2 floordiv 3) * 2 + d3, d1 + d4)>
// CHECK-LABEL: @conv_groups
// CHECK: linalg.generic {indexing_maps = [#[[IN]],
func.func @conv_groups(%x: tensor<1x4x8xf32>, %w: tensor<6x2x3xf32>) -> tensor<1x6x6xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 2 : i64, batch_groups = 1 : i64}
    : tensor<1x4x8xf32>, tensor<6x2x3xf32> -> tensor<1x6x6xf32>
  return %0 : tensor<1x6x6xf32>
}

// -----

// Depthwise: no loop over input features.
// CHECK-DAG: #[[IN:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d2, d1 + d3)>
// CHECK-DAG: #[[FILTER:.+]] = affine_map<(d0, d1, d2, d3) -> (d2, 0, d3)>
// CHECK-LABEL: @conv_depthwise
// CHECK: linalg.generic {indexing_maps = [#[[IN]], #[[FILTER]],
func.func @conv_depthwise(%x: tensor<1x4x8xf32>, %w: tensor<4x1x3xf32>) -> tensor<1x4x6xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 4 : i64, batch_groups = 1 : i64}
    : tensor<1x4x8xf32>, tensor<4x1x3xf32> -> tensor<1x4x6xf32>
  return %0 : tensor<1x4x6xf32>
}

// -----

// Windows that stay inside: plain access; the extent of the window comes from an operand that is not read.
// CHECK-DAG: #[[IN:.+]] = affine_map<(d0, d1, d2) -> (d0 * 2 + d2, d1)>
// CHECK-LABEL: @pool_inside
// CHECK: %[[WINDOW:.+]] = tensor.empty() : tensor<2xi8>
// CHECK: linalg.generic {indexing_maps = [#[[IN]], {{.*}} ins(%arg0, %[[WINDOW]] :
// CHECK-NOT: arith.cmpi
// CHECK: return
func.func @pool_inside(%x: tensor<8x4xf32>) -> tensor<4x4xf32> {
  %0 = nn.pool max %x [] {window = array<i64: 2, 1>, strides = array<i64: 2, 1>, low = array<i64: 0, 0>,
    high = array<i64: 0, 0>, dilations = array<i64: 1, 1>} : tensor<8x4xf32> -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// -----

// Windows that leave: computed positions, moved inside, and what is not there does not count.
// CHECK-LABEL: @pool_outside
// CHECK: %[[INSIDE:.+]] = arith.cmpi eq
// CHECK: %[[X:.+]] = tensor.extract %arg0
// CHECK: arith.select %[[INSIDE]], %[[X]], %{{.+}} : f32
func.func @pool_outside(%x: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %0 = nn.pool max %x [] {window = array<i64: 3, 1>, strides = array<i64: 1, 1>, low = array<i64: 1, 0>,
    high = array<i64: 1, 0>, dilations = array<i64: 1, 1>} : tensor<8x4xf32> -> tensor<8x4xf32>
  return %0 : tensor<8x4xf32>
}

// -----

// Results without elements need no loops.
// CHECK-LABEL: @nothing
// CHECK-NEXT: %[[EMPTY:.+]] = tensor.empty() : tensor<2x0xf32>
// CHECK-NEXT: return %[[EMPTY]]
func.func @nothing(%x: tensor<2x3xf32>) -> tensor<2x0xf32> {
  %0 = nn.slice %x offsets[] sizes[] {static_offsets = array<i64: 0, 3>, strides = array<i64: 1, 1>}
    : tensor<2x3xf32> -> tensor<2x0xf32>
  return %0 : tensor<2x0xf32>
}

// -----

// Other IR is left as it is.
// CHECK-LABEL: @untouched
// CHECK-NEXT: linalg.fill
// CHECK-NEXT: return
func.func @untouched(%v: f32, %x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = linalg.fill ins(%v : f32) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
