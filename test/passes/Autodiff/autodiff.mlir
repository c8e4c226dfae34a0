// RUN: ds-opt --ds-autodiff %s | FileCheck %s
// RUN: ds-opt --ds-autodiff %s | ds-opt --ds-autodiff | FileCheck %s
// RUN: ds-opt --ds-autodiff --mlir-print-debuginfo %s | FileCheck %s --check-prefix=LOC

// The callee goes when nobody else needs it.
// CHECK-NOT: @square(
func.func private @square(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.mul %x, %x : tensor<4xf32> loc("the-node")
  return %0 : tensor<4xf32>
}

// Both operands are the argument: their cotangents add up. The gradient's code is found under the node.
// CHECK-LABEL: func.func @accumulates(
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>, %[[G:.*]]: tensor<4xf32>
// CHECK: %[[A:.*]] = nn.mul %[[G]], %[[X]]
// CHECK: %[[B:.*]] = nn.mul %[[G]], %[[X]]
// CHECK: %[[D:.*]] = nn.add %[[A]], %[[B]]
// CHECK: return %[[D]]
// LOC-LABEL: func.func @accumulates(
// LOC: nn.mul {{.*}} loc(#[[GRADIENT:.*]])
// LOC: nn.mul {{.*}} loc(#[[GRADIENT]])
// LOC: nn.add {{.*}} loc(#[[GRADIENT]])
// LOC: #[[NODE:.*]] = loc("the-node")
// LOC: #[[GRADIENT]] = loc(fused<"gradient">[#[[NODE]]])
func.func @accumulates(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %y:2 = train.vjp @square(%x) seeds(%g : tensor<4xf32>) {wrt = array<i64: 0>, seeded = array<i64: 0>}
    : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %y#1 : tensor<4xf32>
}

func.func private @product(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.mul %x, %y : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// The gradient is by the function's own first argument: neither the second, which is the same value, nor what the caller
// computed it from counts.
// CHECK-LABEL: func.func @partial(
// CHECK: %[[E:.*]] = nn.exp
// CHECK: %[[D:.*]] = nn.mul %{{.*}}, %[[E]]
// CHECK-NOT: nn.
// CHECK: return %[[D]]
func.func @partial(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %e = nn.exp %x : tensor<4xf32>
  %y:2 = train.vjp @product(%e, %e) seeds(%g : tensor<4xf32>) {wrt = array<i64: 0>, seeded = array<i64: 0>}
    : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %y#1 : tensor<4xf32>
}

func.func private @steps(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.floor %x : tensor<4xf32>
  %b = nn.bitcast %0 : tensor<4xf32> -> tensor<4xi32>
  %c = nn.bitcast %b : tensor<4xi32> -> tensor<4xf32>
  return %c : tensor<4xf32>
}

// Nothing depends on the argument as far as gradients go, so that what has no derivative is never asked.
// CHECK-LABEL: func.func @zero(
// CHECK: %[[ZERO:.*]] = nn.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK: return %[[ZERO]]
func.func @zero(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %y:2 = train.vjp @steps(%x) seeds(%g : tensor<4xf32>) {wrt = array<i64: 0>, seeded = array<i64: 0>}
    : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %y#1 : tensor<4xf32>
}

// A result that is not seeded is constant: its op is not visited. The callee is public and stays.
// CHECK-LABEL: func.func @two_results(
func.func @two_results(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = nn.exp %x : tensor<4xf32>
  %1 = nn.sin %x : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}
// CHECK-LABEL: func.func @seeded(
// CHECK-NOT: nn.cos
// CHECK: return
func.func @seeded(%x: tensor<4xf32>, %g: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %y:3 = train.vjp @two_results(%x) seeds(%g : tensor<4xf32>) {wrt = array<i64: 0>, seeded = array<i64: 0>}
    : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return %y#1, %y#2 : tensor<4xf32>, tensor<4xf32>
}

// Narrow floats: the formula is computed in f32 and rounded once.
// CHECK-LABEL: func.func @narrow(
// CHECK: %[[G:.*]] = nn.cast %{{.*}} : tensor<4xbf16> -> tensor<4xf32>
// CHECK: nn.mul {{.*}} : tensor<4xf32>
// CHECK: nn.cast {{.*}} : tensor<4xf32> -> tensor<4xbf16>
func.func private @tanh(%x: tensor<4xbf16>) -> tensor<4xbf16> {
  %0 = nn.tanh %x : tensor<4xbf16>
  return %0 : tensor<4xbf16>
}
func.func @narrow(%x: tensor<4xbf16>, %g: tensor<4xbf16>) -> tensor<4xbf16> {
  %y:2 = train.vjp @tanh(%x) seeds(%g : tensor<4xbf16>) {wrt = array<i64: 0>, seeded = array<i64: 0>}
    : (tensor<4xbf16>) -> (tensor<4xbf16>, tensor<4xbf16>)
  return %y#1 : tensor<4xbf16>
}
