// RUN: ds-opt --ds-pack-operands %s | FileCheck %s
// RUN: ds-opt --ds-pack-operands --ds-pack-operands %s | FileCheck %s

exec.kernel @wide outputs 1 {
^bb0(%x: tensor<64x32xf32>, %w: tensor<32x256xf32>, %out: tensor<64x256xf32>):
  %0 = nn.dot %x, %w {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>,
    rhs_contracting = array<i64: 0>} : tensor<64x32xf32>, tensor<32x256xf32> -> tensor<64x256xf32>
  exec.yield %0 : tensor<64x256xf32>
}
exec.kernel @few_rows outputs 1 {
^bb0(%x: tensor<63x32xf32>, %w: tensor<32x256xf32>, %out: tensor<63x256xf32>):
  %0 = nn.dot %x, %w {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>,
    rhs_contracting = array<i64: 0>} : tensor<63x32xf32>, tensor<32x256xf32> -> tensor<63x256xf32>
  exec.yield %0 : tensor<63x256xf32>
}
exec.kernel @across outputs 1 {
^bb0(%x: tensor<4x32xf32>, %w: tensor<16x32xf32>, %out: tensor<4x16xf32>):
  %0 = nn.dot %x, %w {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>,
    rhs_contracting = array<i64: 1>} : tensor<4x32xf32>, tensor<16x32xf32> -> tensor<4x16xf32>
  exec.yield %0 : tensor<4x16xf32>
}

// Wide rows are packed for many rows of the other side.
// CHECK-LABEL: func.func @pack_wide_rows
// CHECK: %[[P:.*]] = exec.launch @kernel_pack{{.*}} -> tensor<32x256xf32, #exec.panels<[0, 1], 32>>
// CHECK: exec.launch @wide ins(%{{.*}}, %[[P]]
func.func @pack_wide_rows(%x: tensor<64x32xf32>, %w: tensor<32x256xf32>) -> tensor<64x256xf32> {
  %e = tensor.empty() : tensor<64x256xf32>
  %0 = exec.launch @wide ins(%x, %w : tensor<64x32xf32>, tensor<32x256xf32>) outs(%e : tensor<64x256xf32>) {nodes = ""} -> tensor<64x256xf32>
  return %0 : tensor<64x256xf32>
}

// Too few rows to repay it.
// CHECK-LABEL: func.func @few_rows_stay
// CHECK-NOT: kernel_pack
// CHECK: return
func.func @few_rows_stay(%x: tensor<63x32xf32>, %w: tensor<32x256xf32>) -> tensor<63x256xf32> {
  %e = tensor.empty() : tensor<63x256xf32>
  %0 = exec.launch @few_rows ins(%x, %w : tensor<63x32xf32>, tensor<32x256xf32>) outs(%e : tensor<63x256xf32>) {nodes = ""} -> tensor<63x256xf32>
  return %0 : tensor<63x256xf32>
}

// Rows across the vectors are packed for few rows already.
// CHECK-LABEL: func.func @pack_across
// CHECK: exec.launch @kernel_pack{{.*}} -> tensor<16x32xf32, #exec.panels<[1, 0], 16>>
func.func @pack_across(%x: tensor<4x32xf32>, %w: tensor<16x32xf32>) -> tensor<4x16xf32> {
  %e = tensor.empty() : tensor<4x16xf32>
  %0 = exec.launch @across ins(%x, %w : tensor<4x32xf32>, tensor<16x32xf32>) outs(%e : tensor<4x16xf32>) {nodes = ""} -> tensor<4x16xf32>
  return %0 : tensor<4x16xf32>
}
