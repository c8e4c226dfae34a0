// RUN: ds-opt --ds-form-kernels %s | FileCheck %s

// A size is a constant by now, but the op's type has not followed: the destination is of the op's type.
// CHECK-LABEL: @known_size(
// CHECK: %[[SIZE:.*]] = arith.constant 2 : index
// CHECK: %[[DESTINATION:.*]] = tensor.empty(%[[SIZE]]) : tensor<?x3xf64>
// CHECK: exec.launch @kernel_pad {{.*}} outs(%[[DESTINATION]] : tensor<?x3xf64>) {{.*}} -> tensor<?x3xf64>
func.func @known_size(%x: tensor<1x3xf64>, %v: tensor<f64>) -> tensor<2x3xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = nn.pad %x value(%v : tensor<f64>) low[%c1] high[%c0] {mode = #nn.pad_mode<constant>,
    static_low = array<i64: -9223372036854775808, 0>, static_high = array<i64: -9223372036854775808, 0>}
    : tensor<1x3xf64> -> tensor<?x3xf64>
  %1 = tensor.cast %0 : tensor<?x3xf64> to tensor<2x3xf64>
  return %1 : tensor<2x3xf64>
}

// A value that is only framed is stored by the kernel that computes it.
// CHECK-LABEL: @framed(
// CHECK: exec.launch @kernel_relu_pad
func.func @framed(%x: tensor<2x3xf32>) -> tensor<2x6xf32> {
  %v = nn.constant dense<1.0> : tensor<f32>
  %0 = nn.relu %x : tensor<2x3xf32>
  %1 = nn.pad %0 value(%v : tensor<f32>) low[] high[] {mode = #nn.pad_mode<constant>,
    static_low = array<i64: 0, 1>, static_high = array<i64: 0, 2>} : tensor<2x3xf32> -> tensor<2x6xf32>
  return %1 : tensor<2x6xf32>
}

// One that is needed elsewhere as well is in memory without the frame, too.
// CHECK-LABEL: @framed_and_used(
// CHECK: exec.launch @kernel_relu
// CHECK: exec.launch @kernel_pad
func.func @framed_and_used(%x: tensor<2x3xf32>) -> (tensor<2x6xf32>, tensor<2x3xf32>) {
  %v = nn.constant dense<1.0> : tensor<f32>
  %0 = nn.relu %x : tensor<2x3xf32>
  %1 = nn.pad %0 value(%v : tensor<f32>) low[] high[] {mode = #nn.pad_mode<constant>,
    static_low = array<i64: 0, 1>, static_high = array<i64: 0, 2>} : tensor<2x3xf32> -> tensor<2x6xf32>
  return %1, %0 : tensor<2x6xf32>, tensor<2x3xf32>
}
