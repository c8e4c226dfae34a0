// RUN: ds-opt %s --resolve-ranked-shaped-type-result-dims --canonicalize --cse --split-input-file | FileCheck %s

// Sizes of results come from the operands that decide them, through any chain of ops.

// An elementwise op has its operands' sizes, and passes on what was given as a size further up.
// CHECK-LABEL: func.func @elementwise
// CHECK-SAME: %[[N:[a-z0-9]+]]: index
// CHECK: return %[[N]]
func.func @elementwise(%x: tensor<1xf32>, %n: index) -> index {
  %c0 = arith.constant 0 : index
  %0 = nn.broadcast %x [%n] {dims = array<i64: 0>} : tensor<1xf32> -> tensor<?xf32>
  %1 = nn.exp %0 : tensor<?xf32>
  %2 = nn.compare lt %1, %0 : tensor<?xf32> -> tensor<?xi1>
  %size = tensor.dim %2, %c0 : tensor<?xi1>
  return %size : index
}

// -----

// CHECK-LABEL: func.func @generators
// CHECK-SAME: %[[N:[a-z0-9]+]]: index, %[[M:[a-z0-9]+]]: index
// CHECK: return %[[N]], %[[M]]
func.func @generators(%n: index, %m: index, %key: tensor<ui64>) -> (index, index) {
  %c1 = arith.constant 1 : index
  %0 = nn.iota [%m, %n] {axis = 0 : i64} : tensor<?x?xi64>
  %1 = nn.random_bits %key [%m] : tensor<4x?xui64>
  %size0 = tensor.dim %0, %c1 : tensor<?x?xi64>
  %size1 = tensor.dim %1, %c1 : tensor<4x?xui64>
  return %size0, %size1 : index, index
}

// -----

// Sizes that are operands: the one that belongs to the dimension.
// CHECK-LABEL: func.func @given
// CHECK-SAME: %[[A:[a-z0-9]+]]: index, %[[B:[a-z0-9]+]]: index
// CHECK: return %[[B]], %[[B]], %[[B]]
func.func @given(%x: tensor<?x8xf32>, %a: index, %b: index) -> (index, index, index) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %0 = nn.reshape %x [%a, %b] : tensor<?x8xf32> -> tensor<?x2x?xf32>
  %1 = nn.slice %x offsets[] sizes[%a, %b] {static_offsets = array<i64: 0, 0>, strides = array<i64: 1, 1>}
    : tensor<?x8xf32> -> tensor<?x?xf32>
  %2 = nn.pool max %x [%a, %b] {window = array<i64: 1, 1>, strides = array<i64: 1, 1>, low = array<i64: 0, 0>,
    high = array<i64: 0, 0>, dilations = array<i64: 1, 1>} : tensor<?x8xf32> -> tensor<?x?xf32>
  %size0 = tensor.dim %0, %c2 : tensor<?x2x?xf32>
  %size1 = tensor.dim %1, %c1 : tensor<?x?xf32>
  %size2 = tensor.dim %2, %c1 : tensor<?x?xf32>
  return %size0, %size1, %size2 : index, index, index
}

// -----

// CHECK-LABEL: func.func @transpose
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor
// CHECK: %[[C2:.*]] = arith.constant 2
// CHECK: %[[SIZE:.*]] = tensor.dim %[[X]], %[[C2]]
// CHECK: return %[[SIZE]]
func.func @transpose(%x: tensor<?x?x?xf32>) -> index {
  %c0 = arith.constant 0 : index
  %0 = nn.transpose %x {permutation = array<i64: 2, 0, 1>} : tensor<?x?x?xf32> -> tensor<?x?x?xf32>
  %size = tensor.dim %0, %c0 : tensor<?x?x?xf32>
  return %size : index
}

// -----

// Along the axis the sum; elsewhere the extent that some operand knows.
// CHECK-LABEL: func.func @concat
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x?xf32>, %[[Y:[a-z0-9]+]]: tensor
// CHECK: %[[A:.*]] = tensor.dim %[[X]]
// CHECK: %[[B:.*]] = tensor.dim %[[Y]]
// CHECK: %[[SUM:.*]] = arith.addi %[[A]], %[[B]]
// CHECK: return %[[SUM]]
func.func @concat(%x: tensor<?x?xf32>, %y: tensor<?x4xf32>) -> index {
  %c0 = arith.constant 0 : index
  %0 = nn.concat %x, %y {axis = 0 : i64} : (tensor<?x?xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %size = tensor.dim %0, %c0 : tensor<?x4xf32>
  return %size : index
}

// -----

// CHECK-LABEL: func.func @pad
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?xf32>, %[[N:[a-z0-9]+]]: index
// CHECK: %[[C3:.*]] = arith.constant 3
// CHECK: %[[SIZE:.*]] = tensor.dim %[[X]]
// CHECK: %[[FRONT:.*]] = arith.addi %[[N]], %[[SIZE]]
// CHECK: %[[ALL:.*]] = arith.addi %[[FRONT]], %[[C3]]
// CHECK: return %[[ALL]]
func.func @pad(%x: tensor<?xf32>, %n: index) -> index {
  %c0 = arith.constant 0 : index
  %0 = nn.pad %x low[%n] high[] {mode = #nn.pad_mode<edge>, static_low = array<i64: -9223372036854775808>,
    static_high = array<i64: 3>} : tensor<?xf32> -> tensor<?xf32>
  %size = tensor.dim %0, %c0 : tensor<?xf32>
  return %size : index
}

// -----

// Dimensions in front of the axis, of the indices, and behind the axis.
// CHECK-LABEL: func.func @gather
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x5x?xf32>, %[[I:[a-z0-9]+]]: tensor
// CHECK-DAG: %[[C0:.*]] = arith.constant 0
// CHECK-DAG: %[[C1:.*]] = arith.constant 1
// CHECK-DAG: %[[C2:.*]] = arith.constant 2
// CHECK-DAG: %[[A:.*]] = tensor.dim %[[X]], %[[C0]]
// CHECK-DAG: %[[B:.*]] = tensor.dim %[[I]], %[[C1]]
// CHECK-DAG: %[[C:.*]] = tensor.dim %[[X]], %[[C2]]
// CHECK: return %[[A]], %[[B]], %[[C]]
func.func @gather(%x: tensor<?x5x?xf32>, %i: tensor<3x?xi64>) -> (index, index, index) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %0 = nn.gather %x, %i {axis = 1 : i64} : tensor<?x5x?xf32>, tensor<3x?xi64> -> tensor<?x3x?x?xf32>
  %a = tensor.dim %0, %c0 : tensor<?x3x?x?xf32>
  %b = tensor.dim %0, %c2 : tensor<?x3x?x?xf32>
  %c = tensor.dim %0, %c3 : tensor<?x3x?x?xf32>
  return %a, %b, %c : index, index, index
}

// -----

// Tuples leave the data's dimensions behind them; single elements take the indices' shape.
// CHECK-LABEL: func.func @gather_others
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x?x?xf32>, %[[I:[a-z0-9]+]]: tensor<2x?x1xi64>
// CHECK-DAG: %[[C1:.*]] = arith.constant 1
// CHECK-DAG: %[[C2:.*]] = arith.constant 2
// CHECK-DAG: %[[A:.*]] = tensor.dim %[[I]], %[[C1]]
// CHECK-DAG: %[[B:.*]] = tensor.dim %[[X]], %[[C2]]
// CHECK: return %[[A]], %[[B]], %[[A]]
func.func @gather_others(%x: tensor<2x?x?xf32>, %i: tensor<2x?x1xi64>) -> (index, index, index) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %0 = nn.gather_nd %x, %i {batch_dims = 1 : i64} : tensor<2x?x?xf32>, tensor<2x?x1xi64> -> tensor<2x?x?xf32>
  %1 = nn.gather_elements %x, %i {axis = 0 : i64} : tensor<2x?x?xf32>, tensor<2x?x1xi64> -> tensor<2x?x1xf32>
  %a = tensor.dim %0, %c1 : tensor<2x?x?xf32>
  %b = tensor.dim %0, %c2 : tensor<2x?x?xf32>
  %c = tensor.dim %1, %c1 : tensor<2x?x1xf32>
  return %a, %b, %c : index, index, index
}

// -----

// Scatters keep the data's shape; the number of non-zero elements is an operand.
// CHECK-LABEL: func.func @scatter_nonzero
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x4xf32>, {{.*}}, %[[N:[a-z0-9]+]]: index
// CHECK: %[[SIZE:.*]] = tensor.dim %[[X]]
// CHECK: return %[[SIZE]], %[[SIZE]], %[[N]]
func.func @scatter_nonzero(%x: tensor<?x4xf32>, %i: tensor<2x4xi64>, %u: tensor<2x4xf32>, %p: tensor<3x1xi64>,
    %w: tensor<3x4xf32>, %n: index) -> (index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = nn.scatter_elements %x, %i, %u {axis = 0 : i64, kind = #nn.scatter_kind<add>}
    : tensor<?x4xf32>, tensor<2x4xi64>, tensor<2x4xf32>
  %1 = nn.scatter_nd %0, %p, %w {kind = #nn.scatter_kind<set>} : tensor<?x4xf32>, tensor<3x1xi64>, tensor<3x4xf32>
  %2 = nn.nonzero %1 count %n : tensor<?x4xf32> -> tensor<2x?xi64>
  %a = tensor.dim %0, %c0 : tensor<?x4xf32>
  %b = tensor.dim %1, %c0 : tensor<?x4xf32>
  %c = tensor.dim %2, %c1 : tensor<2x?xi64>
  return %a, %b, %c : index, index, index
}

// -----

// Dropped dimensions are skipped over.
// CHECK-LABEL: func.func @reductions
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor
// CHECK-DAG: %[[C1:.*]] = arith.constant 1
// CHECK-DAG: %[[C3:.*]] = arith.constant 3
// CHECK-DAG: %[[A:.*]] = tensor.dim %[[X]], %[[C3]]
// CHECK-DAG: %[[B:.*]] = tensor.dim %[[X]], %[[C1]]
// CHECK: return %[[A]], %[[B]], %[[B]], %[[B]]
func.func @reductions(%x: tensor<2x?x2x?xf32>) -> (index, index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = nn.reduce sum %x {dims = array<i64: 0, 1, 2>} : tensor<2x?x2x?xf32> -> tensor<?xf32>
  %1 = nn.arg_reduce max %x {axis = 0 : i64} : tensor<2x?x2x?xf32> -> tensor<?x2x?xi64>
  %2 = nn.scan sum %x {axis = 0 : i64} : tensor<2x?x2x?xf32>
  %3, %4 = nn.sort %2 {axis = 0 : i64} : tensor<2x?x2x?xf32> -> tensor<2x?x2x?xf32>, tensor<2x?x2x?xi64>
  %5 = nn.softmax %3 {axis = 0 : i64} : tensor<2x?x2x?xf32>
  %6 = nn.normalize %5 {dims = array<i64: 0>, epsilon = 0.0 : f64} : tensor<2x?x2x?xf32>
  %a = tensor.dim %0, %c0 : tensor<?xf32>
  %b = tensor.dim %1, %c0 : tensor<?x2x?xi64>
  %c = tensor.dim %6, %c1 : tensor<2x?x2x?xf32>
  %d = tensor.dim %4, %c1 : tensor<2x?x2x?xi64>
  return %a, %b, %c, %d : index, index, index, index
}

// -----

// Batch, free dimensions of the left side, free ones of the right.
// CHECK-LABEL: func.func @dot
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x?x3xf32>, %[[Y:[a-z0-9]+]]: tensor
// CHECK-DAG: %[[C0:.*]] = arith.constant 0
// CHECK-DAG: %[[C1:.*]] = arith.constant 1
// CHECK-DAG: %[[C2:.*]] = arith.constant 2
// CHECK-DAG: %[[A:.*]] = tensor.dim %[[Y]], %[[C0]]
// CHECK-DAG: %[[B:.*]] = tensor.dim %[[X]], %[[C1]]
// CHECK-DAG: %[[C:.*]] = tensor.dim %[[Y]], %[[C2]]
// CHECK: return %[[A]], %[[B]], %[[C]]
func.func @dot(%x: tensor<?x?x3xf32>, %y: tensor<?x3x?xf32>) -> (index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %0 = nn.dot %x, %y {lhs_batch = array<i64: 0>, rhs_batch = array<i64: 0>, lhs_contracting = array<i64: 2>,
    rhs_contracting = array<i64: 1>} : tensor<?x?x3xf32>, tensor<?x3x?xf32> -> tensor<?x?x?xf32>
  %a = tensor.dim %0, %c0 : tensor<?x?x?xf32>
  %b = tensor.dim %0, %c1 : tensor<?x?x?xf32>
  %c = tensor.dim %0, %c2 : tensor<?x?x?xf32>
  return %a, %b, %c : index, index, index
}

// -----

// (x - 1) * 2 + 1 dilated positions, pads 1 and -1, a window of 3 with holes of 3 (extent 7), stride 2: at least 0, by 2.
// CHECK-LABEL: func.func @conv
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor
// CHECK-DAG: %[[C0:.*]] = arith.constant 0
// CHECK-DAG: %[[C1:.*]] = arith.constant 1
// CHECK-DAG: %[[BATCH:.*]] = tensor.dim %[[X]], %[[C0]]
// CHECK: %[[WIDTH:.*]] = tensor.dim %[[X]], %[[C1]]
// CHECK: %[[DOUBLED:.*]] = arith.muli %[[WIDTH]], %{{.*}}
// CHECK: %[[DILATED:.*]] = arith.addi %[[DOUBLED]], %{{.*}}
// CHECK: %[[INPUT:.*]] = arith.maxsi %[[DILATED]], %[[C0]]
// CHECK: %[[ROOM:.*]] = arith.addi %[[INPUT]], %{{.*}}
// CHECK: %[[CLAMPED:.*]] = arith.maxsi %[[ROOM]], %[[C0]]
// CHECK: %[[COUNT:.*]] = arith.divui %[[CLAMPED]], %{{.*}}
// CHECK: return %[[BATCH]], %[[COUNT]]
func.func @conv(%x: tensor<?x?x4xf32>, %w: tensor<6x3x4xf32>) -> (index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 2, 1>, filter_layout = array<i64: 0, 2, 1>,
    output_layout = array<i64: 0, 2, 1>, strides = array<i64: 2>, pad_low = array<i64: 1>, pad_high = array<i64: -1>,
    input_dilation = array<i64: 2>, window_dilation = array<i64: 3>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<?x?x4xf32>, tensor<6x3x4xf32> -> tensor<?x?x6xf32>
  %a = tensor.dim %0, %c0 : tensor<?x?x6xf32>
  %b = tensor.dim %0, %c1 : tensor<?x?x6xf32>
  return %a, %b : index, index
}
