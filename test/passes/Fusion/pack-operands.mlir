// RUN: ds-opt --ds-pack-operands %s | FileCheck %s
// RUN: ds-opt --ds-pack-operands --ds-pack-operands %s | FileCheck %s

exec.kernel @along outputs 1 {
^bb0(%x: tensor<64x16xf32>, %w: tensor<16x256xf32>, %out: tensor<64x256xf32>):
  %0 = nn.dot %x, %w {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>,
    rhs_contracting = array<i64: 0>} : tensor<64x16xf32>, tensor<16x256xf32> -> tensor<64x256xf32>
  exec.yield %0 : tensor<64x256xf32>
}
exec.kernel @large outputs 1 {
^bb0(%x: tensor<32x32xf32>, %w: tensor<16x32xf32>, %out: tensor<32x16xf32>):
  %0 = nn.dot %x, %w {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>,
    rhs_contracting = array<i64: 1>} : tensor<32x32xf32>, tensor<16x32xf32> -> tensor<32x16xf32>
  exec.yield %0 : tensor<32x16xf32>
}
exec.kernel @two_sums outputs 1 {
^bb0(%x: tensor<32x4x24xf32>, %w: tensor<16x4x24xf32>, %out: tensor<32x16xf32>):
  %0 = nn.dot %x, %w {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1, 2>,
    rhs_contracting = array<i64: 1, 2>} : tensor<32x4x24xf32>, tensor<16x4x24xf32> -> tensor<32x16xf32>
  exec.yield %0 : tensor<32x16xf32>
}
exec.kernel @across outputs 1 {
^bb0(%x: tensor<4x32xf32>, %w: tensor<16x32xf32>, %out: tensor<4x16xf32>):
  %0 = nn.dot %x, %w {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>,
    rhs_contracting = array<i64: 1>} : tensor<4x32xf32>, tensor<16x32xf32> -> tensor<4x16xf32>
  exec.yield %0 : tensor<4x16xf32>
}

// Rows along the vectors stay as they are.
// CHECK-LABEL: func.func @pack_along
// CHECK-NOT: kernel_pack
// CHECK: return
func.func @pack_along(%x: tensor<64x16xf32>, %w: tensor<16x256xf32>) -> tensor<64x256xf32> {
  %e = tensor.empty() : tensor<64x256xf32>
  %0 = exec.launch @along ins(%x, %w : tensor<64x16xf32>, tensor<16x256xf32>) outs(%e : tensor<64x256xf32>) {nodes = ""} -> tensor<64x256xf32>
  return %0 : tensor<64x256xf32>
}

// Rows across the vectors are packed for few rows already.
// CHECK-LABEL: func.func @pack_across
// CHECK: exec.launch @kernel_pack{{.*}} -> tensor<16x32xf32, #exec.panels<[1, 0], 16>>
func.func @pack_across(%x: tensor<4x32xf32>, %w: tensor<16x32xf32>) -> tensor<4x16xf32> {
  %e = tensor.empty() : tensor<4x16xf32>
  %0 = exec.launch @across ins(%x, %w : tensor<4x32xf32>, tensor<16x32xf32>) outs(%e : tensor<4x16xf32>) {nodes = ""} -> tensor<4x16xf32>
  return %0 : tensor<4x16xf32>
}

// Where code generation copies blocks, nothing is copied in memory.
// CHECK-LABEL: func.func @in_blocks
// CHECK-NOT: kernel_pack
// CHECK: return
func.func @in_blocks(%x: tensor<32x32xf32>, %w: tensor<16x32xf32>) -> tensor<32x16xf32> {
  %e = tensor.empty() : tensor<32x16xf32>
  %0 = exec.launch @large ins(%x, %w : tensor<32x32xf32>, tensor<16x32xf32>) outs(%e : tensor<32x16xf32>) {nodes = ""} -> tensor<32x16xf32>
  return %0 : tensor<32x16xf32>
}

// Blocks need whole vectors along the rows, the columns or what is summed.
// CHECK-LABEL: func.func @sum_of_two
// CHECK: exec.launch @kernel_pack{{.*}} -> tensor<16x4x24xf32, #exec.panels<[1, 2, 0], 16>>
func.func @sum_of_two(%x: tensor<32x4x24xf32>, %w: tensor<16x4x24xf32>) -> tensor<32x16xf32> {
  %e = tensor.empty() : tensor<32x16xf32>
  %0 = exec.launch @two_sums ins(%x, %w : tensor<32x4x24xf32>, tensor<16x4x24xf32>) outs(%e : tensor<32x16xf32>) {nodes = ""} -> tensor<32x16xf32>
  return %0 : tensor<32x16xf32>
}
