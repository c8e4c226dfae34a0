// RUN: %run_nn | FileCheck %s
// Matrix products, plain convolutions and pooling, executed.
// Each function is called by @main, which prints the result flattened; expected values are from NumPy.

func.func private @printMemrefF32(tensor<*xf32>)
func.func private @printMemrefI32(tensor<*xi32>)
func.func private @printMemrefI64(tensor<*xi64>)

// A batch dimension, dynamic on one side.
// CHECK: [-25, 12, -7, 1, 23, -4, -2, 10]
func.func @dot(%a0: tensor<?x?x3xf32>, %a1: tensor<2x3x2xf32>) -> tensor<2x?x2xf32> {
  %0 = nn.dot %a0, %a1 {lhs_batch = array<i64: 0>, rhs_batch = array<i64: 0>, lhs_contracting = array<i64: 2>, rhs_contracting = array<i64: 1>} : tensor<?x?x3xf32>, tensor<2x3x2xf32> -> tensor<2x?x2xf32>
  return %0 : tensor<2x?x2xf32>
}

// Each side is extended by its own sign.
// CHECK: [-14590, -20052, -438, -12013]
func.func @dot_integers(%a0: tensor<2x3xui8>, %a1: tensor<2x3xi8>) -> tensor<2x2xi32> {
  %0 = nn.dot %a0, %a1 {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>, rhs_contracting = array<i64: 1>} : tensor<2x3xui8>, tensor<2x3xi8> -> tensor<2x2xi32>
  return %0 : tensor<2x2xi32>
}

// Accumulated in f32: 257 ones are more than bf16 can count.
// CHECK: [258]
func.func @dot_bf16() -> tensor<1x1xbf16> {
  %x = nn.constant dense<1.0> : tensor<1x258xbf16>
  %0 = nn.dot %x, %x {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>, rhs_contracting = array<i64: 1>} : tensor<1x258xbf16>, tensor<1x258xbf16> -> tensor<1x1xbf16>
  return %0 : tensor<1x1xbf16>
}

// Two contracting dimensions in different orders.
// CHECK: [36, 2, -30, 12]
func.func @dot_outer(%a0: tensor<2x2x3xf32>, %a1: tensor<3x2x2xf32>) -> tensor<2x2xf32> {
  %0 = nn.dot %a0, %a1 {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1, 2>, rhs_contracting = array<i64: 1, 0>} : tensor<2x2x3xf32>, tensor<3x2x2xf32> -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// Two spatial dimensions, steps and dilation.
// CHECK: [10, 26, -28, -33, 0, -15, 28, 5]
func.func @conv(%a0: tensor<1x2x5x4xf32>, %a1: tensor<2x2x2x2xf32>) -> tensor<1x2x2x2xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>, output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 2, 1>, pad_low = array<i64: 0, 0>, pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 2>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x2x5x4xf32>, tensor<2x2x2x2xf32> -> tensor<1x2x2x2xf32>
  return %0 : tensor<1x2x2x2xf32>
}

// Features innermost in all three tensors.
// CHECK: [40, 36, 0, -7, -4, 22, -11, -9, -2, -4, -35, 7]
func.func @conv_channels_last(%a0: tensor<1x3x3x2xf32>, %a1: tensor<2x2x2x3xf32>) -> tensor<1x2x2x3xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 3, 1, 2>, filter_layout = array<i64: 3, 2, 0, 1>, output_layout = array<i64: 0, 3, 1, 2>, strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>, pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x3x3x2xf32>, tensor<2x2x2x3xf32> -> tensor<1x2x2x3xf32>
  return %0 : tensor<1x2x2x3xf32>
}

// Groups of several features.
// CHECK: [12, -10, -4, 17, -2, 5, 22, -12]
func.func @conv_groups(%a0: tensor<1x4x3xf32>, %a1: tensor<4x2x2xf32>) -> tensor<1x4x2xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 2 : i64, batch_groups = 1 : i64} : tensor<1x4x3xf32>, tensor<4x2x2xf32> -> tensor<1x4x2xf32>
  return %0 : tensor<1x4x2xf32>
}

// Groups whose size is known at run time.
// CHECK: [-9, -17, -12, 14, 8, 15, 4, -5]
func.func @conv_groups_dynamic(%a0: tensor<1x?x3xf32>, %a1: tensor<?x?x2xf32>) -> tensor<1x?x2xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 2 : i64, batch_groups = 1 : i64} : tensor<1x?x3xf32>, tensor<?x?x2xf32> -> tensor<1x?x2xf32>
  return %0 : tensor<1x?x2xf32>
}

// Groups of one feature.
// CHECK: [6, 9, 8, -12, 0, 12, 5, -5, 9]
func.func @conv_depthwise(%a0: tensor<1x3x4xf32>, %a1: tensor<3x1x2xf32>) -> tensor<1x3x3xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 3 : i64, batch_groups = 1 : i64} : tensor<1x3x4xf32>, tensor<3x1x2xf32> -> tensor<1x3x3xf32>
  return %0 : tensor<1x3x3xf32>
}

// Extents known at run time.
// CHECK: [-6, 2, 2, 8, 2, 4]
func.func @conv_dynamic(%a0: tensor<?x1x?xf32>, %a1: tensor<1x1x2xf32>) -> tensor<?x1x?xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<?x1x?xf32>, tensor<1x1x2xf32> -> tensor<?x1x?xf32>
  return %0 : tensor<?x1x?xf32>
}

// Windows that stay inside.
// CHECK: [14, 12, 15, 8]
func.func @pool_max(%a0: tensor<1x4x4xf32>) -> tensor<1x2x2xf32> {
  %0 = nn.pool max %a0 [] {window = array<i64: 1, 2, 2>, strides = array<i64: 1, 2, 2>, low = array<i64: 0, 0, 0>, high = array<i64: 0, 0, 0>, dilations = array<i64: 1, 1, 1>} : tensor<1x4x4xf32> -> tensor<1x2x2xf32>
  return %0 : tensor<1x2x2xf32>
}

// Windows that leave on both sides.
// CHECK: [9, 8, 8, 11]
func.func @pool_max_pads(%a0: tensor<1x4x3xf32>) -> tensor<1x2x2xf32> {
  %0 = nn.pool max %a0 [] {window = array<i64: 1, 3, 3>, strides = array<i64: 1, 2, 2>, low = array<i64: 0, 1, 1>, high = array<i64: 0, 1, 1>, dilations = array<i64: 1, 1, 1>} : tensor<1x4x3xf32> -> tensor<1x2x2xf32>
  return %0 : tensor<1x2x2xf32>
}

// The innermost dimension has no window.
// CHECK: [6, 7, 3, 5]
func.func @pool_max_channels_last(%a0: tensor<4x2xf32>) -> tensor<2x2xf32> {
  %0 = nn.pool max %a0 [] {window = array<i64: 3, 1>, strides = array<i64: 2, 1>, low = array<i64: 1, 0>, high = array<i64: 0, 0>, dilations = array<i64: 1, 1>} : tensor<4x2xf32> -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// The last window begins inside and ends outside.
// CHECK: [2, 3, 4]
func.func @pool_max_rounded_up(%a0: tensor<1x5xf32>) -> tensor<1x3xf32> {
  %0 = nn.pool max %a0 [] {window = array<i64: 1, 2>, strides = array<i64: 1, 2>, low = array<i64: 0, 0>, high = array<i64: 0, 0>, dilations = array<i64: 1, 1>} : tensor<1x5xf32> -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// Extents known at run time.
// CHECK: [4, 3, 2]
func.func @pool_max_dynamic(%a0: tensor<1x?xf32>, %a1: index) -> tensor<1x?xf32> {
  %0 = nn.pool max %a0 [%a1] {window = array<i64: 1, 3>, strides = array<i64: 1, 2>, low = array<i64: 0, 1>, high = array<i64: 0, 1>, dilations = array<i64: 1, 1>} : tensor<1x?xf32> -> tensor<1x?xf32>
  return %0 : tensor<1x?xf32>
}

// Positions outside add nothing.
// CHECK: [3, 5, 6, 3]
func.func @pool_sum(%a0: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = nn.pool sum %a0 [] {window = array<i64: 1, 3>, strides = array<i64: 1, 1>, low = array<i64: 0, 1>, high = array<i64: 0, 1>, dilations = array<i64: 1, 1>} : tensor<1x4xf32> -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}

// Divided by the positions inside.
// CHECK: [1.5, {{1\.333[0-9]*}}, 1, 1.5]
func.func @pool_average(%a0: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = nn.pool average %a0 [] {window = array<i64: 1, 3>, strides = array<i64: 1, 1>, low = array<i64: 0, 1>, high = array<i64: 0, 1>, dilations = array<i64: 1, 1>} : tensor<1x4xf32> -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}

// Divided by those in the border, too, but not by those beyond.
// CHECK: [{{1\.333[0-9]*}}, {{1\.666[0-9]*}}, 0]
func.func @pool_average_border(%a0: tensor<1x4xf32>) -> tensor<1x3xf32> {
  %0 = nn.pool average %a0 [] {window = array<i64: 1, 3>, strides = array<i64: 1, 2>, low = array<i64: 0, 1>, high = array<i64: 0, 1>, dilations = array<i64: 1, 1>, count_include_pad} : tensor<1x4xf32> -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// With gaps in the window.
// CHECK: [3.5, 4, 4]
func.func @pool_average_dilated(%a0: tensor<1x6xf32>) -> tensor<1x3xf32> {
  %0 = nn.pool average %a0 [] {window = array<i64: 1, 3>, strides = array<i64: 1, 2>, low = array<i64: 0, 2>, high = array<i64: 0, 1>, dilations = array<i64: 1, 2>} : tensor<1x6xf32> -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// The position in the whole operand.
// CHECK: [1, 1, 5, 7]
func.func @pool_index(%a0: tensor<2x4xf32>) -> tensor<2x2xi64> {
  %0 = nn.pool_index %a0 [] {window = array<i64: 1, 3>, strides = array<i64: 1, 2>, low = array<i64: 0, 1>, high = array<i64: 0, 1>, dilations = array<i64: 1, 1>} : tensor<2x4xf32> -> tensor<2x2xi64>
  return %0 : tensor<2x2xi64>
}

func.func @main() {
  %0 = nn.constant dense<[[[4.0, 4.0, -3.0], [-1.0, 4.0, -2.0]], [[-4.0, 1.0, 2.0], [2.0, 3.0, 1.0]]]> : tensor<2x2x3xf32>
  %1 = tensor.cast %0 : tensor<2x2x3xf32> to tensor<?x?x3xf32>
  %2 = nn.constant dense<[[[-3.0, 3.0], [-1.0, 3.0], [3.0, 4.0]], [[-4.0, 3.0], [1.0, 0.0], [3.0, 4.0]]]> : tensor<2x3x2xf32>
  %3 = call @dot(%1, %2) : (tensor<?x?x3xf32>, tensor<2x3x2xf32>) -> tensor<2x?x2xf32>
  %4 = tensor.cast %3 : tensor<2x?x2xf32> to tensor<2x2x2xf32>
  %5 = nn.reshape %4 [] : tensor<2x2x2xf32> -> tensor<8xf32>
  %6 = tensor.cast %5 : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%6) : (tensor<*xf32>) -> ()
  %7 = nn.constant dense<[[131, 22, 185], [59, 57, 49]]> : tensor<2x3xui8>
  %8 = nn.constant dense<[[-78, 104, -36], [-101, -83, -27]]> : tensor<2x3xi8>
  %9 = call @dot_integers(%7, %8) : (tensor<2x3xui8>, tensor<2x3xi8>) -> tensor<2x2xi32>
  %10 = nn.reshape %9 [] : tensor<2x2xi32> -> tensor<4xi32>
  %11 = tensor.cast %10 : tensor<4xi32> to tensor<*xi32>
  call @printMemrefI32(%11) : (tensor<*xi32>) -> ()
  %12 = call @dot_bf16() : () -> tensor<1x1xbf16>
  %13 = nn.cast %12 : tensor<1x1xbf16> -> tensor<1x1xf32>
  %14 = nn.reshape %13 [] : tensor<1x1xf32> -> tensor<1xf32>
  %15 = tensor.cast %14 : tensor<1xf32> to tensor<*xf32>
  call @printMemrefF32(%15) : (tensor<*xf32>) -> ()
  %16 = nn.constant dense<[[[-1.0, -2.0, 4.0], [3.0, 1.0, 4.0]], [[-1.0, -3.0, -2.0], [-4.0, 4.0, -3.0]]]> : tensor<2x2x3xf32>
  %17 = nn.constant dense<[[[0.0, -3.0], [4.0, -3.0]], [[0.0, 4.0], [0.0, 4.0]], [[4.0, 2.0], [2.0, 1.0]]]> : tensor<3x2x2xf32>
  %18 = call @dot_outer(%16, %17) : (tensor<2x2x3xf32>, tensor<3x2x2xf32>) -> tensor<2x2xf32>
  %19 = nn.reshape %18 [] : tensor<2x2xf32> -> tensor<4xf32>
  %20 = tensor.cast %19 : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%20) : (tensor<*xf32>) -> ()
  %21 = nn.constant dense<[[[[1.0, 3.0, -1.0, 4.0], [3.0, -1.0, -1.0, 2.0], [4.0, -4.0, -4.0, -2.0], [-1.0, -3.0, 0.0, 0.0], [4.0, 2.0, -2.0, 3.0]], [[3.0, 2.0, 2.0, -2.0], [2.0, -3.0, 1.0, 4.0], [4.0, -2.0, -2.0, 1.0], [-1.0, 2.0, -3.0, -3.0], [-4.0, 0.0, -3.0, -2.0]]]]> : tensor<1x2x5x4xf32>
  %22 = nn.constant dense<[[[[4.0, 3.0], [3.0, 1.0]], [[-3.0, 2.0], [1.0, 4.0]]], [[[0.0, -3.0], [1.0, 0.0]], [[1.0, -1.0], [-2.0, -3.0]]]]> : tensor<2x2x2x2xf32>
  %23 = call @conv(%21, %22) : (tensor<1x2x5x4xf32>, tensor<2x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %24 = nn.reshape %23 [] : tensor<1x2x2x2xf32> -> tensor<8xf32>
  %25 = tensor.cast %24 : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%25) : (tensor<*xf32>) -> ()
  %26 = nn.constant dense<[[[[4.0, 2.0], [0.0, -2.0], [1.0, -1.0]], [[1.0, -4.0], [-3.0, 2.0], [-4.0, 2.0]], [[-1.0, -4.0], [2.0, 2.0], [3.0, 4.0]]]]> : tensor<1x3x3x2xf32>
  %27 = nn.constant dense<[[[[2.0, 3.0, -3.0], [4.0, 4.0, 2.0]], [[3.0, 2.0, 3.0], [4.0, 0.0, 3.0]]], [[[4.0, -2.0, -4.0], [-3.0, -4.0, -1.0]], [[-4.0, -2.0, -2.0], [2.0, -2.0, 4.0]]]]> : tensor<2x2x2x3xf32>
  %28 = call @conv_channels_last(%26, %27) : (tensor<1x3x3x2xf32>, tensor<2x2x2x3xf32>) -> tensor<1x2x2x3xf32>
  %29 = nn.reshape %28 [] : tensor<1x2x2x3xf32> -> tensor<12xf32>
  %30 = tensor.cast %29 : tensor<12xf32> to tensor<*xf32>
  call @printMemrefF32(%30) : (tensor<*xf32>) -> ()
  %31 = nn.constant dense<[[[-3.0, 4.0, 1.0], [-2.0, -4.0, -2.0], [1.0, -4.0, -3.0], [-3.0, 2.0, -4.0]]]> : tensor<1x4x3xf32>
  %32 = nn.constant dense<[[[-4.0, 0.0], [-2.0, 1.0]], [[4.0, 3.0], [0.0, 1.0]], [[3.0, -1.0], [1.0, -3.0]], [[1.0, -2.0], [-3.0, 2.0]]]> : tensor<4x2x2xf32>
  %33 = call @conv_groups(%31, %32) : (tensor<1x4x3xf32>, tensor<4x2x2xf32>) -> tensor<1x4x2xf32>
  %34 = nn.reshape %33 [] : tensor<1x4x2xf32> -> tensor<8xf32>
  %35 = tensor.cast %34 : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%35) : (tensor<*xf32>) -> ()
  %36 = nn.constant dense<[[[1.0, -1.0, -4.0], [-2.0, 3.0, 0.0], [4.0, 4.0, 3.0], [-4.0, -4.0, 1.0]]]> : tensor<1x4x3xf32>
  %37 = tensor.cast %36 : tensor<1x4x3xf32> to tensor<1x?x3xf32>
  %38 = nn.constant dense<[[[-1.0, 3.0], [-2.0, -3.0]], [[-3.0, -2.0], [1.0, -3.0]], [[3.0, -2.0], [-2.0, 1.0]], [[3.0, -1.0], [3.0, -2.0]]]> : tensor<4x2x2xf32>
  %39 = tensor.cast %38 : tensor<4x2x2xf32> to tensor<?x?x2xf32>
  %40 = call @conv_groups_dynamic(%37, %39) : (tensor<1x?x3xf32>, tensor<?x?x2xf32>) -> tensor<1x?x2xf32>
  %41 = tensor.cast %40 : tensor<1x?x2xf32> to tensor<1x4x2xf32>
  %42 = nn.reshape %41 [] : tensor<1x4x2xf32> -> tensor<8xf32>
  %43 = tensor.cast %42 : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%43) : (tensor<*xf32>) -> ()
  %44 = nn.constant dense<[[[-3.0, 3.0, 2.0, 2.0], [3.0, 0.0, -3.0, 1.0], [1.0, -1.0, 1.0, -2.0]]]> : tensor<1x3x4xf32>
  %45 = nn.constant dense<[[[1.0, 3.0]], [[-4.0, 0.0]], [[1.0, -4.0]]]> : tensor<3x1x2xf32>
  %46 = call @conv_depthwise(%44, %45) : (tensor<1x3x4xf32>, tensor<3x1x2xf32>) -> tensor<1x3x3xf32>
  %47 = nn.reshape %46 [] : tensor<1x3x3xf32> -> tensor<9xf32>
  %48 = tensor.cast %47 : tensor<9xf32> to tensor<*xf32>
  call @printMemrefF32(%48) : (tensor<*xf32>) -> ()
  %49 = nn.constant dense<[[[1.0, 4.0, 3.0, 2.0]], [[3.0, -1.0, -2.0, -4.0]]]> : tensor<2x1x4xf32>
  %50 = tensor.cast %49 : tensor<2x1x4xf32> to tensor<?x1x?xf32>
  %51 = nn.constant dense<[[[2.0, -2.0]]]> : tensor<1x1x2xf32>
  %52 = call @conv_dynamic(%50, %51) : (tensor<?x1x?xf32>, tensor<1x1x2xf32>) -> tensor<?x1x?xf32>
  %53 = tensor.cast %52 : tensor<?x1x?xf32> to tensor<2x1x3xf32>
  %54 = nn.reshape %53 [] : tensor<2x1x3xf32> -> tensor<6xf32>
  %55 = tensor.cast %54 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%55) : (tensor<*xf32>) -> ()
  %56 = nn.constant dense<[[[14.0, 7.0, 5.0, 11.0], [13.0, 9.0, 1.0, 12.0], [15.0, 0.0, 8.0, 3.0], [2.0, 10.0, 6.0, 4.0]]]> : tensor<1x4x4xf32>
  %57 = call @pool_max(%56) : (tensor<1x4x4xf32>) -> tensor<1x2x2xf32>
  %58 = nn.reshape %57 [] : tensor<1x2x2xf32> -> tensor<4xf32>
  %59 = tensor.cast %58 : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%59) : (tensor<*xf32>) -> ()
  %60 = nn.constant dense<[[[9.0, 4.0, 1.0], [5.0, 8.0, 7.0], [2.0, 0.0, 10.0], [6.0, 3.0, 11.0]]]> : tensor<1x4x3xf32>
  %61 = call @pool_max_pads(%60) : (tensor<1x4x3xf32>) -> tensor<1x2x2xf32>
  %62 = nn.reshape %61 [] : tensor<1x2x2xf32> -> tensor<4xf32>
  %63 = tensor.cast %62 : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%63) : (tensor<*xf32>) -> ()
  %64 = nn.constant dense<[[6.0, 7.0], [2.0, 5.0], [3.0, 4.0], [1.0, 0.0]]> : tensor<4x2xf32>
  %65 = call @pool_max_channels_last(%64) : (tensor<4x2xf32>) -> tensor<2x2xf32>
  %66 = nn.reshape %65 [] : tensor<2x2xf32> -> tensor<4xf32>
  %67 = tensor.cast %66 : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%67) : (tensor<*xf32>) -> ()
  %68 = nn.constant dense<[[2.0, 1.0, 3.0, 0.0, 4.0]]> : tensor<1x5xf32>
  %69 = call @pool_max_rounded_up(%68) : (tensor<1x5xf32>) -> tensor<1x3xf32>
  %70 = nn.reshape %69 [] : tensor<1x3xf32> -> tensor<3xf32>
  %71 = tensor.cast %70 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%71) : (tensor<*xf32>) -> ()
  %72 = nn.constant dense<[[4.0, 3.0, 0.0, 1.0, 2.0]]> : tensor<1x5xf32>
  %73 = tensor.cast %72 : tensor<1x5xf32> to tensor<1x?xf32>
  %74 = arith.constant 3 : index
  %75 = call @pool_max_dynamic(%73, %74) : (tensor<1x?xf32>, index) -> tensor<1x?xf32>
  %76 = tensor.cast %75 : tensor<1x?xf32> to tensor<1x3xf32>
  %77 = nn.reshape %76 [] : tensor<1x3xf32> -> tensor<3xf32>
  %78 = tensor.cast %77 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%78) : (tensor<*xf32>) -> ()
  %79 = nn.constant dense<[[0.0, 3.0, 2.0, 1.0]]> : tensor<1x4xf32>
  %80 = call @pool_sum(%79) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %81 = nn.reshape %80 [] : tensor<1x4xf32> -> tensor<4xf32>
  %82 = tensor.cast %81 : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%82) : (tensor<*xf32>) -> ()
  %83 = nn.constant dense<[[3.0, 0.0, 1.0, 2.0]]> : tensor<1x4xf32>
  %84 = call @pool_average(%83) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %85 = nn.reshape %84 [] : tensor<1x4xf32> -> tensor<4xf32>
  %86 = tensor.cast %85 : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%86) : (tensor<*xf32>) -> ()
  %87 = nn.constant dense<[[1.0, 3.0, 2.0, 0.0]]> : tensor<1x4xf32>
  %88 = call @pool_average_border(%87) : (tensor<1x4xf32>) -> tensor<1x3xf32>
  %89 = nn.reshape %88 [] : tensor<1x3xf32> -> tensor<3xf32>
  %90 = tensor.cast %89 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%90) : (tensor<*xf32>) -> ()
  %91 = nn.constant dense<[[4.0, 1.0, 3.0, 2.0, 5.0, 0.0]]> : tensor<1x6xf32>
  %92 = call @pool_average_dilated(%91) : (tensor<1x6xf32>) -> tensor<1x3xf32>
  %93 = nn.reshape %92 [] : tensor<1x3xf32> -> tensor<3xf32>
  %94 = tensor.cast %93 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%94) : (tensor<*xf32>) -> ()
  %95 = nn.constant dense<[[5.0, 6.0, 3.0, 0.0], [1.0, 2.0, 4.0, 7.0]]> : tensor<2x4xf32>
  %96 = call @pool_index(%95) : (tensor<2x4xf32>) -> tensor<2x2xi64>
  %97 = nn.reshape %96 [] : tensor<2x2xi64> -> tensor<4xi64>
  %98 = tensor.cast %97 : tensor<4xi64> to tensor<*xi64>
  call @printMemrefI64(%98) : (tensor<*xi64>) -> ()
  return
}
