// RUN: %run_nn | FileCheck %s
// Ops that move elements, executed.
// Each function is called by @main, which prints the result flattened; expected values are from NumPy.

func.func private @printMemrefF32(tensor<*xf32>)

// A new leading dimension.
// CHECK: [4, -4, 0, 4, -4, 0]
func.func @broadcast(%a0: tensor<3xf32>, %a1: index) -> tensor<?x3xf32> {
  %0 = nn.broadcast %a0 [%a1] {dims = array<i64: 1>} : tensor<3xf32> -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// A static extent of 1 repeats.
// CHECK: [3, 3, 3, -3, -3, -3]
func.func @broadcast_one(%a0: tensor<2x1xf32>) -> tensor<2x3xf32> {
  %0 = nn.broadcast %a0 [] {dims = array<i64: 0, 1>} : tensor<2x1xf32> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// A dynamic extent that turns out to be 1 repeats.
// CHECK: [3, -3, 3, -3, 3, -3]
func.func @broadcast_dynamic_one(%a0: tensor<?x2xf32>, %a1: index) -> tensor<?x2xf32> {
  %0 = nn.broadcast %a0 [%a1] {dims = array<i64: 0, 1>} : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// The same code where it turns out to be the whole extent.
// CHECK: [0, 3, -2, -1, -2, 2]
func.func @broadcast_dynamic_all(%a0: tensor<?x2xf32>, %a1: index) -> tensor<?x2xf32> {
  %0 = nn.broadcast %a0 [%a1] {dims = array<i64: 0, 1>} : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// A rotation of dimensions is not its own inverse.
// CHECK: [-2, 0, 0, 3, 4, 0, 0, 3, 0, 1, 4, 2]
func.func @transpose(%a0: tensor<2x?x3xf32>) -> tensor<3x2x?xf32> {
  %0 = nn.transpose %a0 {permutation = array<i64: 2, 0, 1>} : tensor<2x?x3xf32> -> tensor<3x2x?xf32>
  return %0 : tensor<3x2x?xf32>
}

// Steps, and a negative stride.
// CHECK: [1, 3, -3, 3, 4, 3, 0, 4]
func.func @slice(%a0: tensor<6x5xf32>) -> tensor<2x4xf32> {
  %0 = nn.slice %a0 offsets[] sizes[] {static_offsets = array<i64: 1, 3>, strides = array<i64: 2, -1>} : tensor<6x5xf32> -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// The first rows and columns only.
// CHECK: [1, -1, 4, 3, -3, 3]
func.func @slice_front(%a0: tensor<?x5xf32>, %a1: index) -> tensor<?x3xf32> {
  %0 = nn.slice %a0 offsets[] sizes[%a1] {static_offsets = array<i64: 0, 0>, strides = array<i64: 1, 1>} : tensor<?x5xf32> -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// An offset known at run time.
// CHECK: [-3, 3, 1, -1, 0, -2]
func.func @slice_dynamic(%a0: tensor<?x5xf32>, %a1: index, %a2: index) -> tensor<?x3xf32> {
  %0 = nn.slice %a0 offsets[%a1] sizes[%a2] {static_offsets = array<i64: -9223372036854775808, 1>, strides = array<i64: 3, 1>} : tensor<?x5xf32> -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// Neither shape divides the other.
// CHECK: [-3, 0, -2, 4, 3, -3, 0, 4, 3, 2, 1, -4]
func.func @reshape(%a0: tensor<4x3xf32>) -> tensor<2x6xf32> {
  %0 = nn.reshape %a0 [] : tensor<4x3xf32> -> tensor<2x6xf32>
  return %0 : tensor<2x6xf32>
}

// Outer and inner extents stay, ones come and go.
// CHECK: [2, 0, -4, -2, 0, 2, 0, 1, 3, 2, -1, 1]
func.func @reshape_kept(%a0: tensor<2x1x3x2xf32>) -> tensor<2x3x1x2xf32> {
  %0 = nn.reshape %a0 [] : tensor<2x1x3x2xf32> -> tensor<2x3x1x2xf32>
  return %0 : tensor<2x3x1x2xf32>
}

// One dynamic extent on both sides.
// CHECK: [1, -4, -4, 1, -1, 1, -2, -2, -3, -1, 3, -1]
func.func @reshape_dynamic(%a0: tensor<?x6xf32>, %a1: index) -> tensor<?x3xf32> {
  %0 = nn.reshape %a0 [%a1] : tensor<?x6xf32> -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// Two dynamic extents of unknown relation.
// CHECK: [-1, 1, 4, -1, 1, -1, 1, 0, 1, 0, 2, 4]
func.func @reshape_dynamic_pair(%a0: tensor<?x?xf32>, %a1: index, %a2: index) -> tensor<?x?xf32> {
  %0 = nn.reshape %a0 [%a1, %a2] : tensor<?x?xf32> -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// To rank 0.
// CHECK: [-3]
func.func @reshape_to_scalar(%a0: tensor<1x1xf32>) -> tensor<f32> {
  %0 = nn.reshape %a0 [] : tensor<1x1xf32> -> tensor<f32>
  return %0 : tensor<f32>
}

// From rank 0.
// CHECK: [1]
func.func @reshape_from_scalar(%a0: tensor<f32>) -> tensor<1x1xf32> {
  %0 = nn.reshape %a0 [] : tensor<f32> -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// Operands computed in place, and one of dynamic extent.
// CHECK: [1, 1, 2, -4, -1, 4, 1, -3, 4, 4]
func.func @concat(%a0: tensor<2x3xf32>, %a1: tensor<2x?xf32>) -> tensor<2x?xf32> {
  %0 = nn.neg %a0 : tensor<2x3xf32>
  %1 = nn.concat %0, %a1 {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x?xf32>) -> tensor<2x?xf32>
  return %1 : tensor<2x?xf32>
}

// A value known at run time, and a dynamic pad.
// CHECK: [9, 9, 9, 9, 9, 9, 9, 9, -1, -1, -2, 9, 9, 9, -4, -1, 3, 9]
func.func @pad_constant(%a0: tensor<2x3xf32>, %a1: tensor<f32>, %a2: index) -> tensor<?x6xf32> {
  %0 = nn.pad %a0 value(%a1 : tensor<f32>) low[%a2] high[] {mode = #nn.pad_mode<constant>, static_low = array<i64: -9223372036854775808, 2>, static_high = array<i64: 0, 1>} : tensor<2x3xf32> -> tensor<?x6xf32>
  return %0 : tensor<?x6xf32>
}

// The border element repeats.
// CHECK: [1, 1, 1, 2, 3, 3]
func.func @pad_edge(%a0: tensor<3xf32>) -> tensor<6xf32> {
  %0 = nn.pad %a0 low[] high[] {mode = #nn.pad_mode<edge>, static_low = array<i64: 2>, static_high = array<i64: 1>} : tensor<3xf32> -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// Mirrored once: pads are shorter than the extent.
// CHECK: [3, 2, 1, 2, 3, 2]
func.func @pad_reflect(%a0: tensor<3xf32>) -> tensor<6xf32> {
  %0 = nn.pad %a0 low[] high[] {mode = #nn.pad_mode<reflect>, static_low = array<i64: 2>, static_high = array<i64: 1>} : tensor<3xf32> -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// Continued from the other end, more than once.
// CHECK: [3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2]
func.func @pad_wrap(%a0: tensor<3xf32>) -> tensor<12xf32> {
  %0 = nn.pad %a0 low[] high[] {mode = #nn.pad_mode<wrap>, static_low = array<i64: 4>, static_high = array<i64: 5>} : tensor<3xf32> -> tensor<12xf32>
  return %0 : tensor<12xf32>
}

// Mirrored several times.
// CHECK: [2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2]
func.func @pad_reflect_far(%a0: tensor<?xf32>) -> tensor<?xf32> {
  %0 = nn.pad %a0 low[] high[] {mode = #nn.pad_mode<reflect>, static_low = array<i64: 5>, static_high = array<i64: 3>} : tensor<?xf32> -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

func.func @main() {
  %0 = nn.constant dense<[4.0, -4.0, 0.0]> : tensor<3xf32>
  %1 = arith.constant 2 : index
  %2 = call @broadcast(%0, %1) : (tensor<3xf32>, index) -> tensor<?x3xf32>
  %3 = tensor.cast %2 : tensor<?x3xf32> to tensor<2x3xf32>
  %4 = nn.reshape %3 [] : tensor<2x3xf32> -> tensor<6xf32>
  %5 = tensor.cast %4 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%5) : (tensor<*xf32>) -> ()
  %6 = nn.constant dense<[[3.0], [-3.0]]> : tensor<2x1xf32>
  %7 = call @broadcast_one(%6) : (tensor<2x1xf32>) -> tensor<2x3xf32>
  %8 = nn.reshape %7 [] : tensor<2x3xf32> -> tensor<6xf32>
  %9 = tensor.cast %8 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%9) : (tensor<*xf32>) -> ()
  %10 = nn.constant dense<[[3.0, -3.0]]> : tensor<1x2xf32>
  %11 = tensor.cast %10 : tensor<1x2xf32> to tensor<?x2xf32>
  %12 = arith.constant 3 : index
  %13 = call @broadcast_dynamic_one(%11, %12) : (tensor<?x2xf32>, index) -> tensor<?x2xf32>
  %14 = tensor.cast %13 : tensor<?x2xf32> to tensor<3x2xf32>
  %15 = nn.reshape %14 [] : tensor<3x2xf32> -> tensor<6xf32>
  %16 = tensor.cast %15 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%16) : (tensor<*xf32>) -> ()
  %17 = nn.constant dense<[[0.0, 3.0], [-2.0, -1.0], [-2.0, 2.0]]> : tensor<3x2xf32>
  %18 = tensor.cast %17 : tensor<3x2xf32> to tensor<?x2xf32>
  %19 = arith.constant 3 : index
  %20 = call @broadcast_dynamic_all(%18, %19) : (tensor<?x2xf32>, index) -> tensor<?x2xf32>
  %21 = tensor.cast %20 : tensor<?x2xf32> to tensor<3x2xf32>
  %22 = nn.reshape %21 [] : tensor<3x2xf32> -> tensor<6xf32>
  %23 = tensor.cast %22 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%23) : (tensor<*xf32>) -> ()
  %24 = nn.constant dense<[[[-2.0, 4.0, 0.0], [0.0, 0.0, 1.0]], [[0.0, 0.0, 4.0], [3.0, 3.0, 2.0]]]> : tensor<2x2x3xf32>
  %25 = tensor.cast %24 : tensor<2x2x3xf32> to tensor<2x?x3xf32>
  %26 = call @transpose(%25) : (tensor<2x?x3xf32>) -> tensor<3x2x?xf32>
  %27 = tensor.cast %26 : tensor<3x2x?xf32> to tensor<3x2x2xf32>
  %28 = nn.reshape %27 [] : tensor<3x2x2xf32> -> tensor<12xf32>
  %29 = tensor.cast %28 : tensor<12xf32> to tensor<*xf32>
  call @printMemrefF32(%29) : (tensor<*xf32>) -> ()
  %30 = nn.constant dense<[[1.0, -1.0, 4.0, 0.0, -3.0], [3.0, -3.0, 3.0, 1.0, -3.0], [-4.0, 0.0, -4.0, -3.0, 0.0], [4.0, 0.0, 3.0, 4.0, 3.0], [1.0, -1.0, 0.0, -2.0, 0.0], [-1.0, -2.0, 4.0, -4.0, -4.0]]> : tensor<6x5xf32>
  %31 = call @slice(%30) : (tensor<6x5xf32>) -> tensor<2x4xf32>
  %32 = nn.reshape %31 [] : tensor<2x4xf32> -> tensor<8xf32>
  %33 = tensor.cast %32 : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%33) : (tensor<*xf32>) -> ()
  %34 = nn.constant dense<[[1.0, -1.0, 4.0, 0.0, -3.0], [3.0, -3.0, 3.0, 1.0, -3.0], [-4.0, 0.0, -4.0, -3.0, 0.0], [4.0, 0.0, 3.0, 4.0, 3.0], [1.0, -1.0, 0.0, -2.0, 0.0], [-1.0, -2.0, 4.0, -4.0, -4.0]]> : tensor<6x5xf32>
  %35 = tensor.cast %34 : tensor<6x5xf32> to tensor<?x5xf32>
  %36 = arith.constant 2 : index
  %37 = call @slice_front(%35, %36) : (tensor<?x5xf32>, index) -> tensor<?x3xf32>
  %38 = tensor.cast %37 : tensor<?x3xf32> to tensor<2x3xf32>
  %39 = nn.reshape %38 [] : tensor<2x3xf32> -> tensor<6xf32>
  %40 = tensor.cast %39 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%40) : (tensor<*xf32>) -> ()
  %41 = nn.constant dense<[[1.0, -1.0, 4.0, 0.0, -3.0], [3.0, -3.0, 3.0, 1.0, -3.0], [-4.0, 0.0, -4.0, -3.0, 0.0], [4.0, 0.0, 3.0, 4.0, 3.0], [1.0, -1.0, 0.0, -2.0, 0.0], [-1.0, -2.0, 4.0, -4.0, -4.0]]> : tensor<6x5xf32>
  %42 = tensor.cast %41 : tensor<6x5xf32> to tensor<?x5xf32>
  %43 = arith.constant 1 : index
  %44 = arith.constant 2 : index
  %45 = call @slice_dynamic(%42, %43, %44) : (tensor<?x5xf32>, index, index) -> tensor<?x3xf32>
  %46 = tensor.cast %45 : tensor<?x3xf32> to tensor<2x3xf32>
  %47 = nn.reshape %46 [] : tensor<2x3xf32> -> tensor<6xf32>
  %48 = tensor.cast %47 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%48) : (tensor<*xf32>) -> ()
  %49 = nn.constant dense<[[-3.0, 0.0, -2.0], [4.0, 3.0, -3.0], [0.0, 4.0, 3.0], [2.0, 1.0, -4.0]]> : tensor<4x3xf32>
  %50 = call @reshape(%49) : (tensor<4x3xf32>) -> tensor<2x6xf32>
  %51 = nn.reshape %50 [] : tensor<2x6xf32> -> tensor<12xf32>
  %52 = tensor.cast %51 : tensor<12xf32> to tensor<*xf32>
  call @printMemrefF32(%52) : (tensor<*xf32>) -> ()
  %53 = nn.constant dense<[[[[2.0, 0.0], [-4.0, -2.0], [0.0, 2.0]]], [[[0.0, 1.0], [3.0, 2.0], [-1.0, 1.0]]]]> : tensor<2x1x3x2xf32>
  %54 = call @reshape_kept(%53) : (tensor<2x1x3x2xf32>) -> tensor<2x3x1x2xf32>
  %55 = nn.reshape %54 [] : tensor<2x3x1x2xf32> -> tensor<12xf32>
  %56 = tensor.cast %55 : tensor<12xf32> to tensor<*xf32>
  call @printMemrefF32(%56) : (tensor<*xf32>) -> ()
  %57 = nn.constant dense<[[1.0, -4.0, -4.0, 1.0, -1.0, 1.0], [-2.0, -2.0, -3.0, -1.0, 3.0, -1.0]]> : tensor<2x6xf32>
  %58 = tensor.cast %57 : tensor<2x6xf32> to tensor<?x6xf32>
  %59 = arith.constant 4 : index
  %60 = call @reshape_dynamic(%58, %59) : (tensor<?x6xf32>, index) -> tensor<?x3xf32>
  %61 = tensor.cast %60 : tensor<?x3xf32> to tensor<4x3xf32>
  %62 = nn.reshape %61 [] : tensor<4x3xf32> -> tensor<12xf32>
  %63 = tensor.cast %62 : tensor<12xf32> to tensor<*xf32>
  call @printMemrefF32(%63) : (tensor<*xf32>) -> ()
  %64 = nn.constant dense<[[-1.0, 1.0, 4.0, -1.0, 1.0, -1.0], [1.0, 0.0, 1.0, 0.0, 2.0, 4.0]]> : tensor<2x6xf32>
  %65 = tensor.cast %64 : tensor<2x6xf32> to tensor<?x?xf32>
  %66 = arith.constant 3 : index
  %67 = arith.constant 4 : index
  %68 = call @reshape_dynamic_pair(%65, %66, %67) : (tensor<?x?xf32>, index, index) -> tensor<?x?xf32>
  %69 = tensor.cast %68 : tensor<?x?xf32> to tensor<3x4xf32>
  %70 = nn.reshape %69 [] : tensor<3x4xf32> -> tensor<12xf32>
  %71 = tensor.cast %70 : tensor<12xf32> to tensor<*xf32>
  call @printMemrefF32(%71) : (tensor<*xf32>) -> ()
  %72 = nn.constant dense<[[-3.0]]> : tensor<1x1xf32>
  %73 = call @reshape_to_scalar(%72) : (tensor<1x1xf32>) -> tensor<f32>
  %74 = nn.reshape %73 [] : tensor<f32> -> tensor<1xf32>
  %75 = tensor.cast %74 : tensor<1xf32> to tensor<*xf32>
  call @printMemrefF32(%75) : (tensor<*xf32>) -> ()
  %76 = nn.constant dense<1.0> : tensor<f32>
  %77 = call @reshape_from_scalar(%76) : (tensor<f32>) -> tensor<1x1xf32>
  %78 = nn.reshape %77 [] : tensor<1x1xf32> -> tensor<1xf32>
  %79 = tensor.cast %78 : tensor<1xf32> to tensor<*xf32>
  call @printMemrefF32(%79) : (tensor<*xf32>) -> ()
  %80 = nn.constant dense<[[-1.0, -1.0, -2.0], [-4.0, -1.0, 3.0]]> : tensor<2x3xf32>
  %81 = nn.constant dense<[[-4.0, -1.0], [4.0, 4.0]]> : tensor<2x2xf32>
  %82 = tensor.cast %81 : tensor<2x2xf32> to tensor<2x?xf32>
  %83 = call @concat(%80, %82) : (tensor<2x3xf32>, tensor<2x?xf32>) -> tensor<2x?xf32>
  %84 = tensor.cast %83 : tensor<2x?xf32> to tensor<2x5xf32>
  %85 = nn.reshape %84 [] : tensor<2x5xf32> -> tensor<10xf32>
  %86 = tensor.cast %85 : tensor<10xf32> to tensor<*xf32>
  call @printMemrefF32(%86) : (tensor<*xf32>) -> ()
  %87 = nn.constant dense<[[-1.0, -1.0, -2.0], [-4.0, -1.0, 3.0]]> : tensor<2x3xf32>
  %88 = nn.constant dense<9.0> : tensor<f32>
  %89 = arith.constant 1 : index
  %90 = call @pad_constant(%87, %88, %89) : (tensor<2x3xf32>, tensor<f32>, index) -> tensor<?x6xf32>
  %91 = tensor.cast %90 : tensor<?x6xf32> to tensor<3x6xf32>
  %92 = nn.reshape %91 [] : tensor<3x6xf32> -> tensor<18xf32>
  %93 = tensor.cast %92 : tensor<18xf32> to tensor<*xf32>
  call @printMemrefF32(%93) : (tensor<*xf32>) -> ()
  %94 = nn.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %95 = call @pad_edge(%94) : (tensor<3xf32>) -> tensor<6xf32>
  %96 = tensor.cast %95 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%96) : (tensor<*xf32>) -> ()
  %97 = nn.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %98 = call @pad_reflect(%97) : (tensor<3xf32>) -> tensor<6xf32>
  %99 = tensor.cast %98 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%99) : (tensor<*xf32>) -> ()
  %100 = nn.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %101 = call @pad_wrap(%100) : (tensor<3xf32>) -> tensor<12xf32>
  %102 = tensor.cast %101 : tensor<12xf32> to tensor<*xf32>
  call @printMemrefF32(%102) : (tensor<*xf32>) -> ()
  %103 = nn.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %104 = tensor.cast %103 : tensor<3xf32> to tensor<?xf32>
  %105 = call @pad_reflect_far(%104) : (tensor<?xf32>) -> tensor<?xf32>
  %106 = tensor.cast %105 : tensor<?xf32> to tensor<11xf32>
  %107 = tensor.cast %106 : tensor<11xf32> to tensor<*xf32>
  call @printMemrefF32(%107) : (tensor<*xf32>) -> ()
  return
}
