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
exec.kernel @sum_outermost outputs 1 {
^bb0(%x: tensor<72x256xf32>, %w: tensor<72x256xf32>, %out: tensor<256x256xf32>):
  %0 = nn.dot %x, %w {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 0>,
    rhs_contracting = array<i64: 0>} : tensor<72x256xf32>, tensor<72x256xf32> -> tensor<256x256xf32>
  exec.yield %0 : tensor<256x256xf32>
}
exec.kernel @sums_on_sets outputs 1 {
^bb0(%x: tensor<512x256xf32>, %w: tensor<512x256xf32>, %out: tensor<256x256xf32>):
  %0 = nn.dot %x, %w {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 0>,
    rhs_contracting = array<i64: 0>} : tensor<512x256xf32>, tensor<512x256xf32> -> tensor<256x256xf32>
  exec.yield %0 : tensor<256x256xf32>
}
exec.kernel @few_columns outputs 1 {
^bb0(%x: tensor<72x256xf32>, %w: tensor<72x128xf32>, %out: tensor<256x128xf32>):
  %0 = nn.dot %x, %w {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 0>,
    rhs_contracting = array<i64: 0>} : tensor<72x256xf32>, tensor<72x128xf32> -> tensor<256x128xf32>
  exec.yield %0 : tensor<256x128xf32>
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

// A left side whose sum runs across wide rows is copied in the order of the sum, as one panel.
// CHECK-LABEL: func.func @straighten_left
// CHECK: %[[L:.*]] = exec.launch @kernel_pack{{.*}} -> tensor<72x256xf32, #exec.panels<[1, 0], 72>>
// CHECK: exec.launch @sum_outermost ins(%[[L]]
func.func @straighten_left(%x: tensor<72x256xf32>, %w: tensor<72x256xf32>) -> tensor<256x256xf32> {
  %e = tensor.empty() : tensor<256x256xf32>
  %0 = exec.launch @sum_outermost ins(%x, %w : tensor<72x256xf32>, tensor<72x256xf32>) outs(%e : tensor<256x256xf32>) {nodes = ""} -> tensor<256x256xf32>
  return %0 : tensor<256x256xf32>
}

// Rows of 2 KiB are padded.
// CHECK-LABEL: func.func @pad_rows
// CHECK: exec.launch @kernel_pack{{.*}} -> tensor<512x256xf32, #exec.panels<[1, 0], 544>>
func.func @pad_rows(%x: tensor<512x256xf32>, %w: tensor<512x256xf32>) -> tensor<256x256xf32> {
  %e = tensor.empty() : tensor<256x256xf32>
  %0 = exec.launch @sums_on_sets ins(%x, %w : tensor<512x256xf32>, tensor<512x256xf32>) outs(%e : tensor<256x256xf32>) {nodes = ""} -> tensor<256x256xf32>
  return %0 : tensor<256x256xf32>
}

// Too few columns to repay the copy.
// CHECK-LABEL: func.func @few_columns_stay
// CHECK-NOT: #exec.panels<[1, 0]
// CHECK: return
func.func @few_columns_stay(%x: tensor<72x256xf32>, %w: tensor<72x128xf32>) -> tensor<256x128xf32> {
  %e = tensor.empty() : tensor<256x128xf32>
  %0 = exec.launch @few_columns ins(%x, %w : tensor<72x256xf32>, tensor<72x128xf32>) outs(%e : tensor<256x128xf32>) {nodes = ""} -> tensor<256x128xf32>
  return %0 : tensor<256x128xf32>
}
