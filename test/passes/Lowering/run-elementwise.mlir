// RUN: %run_nn | FileCheck %s
// Elementwise ops, constants and generators, executed.
// Each function is called by @main, which prints the result flattened; expected values are from NumPy.

func.func private @printMemrefF32(tensor<*xf32>)
func.func private @printMemrefI64(tensor<*xi64>)

// A dynamic extent comes from the operand.
// CHECK: [7, -1, -2, 2, -1, 5]
func.func @add_dynamic(%a0: tensor<?x3xf32>, %a1: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = nn.add %a0, %a1 : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// Constants of one value, also behind a broadcast, become scalars in the body.
// CHECK: [8.5, 2.5, 4.5, 8.5, 2.5, 4.5]
func.func @splats(%a0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %two = nn.constant dense<2.0> : tensor<2x3xf32>
  %half = nn.constant dense<0.5> : tensor<f32>
  %wide = nn.broadcast %half [] {dims = array<i64>} : tensor<f32> -> tensor<2x3xf32>
  %0 = nn.mul %a0, %two : tensor<2x3xf32>
  %1 = nn.add %0, %wide : tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// Narrow floats are computed in f32 and rounded once.
// CHECK: [1, 2000, -6]
func.func @bf16(%a0: tensor<3xbf16>, %a1: tensor<3xbf16>) -> tensor<3xbf16> {
  %0 = nn.add %a0, %a1 : tensor<3xbf16>
  return %0 : tensor<3xbf16>
}

// A function of narrow floats.
// CHECK: [1, {{2\.718[0-9]*}}, {{0\.3679[0-9]*}}]
func.func @exp_f16(%a0: tensor<3xf16>) -> tensor<3xf16> {
  %0 = nn.exp %a0 : tensor<3xf16>
  return %0 : tensor<3xf16>
}

// 8-bit floats are bits in i8; sums saturate.
// CHECK: [3, -4, 448, 0.125]
func.func @f8(%a0: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  %0 = nn.add %a0, %a0 : tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}

// 200 is more than 100 only when unsigned.
// CHECK: [200, 250, 255]
func.func @max_unsigned(%a0: tensor<3xui8>, %a1: tensor<3xui8>) -> tensor<3xui8> {
  %0 = nn.max %a0, %a1 : tensor<3xui8>
  return %0 : tensor<3xui8>
}

// 4-bit integers wrap at 4 bits in their byte.
// CHECK: [7, -8, 5]
func.func @wrap_i4(%a0: tensor<3xi4>, %a1: tensor<3xi4>) -> tensor<3xi4> {
  %0 = nn.add %a0, %a1 : tensor<3xi4>
  return %0 : tensor<3xi4>
}

// A boolean operand.
// CHECK: [4, -2, 2, -2, 1, 3]
func.func @select(%a0: tensor<2x3xi1>, %a1: tensor<2x3xf32>, %a2: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = nn.select %a0, %a1, %a2 : tensor<2x3xi1>, tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// Rank 0.
// CHECK: [12]
func.func @scalar(%a0: tensor<f32>, %a1: tensor<f32>) -> tensor<f32> {
  %0 = nn.mul %a0, %a1 : tensor<f32>
  return %0 : tensor<f32>
}

// Positions along an inner axis.
// CHECK: [0, 1, 2, 0, 1, 2]
func.func @iota(%a0: index) -> tensor<2x?xi64> {
  %0 = nn.iota [%a0] {axis = 1 : i64} : tensor<2x?xi64>
  return %0 : tensor<2x?xi64>
}

// SplitMix64 of key 42, compared as signed numbers.
// CHECK: [-4767286540954276203, 2949826092126892291, 5139283748462763858, 6349198060258255764]
func.func @random_bits(%a0: tensor<ui64>, %a1: index) -> tensor<?x2xi64> {
  %0 = nn.random_bits %a0 [%a1] : tensor<?x2xui64>
  %1 = nn.cast %0 : tensor<?x2xui64> -> tensor<?x2xi64>
  return %1 : tensor<?x2xi64>
}

func.func @main() {
  %0 = nn.constant dense<[[4.0, 1.0, 2.0], [4.0, 1.0, 2.0]]> : tensor<2x3xf32>
  %1 = tensor.cast %0 : tensor<2x3xf32> to tensor<?x3xf32>
  %2 = nn.constant dense<[[3.0, -2.0, -4.0], [-2.0, -2.0, 3.0]]> : tensor<2x3xf32>
  %3 = tensor.cast %2 : tensor<2x3xf32> to tensor<?x3xf32>
  %4 = call @add_dynamic(%1, %3) : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  %5 = tensor.cast %4 : tensor<?x3xf32> to tensor<2x3xf32>
  %6 = nn.reshape %5 [] : tensor<2x3xf32> -> tensor<6xf32>
  %7 = tensor.cast %6 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%7) : (tensor<*xf32>) -> ()
  %8 = nn.constant dense<[[4.0, 1.0, 2.0], [4.0, 1.0, 2.0]]> : tensor<2x3xf32>
  %9 = call @splats(%8) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %10 = nn.reshape %9 [] : tensor<2x3xf32> -> tensor<6xf32>
  %11 = tensor.cast %10 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%11) : (tensor<*xf32>) -> ()
  %12 = nn.constant dense<[0.5, 1000.0, -3.0]> : tensor<3xbf16>
  %13 = nn.constant dense<[0.5, 1000.0, -3.0]> : tensor<3xbf16>
  %14 = call @bf16(%12, %13) : (tensor<3xbf16>, tensor<3xbf16>) -> tensor<3xbf16>
  %15 = nn.cast %14 : tensor<3xbf16> -> tensor<3xf32>
  %16 = tensor.cast %15 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%16) : (tensor<*xf32>) -> ()
  %17 = nn.constant dense<[0.0, 1.0, -1.0]> : tensor<3xf16>
  %18 = call @exp_f16(%17) : (tensor<3xf16>) -> tensor<3xf16>
  %19 = nn.cast %18 : tensor<3xf16> -> tensor<3xf32>
  %20 = tensor.cast %19 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%20) : (tensor<*xf32>) -> ()
  %21 = nn.constant dense<[1.5, -2.0, 448.0, 0.0625]> : tensor<4xf8E4M3FN>
  %22 = call @f8(%21) : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN>
  %23 = nn.cast %22 : tensor<4xf8E4M3FN> -> tensor<4xf32>
  %24 = tensor.cast %23 : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%24) : (tensor<*xf32>) -> ()
  %25 = nn.constant dense<[200, 3, 255]> : tensor<3xui8>
  %26 = nn.constant dense<[100, 250, 255]> : tensor<3xui8>
  %27 = call @max_unsigned(%25, %26) : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xui8>
  %28 = nn.cast %27 : tensor<3xui8> -> tensor<3xf32>
  %29 = tensor.cast %28 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%29) : (tensor<*xf32>) -> ()
  %30 = nn.constant dense<[-8, 7, 3]> : tensor<3xi4>
  %31 = nn.constant dense<[-1, 1, 2]> : tensor<3xi4>
  %32 = call @wrap_i4(%30, %31) : (tensor<3xi4>, tensor<3xi4>) -> tensor<3xi4>
  %33 = nn.cast %32 : tensor<3xi4> -> tensor<3xf32>
  %34 = tensor.cast %33 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%34) : (tensor<*xf32>) -> ()
  %35 = nn.constant dense<[[true, false, true], [false, true, false]]> : tensor<2x3xi1>
  %36 = nn.constant dense<[[4.0, 1.0, 2.0], [4.0, 1.0, 2.0]]> : tensor<2x3xf32>
  %37 = nn.constant dense<[[3.0, -2.0, -4.0], [-2.0, -2.0, 3.0]]> : tensor<2x3xf32>
  %38 = call @select(%35, %36, %37) : (tensor<2x3xi1>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %39 = nn.reshape %38 [] : tensor<2x3xf32> -> tensor<6xf32>
  %40 = tensor.cast %39 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%40) : (tensor<*xf32>) -> ()
  %41 = nn.constant dense<3.0> : tensor<f32>
  %42 = nn.constant dense<4.0> : tensor<f32>
  %43 = call @scalar(%41, %42) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %44 = nn.reshape %43 [] : tensor<f32> -> tensor<1xf32>
  %45 = tensor.cast %44 : tensor<1xf32> to tensor<*xf32>
  call @printMemrefF32(%45) : (tensor<*xf32>) -> ()
  %46 = arith.constant 3 : index
  %47 = call @iota(%46) : (index) -> tensor<2x?xi64>
  %48 = tensor.cast %47 : tensor<2x?xi64> to tensor<2x3xi64>
  %49 = nn.reshape %48 [] : tensor<2x3xi64> -> tensor<6xi64>
  %50 = tensor.cast %49 : tensor<6xi64> to tensor<*xi64>
  call @printMemrefI64(%50) : (tensor<*xi64>) -> ()
  %51 = nn.constant dense<42> : tensor<ui64>
  %52 = arith.constant 2 : index
  %53 = call @random_bits(%51, %52) : (tensor<ui64>, index) -> tensor<?x2xi64>
  %54 = tensor.cast %53 : tensor<?x2xi64> to tensor<2x2xi64>
  %55 = nn.reshape %54 [] : tensor<2x2xi64> -> tensor<4xi64>
  %56 = tensor.cast %55 : tensor<4xi64> to tensor<*xi64>
  call @printMemrefI64(%56) : (tensor<*xi64>) -> ()
  return
}
