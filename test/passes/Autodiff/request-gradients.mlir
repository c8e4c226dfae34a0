// RUN: ds-opt --ds-request-gradients --split-input-file %s | FileCheck %s

// The example of the pass's description: the model keeps its results, and gets a cotangent and a gradient.
// CHECK-LABEL: func.func private @main_0
// CHECK: nn.exp
// CHECK-LABEL: func.func @main
// CHECK-SAME: %[[X:.*]]: tensor<4xf32> {ds.name = "x"}, %[[G:.*]]: tensor<4xf32> {ds.name = "y/cotangent"})
// CHECK-SAME: -> (tensor<4xf32> {ds.name = "y"}, tensor<4xf32> {ds.name = "x/gradient"})
// CHECK: %[[R:.*]]:2 = train.vjp @main_0(%[[X]]) seeds(%[[G]] : tensor<4xf32>) {seeded = array<i64: 0>, wrt = array<i64: 0>}
// CHECK: return %[[R]]#0, %[[R]]#1
func.func @main(%x: tensor<4xf32> {ds.name = "x"}) -> (tensor<4xf32> {ds.name = "y"}) {
  %0 = nn.exp %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Integers have neither; names follow the position where the signature has none.
// CHECK-LABEL: func.func @main
// CHECK-SAME: (%{{.*}}: tensor<2xi64>, %{{.*}}: tensor<4xf32>, %{{.*}}: tensor<2xf32> {ds.name = "result1/cotangent"})
// CHECK-SAME: -> (tensor<2xi64>, tensor<2xf32>, tensor<4xf32> {ds.name = "argument1/gradient"})
// CHECK: {seeded = array<i64: 1>, wrt = array<i64: 1>}
func.func @main(%i: tensor<2xi64>, %x: tensor<4xf32>) -> (tensor<2xi64>, tensor<2xf32>) {
  %0 = nn.gather %x, %i {axis = 0 : i64} : tensor<4xf32>, tensor<2xi64> -> tensor<2xf32>
  return %i, %0 : tensor<2xi64>, tensor<2xf32>
}
