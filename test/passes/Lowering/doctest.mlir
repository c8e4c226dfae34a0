// RUN: ds-opt --ds-lower-nn-to-linalg %s | FileCheck %s
// The example of the pass, as its description has it.

// CHECK: #[[MAP:.+]] = affine_map<(d0) -> (d0)>
// CHECK-LABEL: @relu
// CHECK-SAME: (%[[X:.+]]: tensor<4xf32>, %[[ZERO:.+]]: tensor<4xf32>)
// CHECK: %[[EMPTY:.+]] = tensor.empty() : tensor<4xf32>
// CHECK: %[[RESULT:.+]] = linalg.generic {indexing_maps = [#[[MAP]], #[[MAP]], #[[MAP]]], iterator_types = ["parallel"]}
// CHECK-SAME: ins(%[[X]], %[[ZERO]] : tensor<4xf32>, tensor<4xf32>) outs(%[[EMPTY]] : tensor<4xf32>)
// CHECK-NEXT: ^bb0(%[[A:.+]]: f32, %[[B:.+]]: f32, %{{.+}}: f32):
// CHECK-NEXT: %[[MAX:.+]] = arith.maximumf %[[A]], %[[B]] : f32
// CHECK-NEXT: linalg.yield %[[MAX]] : f32
// CHECK: return %[[RESULT]]
func.func @relu(%x: tensor<4xf32>, %zero: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.max %x, %zero : tensor<4xf32>
  return %0 : tensor<4xf32>
}
