// RUN: %run_nn | FileCheck %s
// Convolutions with pads, input dilation and batch groups, executed.
// Each function is called by @main, which prints the result flattened; expected values are from NumPy.

func.func private @printMemrefF32(tensor<*xf32>)

// Different pads on all sides.
// CHECK: [10, 2, 0, 19, 9, 0, -2, 11, 0]
func.func @pads(%a0: tensor<1x1x3x2xf32>, %a1: tensor<1x1x2x2xf32>) -> tensor<1x1x3x3xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>, output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: 1, 0>, pad_high = array<i64: 0, 2>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x3x2xf32>, tensor<1x1x2x2xf32> -> tensor<1x1x3x3xf32>
  return %0 : tensor<1x1x3x3xf32>
}

// One side is cut off.
// CHECK: [-11, 0, -12, 9]
func.func @negative_pads(%a0: tensor<1x1x5xf32>, %a1: tensor<1x1x2xf32>) -> tensor<1x1x4xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: -1>, pad_high = array<i64: 1>, input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x5xf32>, tensor<1x1x2xf32> -> tensor<1x1x4xf32>
  return %0 : tensor<1x1x4xf32>
}

// A transposed convolution: as many outputs per phase.
// CHECK: [-4, -10, 12, 2, -8, 0]
func.func @phases(%a0: tensor<1x1x3xf32>, %a1: tensor<1x1x4xf32>) -> tensor<1x1x6xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 2>, pad_high = array<i64: 2>, input_dilation = array<i64: 2>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x3xf32>, tensor<1x1x4xf32> -> tensor<1x1x6xf32>
  return %0 : tensor<1x1x6xf32>
}

// The last phase has fewer outputs.
// CHECK: [4, 4, 0, 0, -20, 6, -1, 0, 0, 2, -4, -15, 11, 8]
func.func @phases_uneven(%a0: tensor<1x2x3xf32>, %a1: tensor<2x2x3xf32>) -> tensor<1x2x7xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 2>, pad_high = array<i64: 2>, input_dilation = array<i64: 2>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x2x3xf32>, tensor<2x2x3xf32> -> tensor<1x2x7xf32>
  return %0 : tensor<1x2x7xf32>
}

// A window shorter than the dilation leaves a phase without elements.
// CHECK: [0, 0, 0, -12, -3, 0, 8, 2, 0]
func.func @phase_of_zeros(%a0: tensor<1x1x3xf32>, %a1: tensor<1x1x2xf32>) -> tensor<1x1x9xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 1>, pad_high = array<i64: 2>, input_dilation = array<i64: 3>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x3xf32>, tensor<1x1x2xf32> -> tensor<1x1x9xf32>
  return %0 : tensor<1x1x9xf32>
}

// A stride as well: phases of the stride and the dilation together.
// CHECK: [0, -3, -9, 0, -3, -9, 0]
func.func @phases_stepping(%a0: tensor<1x1x5xf32>, %a1: tensor<1x1x3xf32>) -> tensor<1x1x7xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 2>, pad_low = array<i64: 1>, pad_high = array<i64: 2>, input_dilation = array<i64: 3>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x5xf32>, tensor<1x1x3xf32> -> tensor<1x1x7xf32>
  return %0 : tensor<1x1x7xf32>
}

// A dilated window meets one phase only.
// CHECK: [0, -10, 0, 7, 0]
func.func @phases_dilated_window(%a0: tensor<1x1x3xf32>, %a1: tensor<1x1x2xf32>) -> tensor<1x1x5xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 1>, pad_high = array<i64: 1>, input_dilation = array<i64: 2>, window_dilation = array<i64: 2>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x3xf32>, tensor<1x1x2xf32> -> tensor<1x1x5xf32>
  return %0 : tensor<1x1x5xf32>
}

// A stride that is a multiple of the dilation has one phase.
// CHECK: [8, 6, 6, -8]
func.func @stride_of_dilation(%a0: tensor<1x1x4xf32>, %a1: tensor<1x1x2xf32>) -> tensor<1x1x4xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 2>, pad_low = array<i64: 0>, pad_high = array<i64: 1>, input_dilation = array<i64: 2>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x4xf32>, tensor<1x1x2xf32> -> tensor<1x1x4xf32>
  return %0 : tensor<1x1x4xf32>
}

// An extent known at run time.
// CHECK: [-3, -1, -3, 8, 9, -3]
func.func @phases_dynamic(%a0: tensor<1x1x?xf32>, %a1: tensor<1x1x4xf32>) -> tensor<1x1x?xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 2>, pad_high = array<i64: 2>, input_dilation = array<i64: 2>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x?xf32>, tensor<1x1x4xf32> -> tensor<1x1x?xf32>
  return %0 : tensor<1x1x?xf32>
}

// The surplus is cut off at run time.
// CHECK: [0, -3, 2, -6, 4, 6, -4]
func.func @phases_dynamic_uneven(%a0: tensor<1x1x?xf32>, %a1: tensor<1x1x3xf32>) -> tensor<1x1x?xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 2>, pad_high = array<i64: 2>, input_dilation = array<i64: 2>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x?xf32>, tensor<1x1x3xf32> -> tensor<1x1x?xf32>
  return %0 : tensor<1x1x?xf32>
}

// Phases of both dimensions, in two groups, features innermost.
// CHECK: [5, -1, -1, -5, -1, -14, -16, 7, -5, 1, 7, -3, 14, 7, 4, -7, 1, -13, 1, -11, -8, -35, -4, -2, -3, 10, 2, -15, 10, 17, -8, -18]
func.func @phases_two_dimensions(%a0: tensor<1x2x2x4xf32>, %a1: tensor<2x3x2x2xf32>) -> tensor<1x4x4x2xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 3, 1, 2>, filter_layout = array<i64: 3, 2, 0, 1>, output_layout = array<i64: 0, 3, 1, 2>, strides = array<i64: 1, 1>, pad_low = array<i64: 1, 2>, pad_high = array<i64: 1, 1>, input_dilation = array<i64: 2, 2>, window_dilation = array<i64: 1, 1>, feature_groups = 2 : i64, batch_groups = 1 : i64} : tensor<1x2x2x4xf32>, tensor<2x3x2x2xf32> -> tensor<1x4x4x2xf32>
  return %0 : tensor<1x4x4x2xf32>
}

// Pads cut off the whole input.
// CHECK: [0, 0, 0]
func.func @all_cut_off(%a0: tensor<1x1x1xf32>, %a1: tensor<1x1x1xf32>) -> tensor<1x1x3xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: -3>, pad_high = array<i64: 5>, input_dilation = array<i64: 2>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x1xf32>, tensor<1x1x1xf32> -> tensor<1x1x3xf32>
  return %0 : tensor<1x1x3xf32>
}

// Each half of the batch yields its own features.
// CHECK: [-2, -4, 22, -10, -16, -2, -16, -6, 22, 24, -2, -25, 0, -12, -39, 0, 6, -5, 16, -6, -8, 0, 22, 0]
func.func @batch_groups(%a0: tensor<4x2x3xf32>, %a1: tensor<4x2x2xf32>) -> tensor<2x4x3xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 1>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 2 : i64} : tensor<4x2x3xf32>, tensor<4x2x2xf32> -> tensor<2x4x3xf32>
  return %0 : tensor<2x4x3xf32>
}

// A batch known at run time, features innermost.
// CHECK: [1, -4, 6, -2, -11, 2, -18, 0, -2, 4, 14, -7, 3, 0, -1, 5]
func.func @batch_groups_dynamic(%a0: tensor<?x3x2xf32>, %a1: tensor<2x2x4xf32>) -> tensor<?x2x4xf32> {
  %0 = nn.conv %a0, %a1 {input_layout = array<i64: 0, 2, 1>, filter_layout = array<i64: 2, 1, 0>, output_layout = array<i64: 0, 2, 1>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 2 : i64} : tensor<?x3x2xf32>, tensor<2x2x4xf32> -> tensor<?x2x4xf32>
  return %0 : tensor<?x2x4xf32>
}

func.func @main() {
  %0 = nn.constant dense<[[[[4.0, 2.0], [-2.0, 3.0], [-2.0, 2.0]]]]> : tensor<1x1x3x2xf32>
  %1 = nn.constant dense<[[[[3.0, 0.0], [1.0, 3.0]]]]> : tensor<1x1x2x2xf32>
  %2 = call @pads(%0, %1) : (tensor<1x1x3x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x3x3xf32>
  %3 = nn.reshape %2 [] : tensor<1x1x3x3xf32> -> tensor<9xf32>
  %4 = tensor.cast %3 : tensor<9xf32> to tensor<*xf32>
  call @printMemrefF32(%4) : (tensor<*xf32>) -> ()
  %5 = nn.constant dense<[[[-3.0, -4.0, -1.0, -3.0, 3.0]]]> : tensor<1x1x5xf32>
  %6 = nn.constant dense<[[[3.0, -1.0]]]> : tensor<1x1x2xf32>
  %7 = call @negative_pads(%5, %6) : (tensor<1x1x5xf32>, tensor<1x1x2xf32>) -> tensor<1x1x4xf32>
  %8 = nn.reshape %7 [] : tensor<1x1x4xf32> -> tensor<4xf32>
  %9 = tensor.cast %8 : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%9) : (tensor<*xf32>) -> ()
  %10 = nn.constant dense<[[[-2.0, 2.0, 0.0]]]> : tensor<1x1x3xf32>
  %11 = nn.constant dense<[[[-4.0, 1.0, 2.0, -4.0]]]> : tensor<1x1x4xf32>
  %12 = call @phases(%10, %11) : (tensor<1x1x3xf32>, tensor<1x1x4xf32>) -> tensor<1x1x6xf32>
  %13 = nn.reshape %12 [] : tensor<1x1x6xf32> -> tensor<6xf32>
  %14 = tensor.cast %13 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%14) : (tensor<*xf32>) -> ()
  %15 = nn.constant dense<[[[2.0, 0.0, 3.0], [3.0, 2.0, -1.0]]]> : tensor<1x2x3xf32>
  %16 = nn.constant dense<[[[-1.0, 2.0, -4.0], [-2.0, 0.0, 4.0]], [[2.0, 3.0, -3.0], [-2.0, -2.0, 2.0]]]> : tensor<2x2x3xf32>
  %17 = call @phases_uneven(%15, %16) : (tensor<1x2x3xf32>, tensor<2x2x3xf32>) -> tensor<1x2x7xf32>
  %18 = nn.reshape %17 [] : tensor<1x2x7xf32> -> tensor<14xf32>
  %19 = tensor.cast %18 : tensor<14xf32> to tensor<*xf32>
  call @printMemrefF32(%19) : (tensor<*xf32>) -> ()
  %20 = nn.constant dense<[[[0.0, -3.0, 2.0]]]> : tensor<1x1x3xf32>
  %21 = nn.constant dense<[[[1.0, 4.0]]]> : tensor<1x1x2xf32>
  %22 = call @phase_of_zeros(%20, %21) : (tensor<1x1x3xf32>, tensor<1x1x2xf32>) -> tensor<1x1x9xf32>
  %23 = nn.reshape %22 [] : tensor<1x1x9xf32> -> tensor<9xf32>
  %24 = tensor.cast %23 : tensor<9xf32> to tensor<*xf32>
  call @printMemrefF32(%24) : (tensor<*xf32>) -> ()
  %25 = nn.constant dense<[[[1.0, -3.0, 3.0, -3.0, -4.0]]]> : tensor<1x1x5xf32>
  %26 = nn.constant dense<[[[3.0, 0.0, 1.0]]]> : tensor<1x1x3xf32>
  %27 = call @phases_stepping(%25, %26) : (tensor<1x1x5xf32>, tensor<1x1x3xf32>) -> tensor<1x1x7xf32>
  %28 = nn.reshape %27 [] : tensor<1x1x7xf32> -> tensor<7xf32>
  %29 = tensor.cast %28 : tensor<7xf32> to tensor<*xf32>
  call @printMemrefF32(%29) : (tensor<*xf32>) -> ()
  %30 = nn.constant dense<[[[-3.0, 2.0, -1.0]]]> : tensor<1x1x3xf32>
  %31 = nn.constant dense<[[[4.0, 1.0]]]> : tensor<1x1x2xf32>
  %32 = call @phases_dilated_window(%30, %31) : (tensor<1x1x3xf32>, tensor<1x1x2xf32>) -> tensor<1x1x5xf32>
  %33 = nn.reshape %32 [] : tensor<1x1x5xf32> -> tensor<5xf32>
  %34 = tensor.cast %33 : tensor<5xf32> to tensor<*xf32>
  call @printMemrefF32(%34) : (tensor<*xf32>) -> ()
  %35 = nn.constant dense<[[[4.0, 3.0, 3.0, -4.0]]]> : tensor<1x1x4xf32>
  %36 = nn.constant dense<[[[2.0, 1.0]]]> : tensor<1x1x2xf32>
  %37 = call @stride_of_dilation(%35, %36) : (tensor<1x1x4xf32>, tensor<1x1x2xf32>) -> tensor<1x1x4xf32>
  %38 = nn.reshape %37 [] : tensor<1x1x4xf32> -> tensor<4xf32>
  %39 = tensor.cast %38 : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%39) : (tensor<*xf32>) -> ()
  %40 = nn.constant dense<[[[-1.0, -2.0, 1.0]]]> : tensor<1x1x3xf32>
  %41 = tensor.cast %40 : tensor<1x1x3xf32> to tensor<1x1x?xf32>
  %42 = nn.constant dense<[[[-3.0, -3.0, 3.0, 2.0]]]> : tensor<1x1x4xf32>
  %43 = call @phases_dynamic(%41, %42) : (tensor<1x1x?xf32>, tensor<1x1x4xf32>) -> tensor<1x1x?xf32>
  %44 = tensor.cast %43 : tensor<1x1x?xf32> to tensor<1x1x6xf32>
  %45 = nn.reshape %44 [] : tensor<1x1x6xf32> -> tensor<6xf32>
  %46 = tensor.cast %45 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%46) : (tensor<*xf32>) -> ()
  %47 = nn.constant dense<[[[1.0, 2.0, -2.0]]]> : tensor<1x1x3xf32>
  %48 = tensor.cast %47 : tensor<1x1x3xf32> to tensor<1x1x?xf32>
  %49 = nn.constant dense<[[[2.0, -3.0, 0.0]]]> : tensor<1x1x3xf32>
  %50 = call @phases_dynamic_uneven(%48, %49) : (tensor<1x1x?xf32>, tensor<1x1x3xf32>) -> tensor<1x1x?xf32>
  %51 = tensor.cast %50 : tensor<1x1x?xf32> to tensor<1x1x7xf32>
  %52 = nn.reshape %51 [] : tensor<1x1x7xf32> -> tensor<7xf32>
  %53 = tensor.cast %52 : tensor<7xf32> to tensor<*xf32>
  call @printMemrefF32(%53) : (tensor<*xf32>) -> ()
  %54 = nn.constant dense<[[[[-3.0, -1.0, -1.0, -1.0], [0.0, -4.0, -1.0, 3.0]], [[-1.0, 0.0, -4.0, -1.0], [4.0, 0.0, -4.0, 2.0]]]]> : tensor<1x2x2x4xf32>
  %55 = nn.constant dense<[[[[2.0, -1.0], [-4.0, 3.0]], [[-2.0, 4.0], [-1.0, -1.0]], [[3.0, -3.0], [-4.0, 2.0]]], [[[4.0, 4.0], [-3.0, -3.0]], [[-1.0, 2.0], [4.0, 3.0]], [[-1.0, 4.0], [-2.0, -3.0]]]]> : tensor<2x3x2x2xf32>
  %56 = call @phases_two_dimensions(%54, %55) : (tensor<1x2x2x4xf32>, tensor<2x3x2x2xf32>) -> tensor<1x4x4x2xf32>
  %57 = nn.reshape %56 [] : tensor<1x4x4x2xf32> -> tensor<32xf32>
  %58 = tensor.cast %57 : tensor<32xf32> to tensor<*xf32>
  call @printMemrefF32(%58) : (tensor<*xf32>) -> ()
  %59 = nn.constant dense<[[[-1.0]]]> : tensor<1x1x1xf32>
  %60 = nn.constant dense<[[[-4.0]]]> : tensor<1x1x1xf32>
  %61 = call @all_cut_off(%59, %60) : (tensor<1x1x1xf32>, tensor<1x1x1xf32>) -> tensor<1x1x3xf32>
  %62 = nn.reshape %61 [] : tensor<1x1x3xf32> -> tensor<3xf32>
  %63 = tensor.cast %62 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%63) : (tensor<*xf32>) -> ()
  %64 = nn.constant dense<[[[2.0, 4.0, -4.0], [-3.0, -3.0, -3.0]], [[0.0, 1.0, 4.0], [0.0, 4.0, 2.0]], [[3.0, -3.0, 0.0], [4.0, 2.0, -3.0]], [[3.0, 2.0, -3.0], [-4.0, -2.0, 0.0]]]> : tensor<4x2x3xf32>
  %65 = nn.constant dense<[[[-3.0, -4.0], [-4.0, -2.0]], [[-1.0, -2.0], [0.0, 2.0]], [[-2.0, 0.0], [2.0, -4.0]], [[4.0, 4.0], [-2.0, 3.0]]]> : tensor<4x2x2xf32>
  %66 = call @batch_groups(%64, %65) : (tensor<4x2x3xf32>, tensor<4x2x2xf32>) -> tensor<2x4x3xf32>
  %67 = nn.reshape %66 [] : tensor<2x4x3xf32> -> tensor<24xf32>
  %68 = tensor.cast %67 : tensor<24xf32> to tensor<*xf32>
  call @printMemrefF32(%68) : (tensor<*xf32>) -> ()
  %69 = nn.constant dense<[[[-2.0, 4.0], [1.0, -2.0], [-4.0, -1.0]], [[2.0, -2.0], [0.0, -3.0], [-1.0, -4.0]], [[4.0, 0.0], [3.0, -3.0], [-3.0, -3.0]], [[1.0, 3.0], [1.0, 0.0], [4.0, -3.0]]]> : tensor<4x3x2xf32>
  %70 = tensor.cast %69 : tensor<4x3x2xf32> to tensor<?x3x2xf32>
  %71 = nn.constant dense<[[[-3.0, 2.0, 3.0, -2.0], [-2.0, 0.0, 3.0, -2.0]], [[3.0, 0.0, 2.0, 1.0], [0.0, 0.0, 4.0, -1.0]]]> : tensor<2x2x4xf32>
  %72 = call @batch_groups_dynamic(%70, %71) : (tensor<?x3x2xf32>, tensor<2x2x4xf32>) -> tensor<?x2x4xf32>
  %73 = tensor.cast %72 : tensor<?x2x4xf32> to tensor<2x2x4xf32>
  %74 = nn.reshape %73 [] : tensor<2x2x4xf32> -> tensor<16xf32>
  %75 = tensor.cast %74 : tensor<16xf32> to tensor<*xf32>
  call @printMemrefF32(%75) : (tensor<*xf32>) -> ()
  return
}
