// RUN: %run_nn | FileCheck %s
// Reading and writing by index, executed.
// Each function is called by @main, which prints the result flattened; expected values are from NumPy.

func.func private @printMemrefF32(tensor<*xf32>)
func.func private @printMemrefI64(tensor<*xi64>)

// Negative indices count from the end, others are clamped.
// CHECK: [-3, -4, 3, -4, 3, -4, 3, -4]
func.func @gather(%a0: tensor<?x2xf32>, %a1: tensor<2x2xi64>) -> tensor<2x2x2xf32> {
  %0 = nn.gather %a0, %a1 {axis = 0 : i64} : tensor<?x2xf32>, tensor<2x2xi64> -> tensor<2x2x2xf32>
  return %0 : tensor<2x2x2xf32>
}

// 200 is beyond the end, not -56.
// CHECK: [-3, -4, 2, -4, -2, 0, 3, -4]
func.func @gather_unsigned(%a0: tensor<4x2xf32>, %a1: tensor<2xui8>) -> tensor<4x2xf32> {
  %0 = nn.gather %a0, %a1 {axis = 1 : i64} : tensor<4x2xf32>, tensor<2xui8> -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}

// An index of its own for each element.
// CHECK: [-3, -4, -2, -4]
func.func @gather_elements(%a0: tensor<4x2xf32>, %a1: tensor<2x2xi64>) -> tensor<2x2xf32> {
  %0 = nn.gather_elements %a0, %a1 {axis = 0 : i64} : tensor<4x2xf32>, tensor<2x2xi64> -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// Tuples address leading dimensions.
// CHECK: [-3, 3, 1, -2]
func.func @gather_nd(%a0: tensor<3x2x2xf32>, %a1: tensor<2x2xi64>) -> tensor<2x2xf32> {
  %0 = nn.gather_nd %a0, %a1 {batch_dims = 0 : i64} : tensor<3x2x2xf32>, tensor<2x2xi64> -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// The batch dimension of data and indices runs together.
// CHECK: [-3, 3, 3, 0, 1, -2]
func.func @gather_nd_batch(%a0: tensor<?x2x2xf32>, %a1: tensor<?x1xi64>) -> tensor<?x2xf32> {
  %0 = nn.gather_nd %a0, %a1 {batch_dims = 1 : i64} : tensor<?x2x2xf32>, tensor<?x1xi64> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// The last of several updates of an element stays.
// CHECK: [3, 1, -3, 4, 4, -1]
func.func @scatter_elements_set(%a0: tensor<3x2xf32>, %a1: tensor<3x2xi64>, %a2: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %0 = nn.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, kind = #nn.scatter_kind<set>} : tensor<3x2xf32>, tensor<3x2xi64>, tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// Updates of one element add up.
// CHECK: [-3, 1, -3, 2, 4, -3]
func.func @scatter_elements_add(%a0: tensor<3x2xf32>, %a1: tensor<3x2xi64>, %a2: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %0 = nn.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, kind = #nn.scatter_kind<add>} : tensor<3x2xf32>, tensor<3x2xi64>, tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// Updates of one element multiply.
// CHECK: [0, 1, -3, -32, 4, 2]
func.func @scatter_elements_mul(%a0: tensor<3x2xf32>, %a1: tensor<3x2xi64>, %a2: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %0 = nn.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, kind = #nn.scatter_kind<mul>} : tensor<3x2xf32>, tensor<3x2xi64>, tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// The largest stays.
// CHECK: [3, 1, -3, 4, 4, -1]
func.func @scatter_elements_max(%a0: tensor<3x2xf32>, %a1: tensor<3x2xi64>, %a2: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %0 = nn.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, kind = #nn.scatter_kind<max>} : tensor<3x2xf32>, tensor<3x2xi64>, tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// The smallest stays.
// CHECK: [-3, 1, -3, -4, 4, -2]
func.func @scatter_elements_min(%a0: tensor<3x2xf32>, %a1: tensor<3x2xi64>, %a2: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %0 = nn.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, kind = #nn.scatter_kind<min>} : tensor<3x2xf32>, tensor<3x2xi64>, tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// Slices add up.
// CHECK: [1, 1, 2, -1, -1, 4, -5, 1]
func.func @scatter_nd(%a0: tensor<?x2xf32>, %a1: tensor<?x1xi64>, %a2: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = nn.scatter_nd %a0, %a1, %a2 {kind = #nn.scatter_kind<add>} : tensor<?x2xf32>, tensor<?x1xi64>, tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// Whole tuples address elements; the data are read again afterwards and must not have changed.
// CHECK: [1, 0, 0, 4, 0, 0, 0, 0]
func.func @scatter_nd_elements(%a0: tensor<4x2xf32>, %a1: tensor<2x2xi64>, %a2: tensor<2xf32>) -> tensor<4x2xf32> {
  %0 = nn.scatter_nd %a0, %a1, %a2 {kind = #nn.scatter_kind<set>} : tensor<4x2xf32>, tensor<2x2xi64>, tensor<2xf32>
  %1 = nn.sub %0, %a0 : tensor<4x2xf32>
  return %1 : tensor<4x2xf32>
}

// Rows are dimensions, columns elements.
// CHECK: [0, 1, 1, 1, 0, 2]
func.func @nonzero(%a0: tensor<2x3xf32>, %a1: index) -> tensor<2x?xi64> {
  %0 = nn.nonzero %a0 count %a1 : tensor<2x3xf32> -> tensor<2x?xi64>
  return %0 : tensor<2x?xi64>
}

func.func @main() {
  %0 = nn.constant dense<[[-3.0, -4.0], [2.0, -4.0], [-2.0, 0.0], [3.0, -4.0]]> : tensor<4x2xf32>
  %1 = tensor.cast %0 : tensor<4x2xf32> to tensor<?x2xf32>
  %2 = nn.constant dense<[[0, -1], [3, 9]]> : tensor<2x2xi64>
  %3 = call @gather(%1, %2) : (tensor<?x2xf32>, tensor<2x2xi64>) -> tensor<2x2x2xf32>
  %4 = nn.reshape %3 [] : tensor<2x2x2xf32> -> tensor<8xf32>
  %5 = tensor.cast %4 : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%5) : (tensor<*xf32>) -> ()
  %6 = nn.constant dense<[[-3.0, -4.0], [2.0, -4.0], [-2.0, 0.0], [3.0, -4.0]]> : tensor<4x2xf32>
  %7 = nn.constant dense<[0, 200]> : tensor<2xui8>
  %8 = call @gather_unsigned(%6, %7) : (tensor<4x2xf32>, tensor<2xui8>) -> tensor<4x2xf32>
  %9 = nn.reshape %8 [] : tensor<4x2xf32> -> tensor<8xf32>
  %10 = tensor.cast %9 : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%10) : (tensor<*xf32>) -> ()
  %11 = nn.constant dense<[[-3.0, -4.0], [2.0, -4.0], [-2.0, 0.0], [3.0, -4.0]]> : tensor<4x2xf32>
  %12 = nn.constant dense<[[0, 1], [2, -1]]> : tensor<2x2xi64>
  %13 = call @gather_elements(%11, %12) : (tensor<4x2xf32>, tensor<2x2xi64>) -> tensor<2x2xf32>
  %14 = nn.reshape %13 [] : tensor<2x2xf32> -> tensor<4xf32>
  %15 = tensor.cast %14 : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%15) : (tensor<*xf32>) -> ()
  %16 = nn.constant dense<[[[1.0, 0.0], [-3.0, 3.0]], [[3.0, 0.0], [4.0, 1.0]], [[4.0, 4.0], [1.0, -2.0]]]> : tensor<3x2x2xf32>
  %17 = nn.constant dense<[[0, 1], [2, -1]]> : tensor<2x2xi64>
  %18 = call @gather_nd(%16, %17) : (tensor<3x2x2xf32>, tensor<2x2xi64>) -> tensor<2x2xf32>
  %19 = nn.reshape %18 [] : tensor<2x2xf32> -> tensor<4xf32>
  %20 = tensor.cast %19 : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%20) : (tensor<*xf32>) -> ()
  %21 = nn.constant dense<[[[1.0, 0.0], [-3.0, 3.0]], [[3.0, 0.0], [4.0, 1.0]], [[4.0, 4.0], [1.0, -2.0]]]> : tensor<3x2x2xf32>
  %22 = tensor.cast %21 : tensor<3x2x2xf32> to tensor<?x2x2xf32>
  %23 = nn.constant dense<[[1], [0], [1]]> : tensor<3x1xi64>
  %24 = tensor.cast %23 : tensor<3x1xi64> to tensor<?x1xi64>
  %25 = call @gather_nd_batch(%22, %24) : (tensor<?x2x2xf32>, tensor<?x1xi64>) -> tensor<?x2xf32>
  %26 = tensor.cast %25 : tensor<?x2xf32> to tensor<3x2xf32>
  %27 = nn.reshape %26 [] : tensor<3x2xf32> -> tensor<6xf32>
  %28 = tensor.cast %27 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%28) : (tensor<*xf32>) -> ()
  %29 = nn.constant dense<[[-3.0, 1.0], [-3.0, 2.0], [4.0, -2.0]]> : tensor<3x2xf32>
  %30 = nn.constant dense<[[0, 1], [0, -1], [0, 1]]> : tensor<3x2xi64>
  %31 = nn.constant dense<[[0.0, -4.0], [-3.0, -1.0], [3.0, 4.0]]> : tensor<3x2xf32>
  %32 = call @scatter_elements_set(%29, %30, %31) : (tensor<3x2xf32>, tensor<3x2xi64>, tensor<3x2xf32>) -> tensor<3x2xf32>
  %33 = nn.reshape %32 [] : tensor<3x2xf32> -> tensor<6xf32>
  %34 = tensor.cast %33 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%34) : (tensor<*xf32>) -> ()
  %35 = nn.constant dense<[[-3.0, 1.0], [-3.0, 2.0], [4.0, -2.0]]> : tensor<3x2xf32>
  %36 = nn.constant dense<[[0, 1], [0, -1], [0, 1]]> : tensor<3x2xi64>
  %37 = nn.constant dense<[[0.0, -4.0], [-3.0, -1.0], [3.0, 4.0]]> : tensor<3x2xf32>
  %38 = call @scatter_elements_add(%35, %36, %37) : (tensor<3x2xf32>, tensor<3x2xi64>, tensor<3x2xf32>) -> tensor<3x2xf32>
  %39 = nn.reshape %38 [] : tensor<3x2xf32> -> tensor<6xf32>
  %40 = tensor.cast %39 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%40) : (tensor<*xf32>) -> ()
  %41 = nn.constant dense<[[-3.0, 1.0], [-3.0, 2.0], [4.0, -2.0]]> : tensor<3x2xf32>
  %42 = nn.constant dense<[[0, 1], [0, -1], [0, 1]]> : tensor<3x2xi64>
  %43 = nn.constant dense<[[0.0, -4.0], [-3.0, -1.0], [3.0, 4.0]]> : tensor<3x2xf32>
  %44 = call @scatter_elements_mul(%41, %42, %43) : (tensor<3x2xf32>, tensor<3x2xi64>, tensor<3x2xf32>) -> tensor<3x2xf32>
  %45 = nn.reshape %44 [] : tensor<3x2xf32> -> tensor<6xf32>
  %46 = tensor.cast %45 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%46) : (tensor<*xf32>) -> ()
  %47 = nn.constant dense<[[-3.0, 1.0], [-3.0, 2.0], [4.0, -2.0]]> : tensor<3x2xf32>
  %48 = nn.constant dense<[[0, 1], [0, -1], [0, 1]]> : tensor<3x2xi64>
  %49 = nn.constant dense<[[0.0, -4.0], [-3.0, -1.0], [3.0, 4.0]]> : tensor<3x2xf32>
  %50 = call @scatter_elements_max(%47, %48, %49) : (tensor<3x2xf32>, tensor<3x2xi64>, tensor<3x2xf32>) -> tensor<3x2xf32>
  %51 = nn.reshape %50 [] : tensor<3x2xf32> -> tensor<6xf32>
  %52 = tensor.cast %51 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%52) : (tensor<*xf32>) -> ()
  %53 = nn.constant dense<[[-3.0, 1.0], [-3.0, 2.0], [4.0, -2.0]]> : tensor<3x2xf32>
  %54 = nn.constant dense<[[0, 1], [0, -1], [0, 1]]> : tensor<3x2xi64>
  %55 = nn.constant dense<[[0.0, -4.0], [-3.0, -1.0], [3.0, 4.0]]> : tensor<3x2xf32>
  %56 = call @scatter_elements_min(%53, %54, %55) : (tensor<3x2xf32>, tensor<3x2xi64>, tensor<3x2xf32>) -> tensor<3x2xf32>
  %57 = nn.reshape %56 [] : tensor<3x2xf32> -> tensor<6xf32>
  %58 = tensor.cast %57 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%58) : (tensor<*xf32>) -> ()
  %59 = nn.constant dense<[[1.0, 1.0], [1.0, -4.0], [-1.0, 4.0], [-1.0, -3.0]]> : tensor<4x2xf32>
  %60 = tensor.cast %59 : tensor<4x2xf32> to tensor<?x2xf32>
  %61 = nn.constant dense<[[1], [3], [1]]> : tensor<3x1xi64>
  %62 = tensor.cast %61 : tensor<3x1xi64> to tensor<?x1xi64>
  %63 = nn.constant dense<[[-2.0, 2.0], [-4.0, 4.0], [3.0, 1.0]]> : tensor<3x2xf32>
  %64 = tensor.cast %63 : tensor<3x2xf32> to tensor<?x2xf32>
  %65 = call @scatter_nd(%60, %62, %64) : (tensor<?x2xf32>, tensor<?x1xi64>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %66 = tensor.cast %65 : tensor<?x2xf32> to tensor<4x2xf32>
  %67 = nn.reshape %66 [] : tensor<4x2xf32> -> tensor<8xf32>
  %68 = tensor.cast %67 : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%68) : (tensor<*xf32>) -> ()
  %69 = nn.constant dense<[[1.0, 1.0], [1.0, -4.0], [-1.0, 4.0], [-1.0, -3.0]]> : tensor<4x2xf32>
  %70 = nn.constant dense<[[1, 1], [-4, 0]]> : tensor<2x2xi64>
  %71 = nn.constant dense<[0.0, 2.0]> : tensor<2xf32>
  %72 = call @scatter_nd_elements(%69, %70, %71) : (tensor<4x2xf32>, tensor<2x2xi64>, tensor<2xf32>) -> tensor<4x2xf32>
  %73 = nn.reshape %72 [] : tensor<4x2xf32> -> tensor<8xf32>
  %74 = tensor.cast %73 : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%74) : (tensor<*xf32>) -> ()
  %75 = nn.constant dense<[[0.0, 1.0, 0.0], [-2.0, 0.0, 3.0]]> : tensor<2x3xf32>
  %76 = arith.constant 3 : index
  %77 = call @nonzero(%75, %76) : (tensor<2x3xf32>, index) -> tensor<2x?xi64>
  %78 = tensor.cast %77 : tensor<2x?xi64> to tensor<2x3xi64>
  %79 = nn.reshape %78 [] : tensor<2x3xi64> -> tensor<6xi64>
  %80 = tensor.cast %79 : tensor<6xi64> to tensor<*xi64>
  call @printMemrefI64(%80) : (tensor<*xi64>) -> ()
  return
}
