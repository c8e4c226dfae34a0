// RUN: ds-opt --ds-widen-floats %s | FileCheck %s
// RUN: ds-opt --ds-widen-floats --ds-widen-floats %s | FileCheck %s

// The example of the pass's description: a constant keeps its data, and bits of an f32 are those of an f32.
// CHECK-LABEL: @main(
// CHECK-SAME: %[[X:.*]]: tensor<2xf64>) -> tensor<2xi32>
// CHECK: %[[C:.*]] = nn.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK: %[[WIDE:.*]] = nn.cast %[[C]] : tensor<2xf32> -> tensor<2xf64>
// CHECK: %[[PRODUCT:.*]] = nn.mul %[[X]], %[[WIDE]] : tensor<2xf64>
// CHECK: %[[NARROW:.*]] = nn.cast %[[PRODUCT]] : tensor<2xf64> -> tensor<2xf32>
// CHECK: nn.bitcast %[[NARROW]] : tensor<2xf32> -> tensor<2xi32>
func.func @main(%x: tensor<2xf32>) -> tensor<2xi32> {
  %c = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = nn.mul %x, %c : tensor<2xf32>
  %1 = nn.bitcast %0 : tensor<2xf32> -> tensor<2xi32>
  return %1 : tensor<2xi32>
}

// Rounding to f16 on the way is not part of the function.
// CHECK-LABEL: @narrow(
// CHECK-SAME: %[[X:.*]]: tensor<?xf64>) -> tensor<?xf64>
// CHECK-NEXT: return %[[X]]
func.func @narrow(%x: tensor<?xf32>) -> tensor<?xf16> {
  %0 = nn.cast %x : tensor<?xf32> -> tensor<?xf16>
  return %0 : tensor<?xf16>
}

// What a loop carries.
// CHECK-LABEL: @loop(
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (tensor<4xf64>)
// CHECK: scf.yield %{{.*}} : tensor<4xf64>
func.func @loop(%x: tensor<4xf32>, %n: index) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> tensor<4xf32> {
    %b = nn.exp %a : tensor<4xf32>
    scf.yield %b : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// A size is what it was: the scalar that it is computed from is read at its own width.
// CHECK-LABEL: @size(
// CHECK: %[[NARROW:.*]] = nn.cast %{{.*}} : tensor<f64> -> tensor<f32>
// CHECK: %[[SCALE:.*]] = tensor.extract %[[NARROW]][] : tensor<f32>
// CHECK: arith.mulf %[[SCALE]], %{{.*}} : f32
func.func @size(%x: tensor<f32>) -> tensor<?xf32> {
  %c = arith.constant 5.0 : f32
  %s = tensor.extract %x[] : tensor<f32>
  %p = arith.mulf %s, %c : f32
  %i = arith.fptosi %p : f32 to i64
  %n = arith.index_cast %i : i64 to index
  %0 = nn.broadcast %x [%n] {dims = array<i64>} : tensor<f32> -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// Defaults of arguments, also in 8 bits.
// CHECK-LABEL: @defaults(
// CHECK-SAME: ds.default = dense<[5.000000e-01, 1.500000e+00]> : tensor<2xf64>
// CHECK-SAME: ds.default = dense<1.500000e+00> : tensor<f64>
func.func @defaults(%x: tensor<?xf16> {ds.default = dense<[0.5, 1.5]> : tensor<2xf16>},
    %y: tensor<f8E4M3FN> {ds.default = dense<1.5> : tensor<f8E4M3FN>}) -> (tensor<?xf16>, tensor<f8E4M3FN>) {
  return %x, %y : tensor<?xf16>, tensor<f8E4M3FN>
}
