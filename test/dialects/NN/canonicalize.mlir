// RUN: ds-opt %s --canonicalize --split-input-file | FileCheck %s
// RUN: ds-opt %s --canonicalize --canonicalize --split-input-file | FileCheck %s

// Two transposes are one.
// CHECK-LABEL: func.func @transpose_transpose
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor
// CHECK: %[[Y:.*]] = nn.transpose %[[X]] {permutation = array<i64: 1, 2, 0>} : tensor<2x3x4xf32> -> tensor<3x4x2xf32>
// CHECK: return %[[Y]]
func.func @transpose_transpose(%x: tensor<2x3x4xf32>) -> tensor<3x4x2xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 2, 0, 1>} : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 2, 0, 1>} : tensor<4x2x3xf32> -> tensor<3x4x2xf32>
  return %1 : tensor<3x4x2xf32>
}

// -----

// The free dimensions of the right side come first: the sides change places.
// CHECK-LABEL: func.func @transpose_of_dot
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x8x3xf32>, %[[Y:[a-z0-9]+]]: tensor<2x8x5xf32>
// CHECK-NEXT: %[[D:.*]] = nn.dot %[[Y]], %[[X]] {lhs_batch = array<i64: 0>, lhs_contracting = array<i64: 1>, rhs_batch = array<i64: 0>, rhs_contracting = array<i64: 1>}
// CHECK-NEXT: return %[[D]]
func.func @transpose_of_dot(%x: tensor<2x8x3xf32>, %y: tensor<2x8x5xf32>) -> tensor<2x5x3xf32> {
  %0 = nn.dot %x, %y {lhs_batch = array<i64: 0>, rhs_batch = array<i64: 0>, lhs_contracting = array<i64: 1>,
    rhs_contracting = array<i64: 1>} : tensor<2x8x3xf32>, tensor<2x8x5xf32> -> tensor<2x3x5xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 0, 2, 1>} : tensor<2x3x5xf32> -> tensor<2x5x3xf32>
  return %1 : tensor<2x5x3xf32>
}

// The batch does not stay in front.
// CHECK-LABEL: func.func @transpose_of_dot_batch
// CHECK: nn.transpose
func.func @transpose_of_dot_batch(%x: tensor<2x8x3xf32>, %y: tensor<2x8x5xf32>) -> tensor<5x3x2xf32> {
  %0 = nn.dot %x, %y {lhs_batch = array<i64: 0>, rhs_batch = array<i64: 0>, lhs_contracting = array<i64: 1>,
    rhs_contracting = array<i64: 1>} : tensor<2x8x3xf32>, tensor<2x8x5xf32> -> tensor<2x3x5xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 2, 1, 0>} : tensor<2x3x5xf32> -> tensor<5x3x2xf32>
  return %1 : tensor<5x3x2xf32>
}

// A side is read as it lies in memory.
// CHECK-LABEL: func.func @dot_of_transpose
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x4x7x8xf32>, %[[Y:[a-z0-9]+]]: tensor<2x9x7x8xf32>
// CHECK-NEXT: %[[D:.*]] = nn.dot %[[X]], %[[Y]] {lhs_batch = array<i64: 0, 2>, lhs_contracting = array<i64: 3>, rhs_batch = array<i64: 0, 2>, rhs_contracting = array<i64: 3>}
// CHECK-NEXT: return %[[D]]
func.func @dot_of_transpose(%x: tensor<2x4x7x8xf32>, %y: tensor<2x9x7x8xf32>) -> tensor<2x7x4x9xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 0, 2, 1, 3>} : tensor<2x4x7x8xf32> -> tensor<2x7x4x8xf32>
  %1 = nn.transpose %y {permutation = array<i64: 0, 2, 3, 1>} : tensor<2x9x7x8xf32> -> tensor<2x7x8x9xf32>
  %2 = nn.dot %0, %1 {lhs_batch = array<i64: 0, 1>, rhs_batch = array<i64: 0, 1>, lhs_contracting = array<i64: 3>,
    rhs_contracting = array<i64: 2>} : tensor<2x7x4x8xf32>, tensor<2x7x8x9xf32> -> tensor<2x7x4x9xf32>
  return %2 : tensor<2x7x4x9xf32>
}

// The free dimensions of the left side change places, which those of the result would, too.
// CHECK-LABEL: func.func @dot_of_transpose_free
// CHECK: nn.transpose
func.func @dot_of_transpose_free(%x: tensor<4x7x8xf32>, %y: tensor<8x9xf32>) -> tensor<7x4x9xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 1, 0, 2>} : tensor<4x7x8xf32> -> tensor<7x4x8xf32>
  %1 = nn.dot %0, %y {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 2>,
    rhs_contracting = array<i64: 0>} : tensor<7x4x8xf32>, tensor<8x9xf32> -> tensor<7x4x9xf32>
  return %1 : tensor<7x4x9xf32>
}

// One that undoes the other leaves nothing.
// CHECK-LABEL: func.func @transpose_back
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @transpose_back(%x: tensor<2x?xf32>) -> tensor<2x?xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 1, 0>} : tensor<2x?xf32> -> tensor<?x2xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 1, 0>} : tensor<?x2xf32> -> tensor<2x?xf32>
  return %1 : tensor<2x?xf32>
}

// -----

// Moving only dimensions of extent 1 moves no data.
// CHECK-LABEL: func.func @transpose_unit
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor
// CHECK: %[[N:.*]] = tensor.dim %[[X]]
// CHECK: nn.reshape %[[X]][%[[N]]] : tensor<1x?x1x4xf32> -> tensor<?x1x4x1xf32>
func.func @transpose_unit(%x: tensor<1x?x1x4xf32>) -> tensor<?x1x4x1xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 1, 0, 3, 2>} : tensor<1x?x1x4xf32> -> tensor<?x1x4x1xf32>
  return %0 : tensor<?x1x4x1xf32>
}

// -----

// A dynamic extent need not be 1.
// CHECK-LABEL: func.func @transpose_dynamic
// CHECK: nn.transpose
func.func @transpose_dynamic(%x: tensor<?x4xf32>) -> tensor<4x?xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 1, 0>} : tensor<?x4xf32> -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// -----

// Two reshapes are one.
// CHECK-LABEL: func.func @reshape_reshape
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x6xf32>, %[[N:[a-z0-9]+]]: index, %[[M:[a-z0-9]+]]: index
// CHECK-NEXT: nn.reshape %[[X]][%[[M]]] : tensor<2x6xf32> -> tensor<?x1xf32>
func.func @reshape_reshape(%x: tensor<2x6xf32>, %n: index, %m: index) -> tensor<?x1xf32> {
  %0 = nn.reshape %x [%n] : tensor<2x6xf32> -> tensor<?x4xf32>
  %1 = nn.reshape %0 [%m] : tensor<?x4xf32> -> tensor<?x1xf32>
  return %1 : tensor<?x1xf32>
}

// -----

// To its own shape: the one extent that is not known must stay, since the number of elements does.
// CHECK-LABEL: func.func @reshape_same
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @reshape_same(%x: tensor<?x4xf32>, %n: index) -> tensor<?x4xf32> {
  %0 = nn.reshape %x [%n] : tensor<?x4xf32> -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// Both extents are read off the operand.
// CHECK-LABEL: func.func @reshape_same_sizes
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @reshape_same_sizes(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c0 : tensor<?x?xf32>
  %m = tensor.dim %x, %c1 : tensor<?x?xf32>
  %0 = nn.reshape %x [%n, %m] : tensor<?x?xf32> -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

// Two unknown extents, or one beside an extent that is 0 or may be, can change.
// CHECK-LABEL: func.func @reshape_unknown
// CHECK-COUNT-3: nn.reshape
func.func @reshape_unknown(%x: tensor<?x?xf32>, %y: tensor<0x?xf32>, %n: index)
    -> (tensor<?x?xf32>, tensor<?x?xf32>, tensor<0x?xf32>) {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %0 = nn.reshape %x [%n, %n] : tensor<?x?xf32> -> tensor<?x?xf32>
  %1 = nn.reshape %x [%m, %n] : tensor<?x?xf32> -> tensor<?x?xf32>
  %2 = nn.reshape %y [%n] : tensor<0x?xf32> -> tensor<0x?xf32>
  return %0, %1, %2 : tensor<?x?xf32>, tensor<?x?xf32>, tensor<0x?xf32>
}

// -----

// Two broadcasts are one.
// CHECK-LABEL: func.func @broadcast_broadcast
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4xf32>, %[[N:[a-z0-9]+]]: index
// CHECK-NEXT: nn.broadcast %[[X]][%[[N]]] {dims = array<i64: 2>} : tensor<4xf32> -> tensor<?x3x4xf32>
func.func @broadcast_broadcast(%x: tensor<4xf32>, %n: index) -> tensor<?x3x4xf32> {
  %0 = nn.broadcast %x [] {dims = array<i64: 1>} : tensor<4xf32> -> tensor<3x4xf32>
  %1 = nn.broadcast %0 [%n] {dims = array<i64: 1, 2>} : tensor<3x4xf32> -> tensor<?x3x4xf32>
  return %1 : tensor<?x3x4xf32>
}

// -----

// What either broadcast checks at run time stays checked: that n is 1 or m, that n is 1.
// CHECK-LABEL: func.func @broadcast_checks
// CHECK-COUNT-4: nn.broadcast
func.func @broadcast_checks(%x: tensor<4xf32>, %y: tensor<?xf32>, %n: index, %m: index)
    -> (tensor<?x4xf32>, tensor<?xf32>) {
  %0 = nn.broadcast %x [%n] {dims = array<i64: 1>} : tensor<4xf32> -> tensor<?x4xf32>
  %1 = nn.broadcast %0 [%m] {dims = array<i64: 0, 1>} : tensor<?x4xf32> -> tensor<?x4xf32>
  %2 = nn.broadcast %y [] {dims = array<i64: 0>} : tensor<?xf32> -> tensor<1xf32>
  %3 = nn.broadcast %2 [%m] {dims = array<i64: 0>} : tensor<1xf32> -> tensor<?xf32>
  return %1, %3 : tensor<?x4xf32>, tensor<?xf32>
}

// -----

// To its own shape, where that is sure.
// CHECK-LABEL: func.func @broadcast_same
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2xf32>, %[[Y:[a-z0-9]+]]: tensor<?xf32>
// CHECK-NEXT: return %[[X]], %[[Y]]
func.func @broadcast_same(%x: tensor<2xf32>, %y: tensor<?xf32>) -> (tensor<2xf32>, tensor<?xf32>) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %y, %c0 : tensor<?xf32>
  %0 = nn.broadcast %x [] {dims = array<i64: 0>} : tensor<2xf32> -> tensor<2xf32>
  %1 = nn.broadcast %y [%n] {dims = array<i64: 0>} : tensor<?xf32> -> tensor<?xf32>
  return %0, %1 : tensor<2xf32>, tensor<?xf32>
}

// -----

// The operand may be one element that repeats.
// CHECK-LABEL: func.func @broadcast_maybe
// CHECK: nn.broadcast
func.func @broadcast_maybe(%y: tensor<?xf32>, %n: index) -> tensor<?xf32> {
  %0 = nn.broadcast %y [%n] {dims = array<i64: 0>} : tensor<?xf32> -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// A first cast that loses nothing is passed over; the attributes of the second stay.
// CHECK-LABEL: func.func @cast_cast
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4xf16>, %[[I:[a-z0-9]+]]: tensor<4xui8>, %[[B:[a-z0-9]+]]: tensor<4xi1>
// CHECK: %[[A:.*]] = nn.cast %[[X]] {saturate = false} : tensor<4xf16> -> tensor<4xf8E5M2>
// CHECK: %[[C:.*]] = nn.cast %[[I]] : tensor<4xui8> -> tensor<4xi64>
// CHECK: return %[[A]], %[[C]], %[[B]]
func.func @cast_cast(%x: tensor<4xf16>, %i: tensor<4xui8>, %b: tensor<4xi1>)
    -> (tensor<4xf8E5M2>, tensor<4xi64>, tensor<4xi1>) {
  %0 = nn.cast %x : tensor<4xf16> -> tensor<4xf32>
  %1 = nn.cast %0 {saturate = false} : tensor<4xf32> -> tensor<4xf8E5M2>
  %2 = nn.cast %i : tensor<4xui8> -> tensor<4xf16>
  %3 = nn.cast %2 : tensor<4xf16> -> tensor<4xi64>
  %4 = nn.cast %b : tensor<4xi1> -> tensor<4xf32>
  %5 = nn.cast %4 : tensor<4xf32> -> tensor<4xi1>
  return %1, %3, %5 : tensor<4xf8E5M2>, tensor<4xi64>, tensor<4xi1>
}

// -----

// Nine bits do not fit bf16's eight, signed and unsigned ranges differ, and rounding loses.
// CHECK-LABEL: func.func @cast_lossy
// CHECK-COUNT-8: nn.cast
func.func @cast_lossy(%i: tensor<4xi16>, %j: tensor<4xi8>, %x: tensor<4xf32>, %y: tensor<4xf16>)
    -> (tensor<4xf32>, tensor<4xi32>, tensor<4xf32>, tensor<4xf32>) {
  %0 = nn.cast %i : tensor<4xi16> -> tensor<4xbf16>
  %1 = nn.cast %0 : tensor<4xbf16> -> tensor<4xf32>
  %2 = nn.cast %j : tensor<4xi8> -> tensor<4xui16>
  %3 = nn.cast %2 : tensor<4xui16> -> tensor<4xi32>
  %4 = nn.cast %x : tensor<4xf32> -> tensor<4xf16>
  %5 = nn.cast %4 : tensor<4xf16> -> tensor<4xf32>
  %6 = nn.cast %y : tensor<4xf16> -> tensor<4xbf16>
  %7 = nn.cast %6 : tensor<4xbf16> -> tensor<4xf32>
  return %1, %3, %5, %7 : tensor<4xf32>, tensor<4xi32>, tensor<4xf32>, tensor<4xf32>
}
