// RUN: ds-opt --pass-pipeline='builtin.module(exec.kernel(ds-lower-nn-to-linalg))' %s | FileCheck %s

// The anchor is the kernel itself: types of its arguments follow.
// CHECK-LABEL: exec.kernel @kernel outputs 1
// CHECK-NEXT: ^bb0(%{{.+}}: tensor<4xi8>, %{{.+}}: tensor<4xi8>):
// CHECK: arith.maxui
// CHECK: exec.yield %{{.+}} : tensor<4xi8>
exec.kernel @kernel outputs 1 {
^bb0(%x: tensor<4xui8>, %out: tensor<4xui8>):
  %0 = nn.max %x, %x : tensor<4xui8>
  exec.yield %0 : tensor<4xui8>
}

// A launch outside keeps the types of the model.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: tensor<4xui8>
// CHECK: exec.launch @plain ins(%{{.+}} : tensor<4xf32>)
exec.kernel @plain outputs 1 {
^bb0(%x: tensor<4xf32>, %out: tensor<4xf32>):
  %0 = nn.exp %x : tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}
func.func @main(%x: tensor<4xf32>, %y: tensor<4xui8>) -> (tensor<4xf32>, tensor<4xui8>) {
  %e = tensor.empty() : tensor<4xf32>
  %0 = exec.launch @plain ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = ""} -> tensor<4xf32>
  return %0, %y : tensor<4xf32>, tensor<4xui8>
}
