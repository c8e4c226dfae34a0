// RUN: ds-opt %s --canonicalize --split-input-file | FileCheck %s

// Ops that change nothing.
// CHECK-LABEL: func.func @nothing
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x3xf32>
// CHECK-NEXT: return %[[X]], %[[X]], %[[X]], %[[X]], %[[X]], %[[X]], %[[X]]
func.func @nothing(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>,
    tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) {
  %0 = nn.cast %x : tensor<2x3xf32> -> tensor<2x3xf32>
  %1 = nn.bitcast %x : tensor<2x3xf32> -> tensor<2x3xf32>
  %2 = nn.transpose %x {permutation = array<i64: 0, 1>} : tensor<2x3xf32> -> tensor<2x3xf32>
  %3 = nn.slice %x offsets[] sizes[] {static_offsets = array<i64: 0, 0>, strides = array<i64: 1, 1>}
    : tensor<2x3xf32> -> tensor<2x3xf32>
  %4 = nn.concat %x {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %5 = nn.pad %x low[] high[] {mode = #nn.pad_mode<edge>, static_low = array<i64: 0, 0>, static_high = array<i64: 0, 0>}
    : tensor<2x3xf32> -> tensor<2x3xf32>
  %6 = nn.reduce sum %x {dims = array<i64>} : tensor<2x3xf32> -> tensor<2x3xf32>
  return %0, %1, %2, %3, %4, %5, %6 : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>,
    tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
}

// -----

// Nearly the same: reversed, shifted at run time, with a dynamic pad, another size.
// CHECK-LABEL: func.func @something
// CHECK: nn.slice
// CHECK: nn.slice
// CHECK: nn.slice
// CHECK: nn.pad
func.func @something(%x: tensor<2xf32>, %y: tensor<?xf32>, %n: index)
    -> (tensor<2xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %y, %c0 : tensor<?xf32>
  %0 = nn.slice %x offsets[] sizes[] {static_offsets = array<i64: 1>, strides = array<i64: -1>} : tensor<2xf32> -> tensor<2xf32>
  %1 = nn.slice %y offsets[%n] sizes[%m] {static_offsets = array<i64: -9223372036854775808>, strides = array<i64: 1>}
    : tensor<?xf32> -> tensor<?xf32>
  %2 = nn.slice %y offsets[] sizes[%n] {static_offsets = array<i64: 0>, strides = array<i64: 1>} : tensor<?xf32> -> tensor<?xf32>
  %3 = nn.pad %y low[%n] high[] {mode = #nn.pad_mode<edge>, static_low = array<i64: -9223372036854775808>,
    static_high = array<i64: 0>} : tensor<?xf32> -> tensor<?xf32>
  return %0, %1, %2, %3 : tensor<2xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}

// -----

// A whole slice whose size is read off the operand, and whose offset turns out to be 0.
// CHECK-LABEL: func.func @slice_all
// CHECK-SAME: %[[Y:[a-z0-9]+]]: tensor<?xf32>
// CHECK-NEXT: return %[[Y]]
func.func @slice_all(%y: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %y, %c0 : tensor<?xf32>
  %0 = nn.slice %y offsets[%c0] sizes[%m] {static_offsets = array<i64: -9223372036854775808>, strides = array<i64: 1>}
    : tensor<?xf32> -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// Two equal choices, or a condition known everywhere.
// CHECK-LABEL: func.func @select
// CHECK-SAME: %[[C:[a-z0-9]+]]: tensor<2xi1>, %[[X:[a-z0-9]+]]: tensor<2xf32>, %[[Y:[a-z0-9]+]]: tensor<2xf32>
// CHECK-NEXT: return %[[X]], %[[X]], %[[Y]]
func.func @select(%c: tensor<2xi1>, %x: tensor<2xf32>, %y: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %true = nn.constant dense<true> : tensor<2xi1>
  %false = nn.constant dense<false> : tensor<2xi1>
  %0 = nn.select %c, %x, %x : tensor<2xi1>, tensor<2xf32>
  %1 = nn.select %true, %x, %y : tensor<2xi1>, tensor<2xf32>
  %2 = nn.select %false, %x, %y : tensor<2xi1>, tensor<2xf32>
  return %0, %1, %2 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// -----

// A condition that differs from element to element chooses.
// CHECK-LABEL: func.func @select_mixed
// CHECK: nn.select
func.func @select_mixed(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {
  %c = nn.constant dense<[true, false]> : tensor<2xi1>
  %0 = nn.select %c, %x, %y : tensor<2xi1>, tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// Constants under another shape: no data is touched, not even that of a file that is not there.
// CHECK-LABEL: func.func @reshape_constant
// CHECK-DAG: %[[A:.*]] = nn.constant dense<{{\[}}[1, 2], [3, 4]]> : tensor<2x2xui8>
// CHECK-DAG: %[[B:.*]] = nn.constant #nn.weight<"f", "k"> : tensor<6xf32>
// CHECK: return %[[A]], %[[B]]
func.func @reshape_constant() -> (tensor<2x2xui8>, tensor<6xf32>) {
  %a = nn.constant dense<[1, 2, 3, 4]> : tensor<4xui8>
  %b = nn.constant #nn.weight<"f", "k"> : tensor<2x3xf32>
  %0 = nn.reshape %a [] : tensor<4xui8> -> tensor<2x2xui8>
  %1 = nn.reshape %b [] : tensor<2x3xf32> -> tensor<6xf32>
  return %0, %1 : tensor<2x2xui8>, tensor<6xf32>
}

// -----

// One value everywhere stays that under every movement, at no cost in memory.
// CHECK-LABEL: func.func @splats
// CHECK: %[[C:.*]] = nn.constant dense<2.000000e+00> : tensor<3x2xf32>
// CHECK-NEXT: return %[[C]], %[[C]], %[[C]]
func.func @splats() -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>) {
  %a = nn.constant dense<2.0> : tensor<f32>
  %b = nn.constant dense<2.0> : tensor<2x3xf32>
  %c = nn.constant dense<2.0> : tensor<9x9xf32>
  %0 = nn.broadcast %a [] {dims = array<i64>} : tensor<f32> -> tensor<3x2xf32>
  %1 = nn.transpose %b {permutation = array<i64: 1, 0>} : tensor<2x3xf32> -> tensor<3x2xf32>
  %2 = nn.slice %c offsets[] sizes[] {static_offsets = array<i64: 0, 1>, strides = array<i64: 1, 2>} : tensor<9x9xf32> -> tensor<3x2xf32>
  return %0, %1, %2 : tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>
}
