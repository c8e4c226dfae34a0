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
