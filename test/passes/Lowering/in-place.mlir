// RUN: ds-opt --ds-lower-nn-to-linalg --canonicalize --cse --eliminate-empty-tensors \
// RUN:   --one-shot-bufferize='bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map' \
// RUN:   --canonicalize --cse --canonicalize %s | FileCheck %s
// What is written in a loop is written in place: the only copies are those that the op means.

// One copy of the data, none per update.
// CHECK-LABEL: @scatter
// CHECK: linalg.copy
// CHECK: scf.for
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.copy
// CHECK: return
func.func @scatter(%x: tensor<8x4xf32> {bufferization.writable = false}, %i: tensor<3x1xi64>, %u: tensor<3x4xf32>)
    -> tensor<8x4xf32> {
  %0 = nn.scatter_nd %x, %i, %u {kind = #nn.scatter_kind<add>} : tensor<8x4xf32>, tensor<3x1xi64>, tensor<3x4xf32>
  return %0 : tensor<8x4xf32>
}

// What was computed here needs no copy.
// CHECK-LABEL: @scatter_computed
// CHECK-NOT: linalg.copy
// CHECK-NOT: memref.copy
// CHECK: return
func.func @scatter_computed(%x: tensor<8xf32> {bufferization.writable = false}, %i: tensor<3xi64>, %u: tensor<3xf32>)
    -> tensor<8xf32> {
  %0 = nn.neg %x : tensor<8xf32>
  %1 = nn.scatter_elements %0, %i, %u {axis = 0 : i64, kind = #nn.scatter_kind<set>} : tensor<8xf32>, tensor<3xi64>, tensor<3xf32>
  return %1 : tensor<8xf32>
}

// Two results and two scratch tensors of two rows, all outside of the loops.
// CHECK-LABEL: @sort
// CHECK-COUNT-4: memref.alloc
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.copy
// CHECK: return
func.func @sort(%x: tensor<2x9xf32> {bufferization.writable = false}) -> (tensor<2x9xf32>, tensor<2x9xi64>) {
  %0, %1 = nn.sort %x {axis = 1 : i64} : tensor<2x9xf32> -> tensor<2x9xf32>, tensor<2x9xi64>
  return %0, %1 : tensor<2x9xf32>, tensor<2x9xi64>
}

// One running total per line.
// CHECK-LABEL: @scan
// CHECK-COUNT-2: memref.alloc
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.copy
// CHECK: return
func.func @scan(%x: tensor<2x9x3xf32> {bufferization.writable = false}) -> tensor<2x9x3xf32> {
  %0 = nn.scan sum %x {axis = 1 : i64} : tensor<2x9x3xf32>
  return %0 : tensor<2x9x3xf32>
}

// The branch hands the columns on without a copy.
// CHECK-LABEL: @nonzero
// CHECK-COUNT-1: memref.alloc
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.copy
// CHECK: return
func.func @nonzero(%x: tensor<3x4xf32> {bufferization.writable = false}, %n: index) -> tensor<2x?xi64> {
  %0 = nn.nonzero %x count %n : tensor<3x4xf32> -> tensor<2x?xi64>
  return %0 : tensor<2x?xi64>
}
