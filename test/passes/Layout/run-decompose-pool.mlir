// RUN: %run_nn | FileCheck %s
// Pooling with a border in memory, executed.
// Each function is called by @main, which prints the result flattened; expected values are from NumPy.

func.func private @printMemrefF32(tensor<*xf32>)

// The border is never the maximum.
// CHECK: [9, 9, 9, 7, 11, 11, 11, 10, 11, 11, 11, 10]
func.func @max(%a0: tensor<1x3x4xf32>) -> tensor<1x3x4xf32> {
  %0 = nn.pool max %a0 [] {window = array<i64: 1, 3, 3>, strides = array<i64: 1, 1, 1>, low = array<i64: 0, 1, 1>, high = array<i64: 0, 1, 1>, dilations = array<i64: 1, 1, 1>} : tensor<1x3x4xf32> -> tensor<1x3x4xf32>
  return %0 : tensor<1x3x4xf32>
}

// Extents known at run time.
// CHECK: [2, 2, 3, 3]
func.func @max_dynamic(%a0: tensor<1x?xf32>, %a1: index) -> tensor<1x?xf32> {
  %0 = nn.pool max %a0 [%a1] {window = array<i64: 1, 3>, strides = array<i64: 1, 1>, low = array<i64: 0, 1>, high = array<i64: 0, 1>, dilations = array<i64: 1, 1>} : tensor<1x?xf32> -> tensor<1x?xf32>
  return %0 : tensor<1x?xf32>
}

// Only the dimension of stride 1 gets a border.
// CHECK: [19, 19, 19, 16, 19, 19, 19, 18, 15, 15, 10, 7]
func.func @mixed_steps(%a0: tensor<5x4xf32>) -> tensor<3x4xf32> {
  %0 = nn.pool max %a0 [] {window = array<i64: 3, 3>, strides = array<i64: 2, 1>, low = array<i64: 1, 1>, high = array<i64: 1, 1>, dilations = array<i64: 1, 1>} : tensor<5x4xf32> -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// The border counts.
// CHECK: [{{0\.3333[0-9]*}}, 1, 2, {{1\.666[0-9]*}}]
func.func @average_border(%a0: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = nn.pool average %a0 [] {window = array<i64: 1, 3>, strides = array<i64: 1, 1>, low = array<i64: 0, 1>, high = array<i64: 0, 1>, dilations = array<i64: 1, 1>, count_include_pad} : tensor<1x4xf32> -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}

func.func @main() {
  %0 = nn.constant dense<[[[2.0, 9.0, 0.0, 4.0], [8.0, 5.0, 3.0, 7.0], [6.0, 11.0, 10.0, 1.0]]]> : tensor<1x3x4xf32>
  %1 = call @max(%0) : (tensor<1x3x4xf32>) -> tensor<1x3x4xf32>
  %2 = nn.reshape %1 [] : tensor<1x3x4xf32> -> tensor<12xf32>
  %3 = tensor.cast %2 : tensor<12xf32> to tensor<*xf32>
  call @printMemrefF32(%3) : (tensor<*xf32>) -> ()
  %4 = nn.constant dense<[[1.0, 2.0, 0.0, 3.0]]> : tensor<1x4xf32>
  %5 = tensor.cast %4 : tensor<1x4xf32> to tensor<1x?xf32>
  %6 = arith.constant 4 : index
  %7 = call @max_dynamic(%5, %6) : (tensor<1x?xf32>, index) -> tensor<1x?xf32>
  %8 = tensor.cast %7 : tensor<1x?xf32> to tensor<1x4xf32>
  %9 = nn.reshape %8 [] : tensor<1x4xf32> -> tensor<4xf32>
  %10 = tensor.cast %9 : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%10) : (tensor<*xf32>) -> ()
  %11 = nn.constant dense<[[12.0, 8.0, 16.0, 14.0], [13.0, 19.0, 2.0, 6.0], [17.0, 11.0, 0.0, 18.0], [4.0, 10.0, 1.0, 7.0], [15.0, 9.0, 5.0, 3.0]]> : tensor<5x4xf32>
  %12 = call @mixed_steps(%11) : (tensor<5x4xf32>) -> tensor<3x4xf32>
  %13 = nn.reshape %12 [] : tensor<3x4xf32> -> tensor<12xf32>
  %14 = tensor.cast %13 : tensor<12xf32> to tensor<*xf32>
  call @printMemrefF32(%14) : (tensor<*xf32>) -> ()
  %15 = nn.constant dense<[[0.0, 1.0, 2.0, 3.0]]> : tensor<1x4xf32>
  %16 = call @average_border(%15) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %17 = nn.reshape %16 [] : tensor<1x4xf32> -> tensor<4xf32>
  %18 = tensor.cast %17 : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%18) : (tensor<*xf32>) -> ()
  return
}
