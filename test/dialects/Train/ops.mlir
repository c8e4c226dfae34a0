// RUN: ds-opt %s | ds-opt | FileCheck %s
// RUN: ds-opt %s --emit-bytecode | ds-opt | FileCheck %s

// Round trip of every op, in text and in bytecode.

func.func private @model(%x: tensor<?x4xf32>, %n: tensor<2xi64>, %w: tensor<4xf32>) -> (tensor<?x4xf32>, tensor<f32>) {
  %0 = nn.reduce sum %w {dims = array<i64: 0>} : tensor<4xf32> -> tensor<f32>
  return %x, %0 : tensor<?x4xf32>, tensor<f32>
}

// Arguments and results that are not tensors of floats stand beside those that are.
// CHECK-LABEL: func.func @vjp
func.func @vjp(%x: tensor<?x4xf32>, %n: tensor<2xi64>, %w: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: train.seed : tensor<f32>
  %seed = train.seed : tensor<f32>
  // CHECK: train.vjp @model(%{{.*}}, %{{.*}}, %{{.*}}) seeds(%{{.*}} : tensor<f32>) {seeded = array<i64: 1>, wrt = array<i64: 0, 2>}
  %r:4 = train.vjp @model(%x, %n, %w) seeds(%seed : tensor<f32>) {wrt = array<i64: 0, 2>, seeded = array<i64: 1>}
    : (tensor<?x4xf32>, tensor<2xi64>, tensor<4xf32>)
    -> (tensor<?x4xf32>, tensor<f32>, tensor<?x4xf32>, tensor<4xf32>)
  // CHECK: train.vjp @model(%{{.*}}, %{{.*}}, %{{.*}}) {seeded = array<i64>, wrt = array<i64>}
  %s:2 = train.vjp @model(%x, %n, %w) {wrt = array<i64>, seeded = array<i64>}
    : (tensor<?x4xf32>, tensor<2xi64>, tensor<4xf32>) -> (tensor<?x4xf32>, tensor<f32>)
  return %r#3 : tensor<4xf32>
}
