// RUN: %run_nn | FileCheck %s
// Reductions, softmax, normalisation, scans and sorting, executed.
// Each function is called by @main, which prints the result flattened; expected values are from NumPy.

func.func private @printMemrefF32(tensor<*xf32>)
func.func private @printMemrefI64(tensor<*xi64>)

// Outer and inner dimensions at once.
// CHECK: [11, 12, 11]
func.func @reduce_sum(%a0: tensor<2x?x2xf32>) -> tensor<?xf32> {
  %0 = nn.reduce sum %a0 {dims = array<i64: 0, 2>} : tensor<2x?x2xf32> -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// Starts from 1.
// CHECK: [36, 60, 20]
func.func @reduce_product(%a0: tensor<2x?x2xf32>) -> tensor<?xf32> {
  %0 = nn.reduce product %a0 {dims = array<i64: 0, 2>} : tensor<2x?x2xf32> -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// Starts from the lowest.
// CHECK: [4, 5, 5]
func.func @reduce_max(%a0: tensor<2x?x2xf32>) -> tensor<?xf32> {
  %0 = nn.reduce max %a0 {dims = array<i64: 0, 2>} : tensor<2x?x2xf32> -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// Starts from the highest.
// CHECK: [1, 2, 1]
func.func @reduce_min(%a0: tensor<2x?x2xf32>) -> tensor<?xf32> {
  %0 = nn.reduce min %a0 {dims = array<i64: 0, 2>} : tensor<2x?x2xf32> -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// 300 ones: summed in bf16 they would stop at 256.
// CHECK: [300]
func.func @reduce_bf16() -> tensor<1xbf16> {
  %x = nn.constant dense<1.0> : tensor<1x300xbf16>
  %0 = nn.reduce sum %x {dims = array<i64: 1>} : tensor<1x300xbf16> -> tensor<1xbf16>
  return %0 : tensor<1xbf16>
}

// The neutral element of unsigned maxima is 0.
// CHECK: [200, 0]
func.func @reduce_max_unsigned(%a0: tensor<2x2xui8>) -> tensor<2xui8> {
  %0 = nn.reduce max %a0 {dims = array<i64: 1>} : tensor<2x2xui8> -> tensor<2xui8>
  return %0 : tensor<2xui8>
}

// True where all are.
// CHECK: [1, 0, 0]
func.func @reduce_all(%a0: tensor<2x3xi1>) -> tensor<3xi1> {
  %0 = nn.reduce all %a0 {dims = array<i64: 0>} : tensor<2x3xi1> -> tensor<3xi1>
  return %0 : tensor<3xi1>
}

// True where one is.
// CHECK: [1, 1, 0]
func.func @reduce_any(%a0: tensor<2x3xi1>) -> tensor<3xi1> {
  %0 = nn.reduce any %a0 {dims = array<i64: 0>} : tensor<2x3xi1> -> tensor<3xi1>
  return %0 : tensor<3xi1>
}

// An empty reduction yields the neutral element.
// CHECK: [-inf, -inf]
func.func @reduce_nothing(%a0: index) -> tensor<2xf32> {
  %x = nn.iota [%a0] {axis = 0 : i64} : tensor<2x?xf32>
  %0 = nn.reduce max %x {dims = array<i64: 1>} : tensor<2x?xf32> -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// NaN wins.
// CHECK: [{{-?nan}}, 3]
func.func @reduce_nan(%a0: tensor<2x2xf32>) -> tensor<2xf32> {
  %0 = nn.reduce max %a0 {dims = array<i64: 1>} : tensor<2x2xf32> -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// The first of equals; a NaN is the extreme; nothing is above -inf.
// CHECK: [1, 1, 0]
func.func @arg_max(%a0: tensor<3x4xf32>) -> tensor<3xi64> {
  %0 = nn.arg_reduce max %a0 {axis = 1 : i64} : tensor<3x4xf32> -> tensor<3xi64>
  return %0 : tensor<3xi64>
}

// The last of equals.
// CHECK: [2, 3, 3]
func.func @arg_max_last(%a0: tensor<3x4xf32>) -> tensor<3xi64> {
  %0 = nn.arg_reduce max %a0 {axis = 1 : i64, last} : tensor<3x4xf32> -> tensor<3xi64>
  return %0 : tensor<3xi64>
}

// Along the outer axis.
// CHECK: [1, 0]
func.func @arg_min_unsigned(%a0: tensor<2x2xui8>) -> tensor<2xi64> {
  %0 = nn.arg_reduce min %a0 {axis = 0 : i64} : tensor<2x2xui8> -> tensor<2xi64>
  return %0 : tensor<2xi64>
}

// The inner axis of a tensor of dynamic extent.
// CHECK: [{{0\.00090[0-9]*}}, {{0\.00668[0-9]*}}, {{0\.9924[0-9]*}}, {{0\.00180[0-9]*}}, {{0\.2684[0-9]*}}, {{0\.7297[0-9]*}}]
func.func @softmax(%a0: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = nn.softmax %a0 {axis = 1 : i64} : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// Without the shift this would overflow.
// CHECK: [0.5, 0.5, 0]
func.func @softmax_large(%a0: tensor<1x3xf32>) -> tensor<1x3xf32> {
  %0 = nn.softmax %a0 {axis = 1 : i64} : tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// A NaN takes its row with it, and only that.
// CHECK: [{{-?nan}}, {{-?nan}}, 0.5, 0.5]
func.func @softmax_nan(%a0: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %0 = nn.softmax %a0 {axis = 1 : i64} : tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// The outer axis.
// CHECK: [{{-0\.3132[0-9]*}}, {{-2\.126[0-9]*}}, {{-0\.1269[0-9]*}}, {{-1\.313[0-9]*}}, {{-0\.1269[0-9]*}}, {{-2\.126[0-9]*}}]
func.func @log_softmax(%a0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = nn.softmax %a0 {axis = 0 : i64, log} : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// Narrow floats in f32.
// CHECK: [0.25, 0.25, 0.25, 0.25]
func.func @softmax_f16(%a0: tensor<1x4xf16>) -> tensor<1x4xf16> {
  %0 = nn.softmax %a0 {axis = 1 : i64} : tensor<1x4xf16>
  return %0 : tensor<1x4xf16>
}

// A mean much larger than the deviation.
// CHECK: [-1, 1, -1, 1]
func.func @normalize(%a0: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %0 = nn.normalize %a0 {dims = array<i64: 1>, epsilon = 0.0 : f64} : tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// Extents known at run time, two dimensions at once, and epsilon.
// CHECK: [{{-0\.9831[0-9]*}}, {{-0\.2891[0-9]*}}, {{1\.445[0-9]*}}, {{-1\.330[0-9]*}}, {{0\.4048[0-9]*}}, {{0\.7518[0-9]*}}]
func.func @normalize_dynamic(%a0: tensor<1x?x?xf32>) -> tensor<1x?x?xf32> {
  %0 = nn.normalize %a0 {dims = array<i64: 1, 2>, epsilon = 0.5 : f64} : tensor<1x?x?xf32>
  return %0 : tensor<1x?x?xf32>
}

// Without centring.
// CHECK: [{{0\.8485[0-9]*}}, {{1\.131[0-9]*}}]
func.func @normalize_rms(%a0: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %0 = nn.normalize %a0 {dims = array<i64: 1>, epsilon = 0.0 : f64, rms} : tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// Dimensions on both sides of the axis.
// CHECK: [-1, -4, -1, -5, 2, -3, -1, -4, 0, -6, 2, -3]
func.func @scan(%a0: tensor<2x?x2xf32>) -> tensor<2x?x2xf32> {
  %0 = nn.scan sum %a0 {axis = 1 : i64} : tensor<2x?x2xf32>
  return %0 : tensor<2x?x2xf32>
}

// Exclusive, from the end, along the inner axis.
// CHECK: [4, 0, 0, 5, 3, 0]
func.func @scan_exclusive_reverse(%a0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = nn.scan sum %a0 {axis = 1 : i64, exclusive, reverse} : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// An exclusive product starts from 1.
// CHECK: [1, 1, 1, -1, 4, 0]
func.func @scan_product_exclusive(%a0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = nn.scan product %a0 {axis = 0 : i64, exclusive} : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// Along the outer axis.
// CHECK: [-1, 4, 0, 0, 4, 3]
func.func @scan_max(%a0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = nn.scan max %a0 {axis = 0 : i64} : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// Equal elements keep their order, NaN is last.
// CHECK: [-1, 0, 1, 1, 2, 2, 3, 3, {{-?nan}}]
// CHECK: [7, 5, 1, 3, 2, 8, 0, 6, 4]
func.func @sort(%a0: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xi64>) {
  %0, %1 = nn.sort %a0 {axis = 0 : i64} : tensor<?xf32> -> tensor<?xf32>, tensor<?xi64>
  return %0, %1 : tensor<?xf32>, tensor<?xi64>
}

// NaN is first.
// CHECK: [{{-?nan}}, {{-?nan}}, 3, 3, 2, 1]
// CHECK: [1, 3, 2, 5, 4, 0]
func.func @sort_descending(%a0: tensor<6xf32>) -> (tensor<6xf32>, tensor<6xi64>) {
  %0, %1 = nn.sort %a0 {axis = 0 : i64, descending} : tensor<6xf32> -> tensor<6xf32>, tensor<6xi64>
  return %0, %1 : tensor<6xf32>, tensor<6xi64>
}

// Along the outer axis, each column of its own.
// CHECK: [-3, -128, 4, 1, 5, 1]
// CHECK: [1, 2, 2, 0, 0, 1]
func.func @sort_axis(%a0: tensor<3x2xi8>) -> (tensor<3x2xi8>, tensor<3x2xi64>) {
  %0, %1 = nn.sort %a0 {axis = 0 : i64} : tensor<3x2xi8> -> tensor<3x2xi8>, tensor<3x2xi64>
  return %0, %1 : tensor<3x2xi8>, tensor<3x2xi64>
}

// Nothing to do.
// CHECK: [7]
// CHECK: [0]
func.func @sort_one(%a0: tensor<1xf32>) -> (tensor<1xf32>, tensor<1xi64>) {
  %0, %1 = nn.sort %a0 {axis = 0 : i64} : tensor<1xf32> -> tensor<1xf32>, tensor<1xi64>
  return %0, %1 : tensor<1xf32>, tensor<1xi64>
}

func.func @main() {
  %0 = nn.constant dense<[[[3.0, 3.0], [2.0, 3.0], [4.0, 1.0]], [[1.0, 4.0], [2.0, 5.0], [1.0, 5.0]]]> : tensor<2x3x2xf32>
  %1 = tensor.cast %0 : tensor<2x3x2xf32> to tensor<2x?x2xf32>
  %2 = call @reduce_sum(%1) : (tensor<2x?x2xf32>) -> tensor<?xf32>
  %3 = tensor.cast %2 : tensor<?xf32> to tensor<3xf32>
  %4 = tensor.cast %3 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%4) : (tensor<*xf32>) -> ()
  %5 = nn.constant dense<[[[3.0, 3.0], [2.0, 3.0], [4.0, 1.0]], [[1.0, 4.0], [2.0, 5.0], [1.0, 5.0]]]> : tensor<2x3x2xf32>
  %6 = tensor.cast %5 : tensor<2x3x2xf32> to tensor<2x?x2xf32>
  %7 = call @reduce_product(%6) : (tensor<2x?x2xf32>) -> tensor<?xf32>
  %8 = tensor.cast %7 : tensor<?xf32> to tensor<3xf32>
  %9 = tensor.cast %8 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%9) : (tensor<*xf32>) -> ()
  %10 = nn.constant dense<[[[3.0, 3.0], [2.0, 3.0], [4.0, 1.0]], [[1.0, 4.0], [2.0, 5.0], [1.0, 5.0]]]> : tensor<2x3x2xf32>
  %11 = tensor.cast %10 : tensor<2x3x2xf32> to tensor<2x?x2xf32>
  %12 = call @reduce_max(%11) : (tensor<2x?x2xf32>) -> tensor<?xf32>
  %13 = tensor.cast %12 : tensor<?xf32> to tensor<3xf32>
  %14 = tensor.cast %13 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%14) : (tensor<*xf32>) -> ()
  %15 = nn.constant dense<[[[3.0, 3.0], [2.0, 3.0], [4.0, 1.0]], [[1.0, 4.0], [2.0, 5.0], [1.0, 5.0]]]> : tensor<2x3x2xf32>
  %16 = tensor.cast %15 : tensor<2x3x2xf32> to tensor<2x?x2xf32>
  %17 = call @reduce_min(%16) : (tensor<2x?x2xf32>) -> tensor<?xf32>
  %18 = tensor.cast %17 : tensor<?xf32> to tensor<3xf32>
  %19 = tensor.cast %18 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%19) : (tensor<*xf32>) -> ()
  %20 = call @reduce_bf16() : () -> tensor<1xbf16>
  %21 = nn.cast %20 : tensor<1xbf16> -> tensor<1xf32>
  %22 = tensor.cast %21 : tensor<1xf32> to tensor<*xf32>
  call @printMemrefF32(%22) : (tensor<*xf32>) -> ()
  %23 = nn.constant dense<[[200, 3], [0, 0]]> : tensor<2x2xui8>
  %24 = call @reduce_max_unsigned(%23) : (tensor<2x2xui8>) -> tensor<2xui8>
  %25 = nn.cast %24 : tensor<2xui8> -> tensor<2xf32>
  %26 = tensor.cast %25 : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%26) : (tensor<*xf32>) -> ()
  %27 = nn.constant dense<[[true, false, false], [true, true, false]]> : tensor<2x3xi1>
  %28 = call @reduce_all(%27) : (tensor<2x3xi1>) -> tensor<3xi1>
  %29 = nn.cast %28 : tensor<3xi1> -> tensor<3xf32>
  %30 = tensor.cast %29 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%30) : (tensor<*xf32>) -> ()
  %31 = nn.constant dense<[[true, false, false], [true, true, false]]> : tensor<2x3xi1>
  %32 = call @reduce_any(%31) : (tensor<2x3xi1>) -> tensor<3xi1>
  %33 = nn.cast %32 : tensor<3xi1> -> tensor<3xf32>
  %34 = tensor.cast %33 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%34) : (tensor<*xf32>) -> ()
  %35 = arith.constant 0 : index
  %36 = call @reduce_nothing(%35) : (index) -> tensor<2xf32>
  %37 = tensor.cast %36 : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%37) : (tensor<*xf32>) -> ()
  %38 = nn.constant dense<[[1.0, 0x7FC00000], [2.0, 3.0]]> : tensor<2x2xf32>
  %39 = call @reduce_nan(%38) : (tensor<2x2xf32>) -> tensor<2xf32>
  %40 = tensor.cast %39 : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%40) : (tensor<*xf32>) -> ()
  %41 = nn.constant dense<[[1.0, 3.0, 3.0, 2.0], [5.0, 0x7FC00000, 7.0, 0x7FC00000], [0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000]]> : tensor<3x4xf32>
  %42 = call @arg_max(%41) : (tensor<3x4xf32>) -> tensor<3xi64>
  %43 = tensor.cast %42 : tensor<3xi64> to tensor<*xi64>
  call @printMemrefI64(%43) : (tensor<*xi64>) -> ()
  %44 = nn.constant dense<[[1.0, 3.0, 3.0, 2.0], [5.0, 0x7FC00000, 7.0, 0x7FC00000], [0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000]]> : tensor<3x4xf32>
  %45 = call @arg_max_last(%44) : (tensor<3x4xf32>) -> tensor<3xi64>
  %46 = tensor.cast %45 : tensor<3xi64> to tensor<*xi64>
  call @printMemrefI64(%46) : (tensor<*xi64>) -> ()
  %47 = nn.constant dense<[[200, 3], [100, 3]]> : tensor<2x2xui8>
  %48 = call @arg_min_unsigned(%47) : (tensor<2x2xui8>) -> tensor<2xi64>
  %49 = tensor.cast %48 : tensor<2xi64> to tensor<*xi64>
  call @printMemrefI64(%49) : (tensor<*xi64>) -> ()
  %50 = nn.constant dense<[[-3.0, -1.0, 4.0], [-4.0, 1.0, 2.0]]> : tensor<2x3xf32>
  %51 = tensor.cast %50 : tensor<2x3xf32> to tensor<?x3xf32>
  %52 = call @softmax(%51) : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %53 = tensor.cast %52 : tensor<?x3xf32> to tensor<2x3xf32>
  %54 = nn.reshape %53 [] : tensor<2x3xf32> -> tensor<6xf32>
  %55 = tensor.cast %54 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%55) : (tensor<*xf32>) -> ()
  %56 = nn.constant dense<[[1000.0, 1000.0, -1000.0]]> : tensor<1x3xf32>
  %57 = call @softmax_large(%56) : (tensor<1x3xf32>) -> tensor<1x3xf32>
  %58 = nn.reshape %57 [] : tensor<1x3xf32> -> tensor<3xf32>
  %59 = tensor.cast %58 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%59) : (tensor<*xf32>) -> ()
  %60 = nn.constant dense<[[0.0, 0x7FC00000], [0.0, 0.0]]> : tensor<2x2xf32>
  %61 = call @softmax_nan(%60) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  %62 = nn.reshape %61 [] : tensor<2x2xf32> -> tensor<4xf32>
  %63 = tensor.cast %62 : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%63) : (tensor<*xf32>) -> ()
  %64 = nn.constant dense<[[-3.0, -1.0, 4.0], [-4.0, 1.0, 2.0]]> : tensor<2x3xf32>
  %65 = call @log_softmax(%64) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %66 = nn.reshape %65 [] : tensor<2x3xf32> -> tensor<6xf32>
  %67 = tensor.cast %66 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%67) : (tensor<*xf32>) -> ()
  %68 = nn.constant dense<[[0.0, 0.0, 0.0, 0.0]]> : tensor<1x4xf16>
  %69 = call @softmax_f16(%68) : (tensor<1x4xf16>) -> tensor<1x4xf16>
  %70 = nn.cast %69 : tensor<1x4xf16> -> tensor<1x4xf32>
  %71 = nn.reshape %70 [] : tensor<1x4xf32> -> tensor<4xf32>
  %72 = tensor.cast %71 : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%72) : (tensor<*xf32>) -> ()
  %73 = nn.constant dense<[[10001.0, 10003.0], [10002.0, 10006.0]]> : tensor<2x2xf32>
  %74 = call @normalize(%73) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  %75 = nn.reshape %74 [] : tensor<2x2xf32> -> tensor<4xf32>
  %76 = tensor.cast %75 : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%76) : (tensor<*xf32>) -> ()
  %77 = nn.constant dense<[[[-3.0, -1.0, 4.0], [-4.0, 1.0, 2.0]]]> : tensor<1x2x3xf32>
  %78 = tensor.cast %77 : tensor<1x2x3xf32> to tensor<1x?x?xf32>
  %79 = call @normalize_dynamic(%78) : (tensor<1x?x?xf32>) -> tensor<1x?x?xf32>
  %80 = tensor.cast %79 : tensor<1x?x?xf32> to tensor<1x2x3xf32>
  %81 = nn.reshape %80 [] : tensor<1x2x3xf32> -> tensor<6xf32>
  %82 = tensor.cast %81 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%82) : (tensor<*xf32>) -> ()
  %83 = nn.constant dense<[[3.0, 4.0]]> : tensor<1x2xf32>
  %84 = call @normalize_rms(%83) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %85 = nn.reshape %84 [] : tensor<1x2xf32> -> tensor<2xf32>
  %86 = tensor.cast %85 : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%86) : (tensor<*xf32>) -> ()
  %87 = nn.constant dense<[[[-1.0, -4.0], [0.0, -1.0], [3.0, 2.0]], [[-1.0, -4.0], [1.0, -2.0], [2.0, 3.0]]]> : tensor<2x3x2xf32>
  %88 = tensor.cast %87 : tensor<2x3x2xf32> to tensor<2x?x2xf32>
  %89 = call @scan(%88) : (tensor<2x?x2xf32>) -> tensor<2x?x2xf32>
  %90 = tensor.cast %89 : tensor<2x?x2xf32> to tensor<2x3x2xf32>
  %91 = nn.reshape %90 [] : tensor<2x3x2xf32> -> tensor<12xf32>
  %92 = tensor.cast %91 : tensor<12xf32> to tensor<*xf32>
  call @printMemrefF32(%92) : (tensor<*xf32>) -> ()
  %93 = nn.constant dense<[[-1.0, 4.0, 0.0], [0.0, 2.0, 3.0]]> : tensor<2x3xf32>
  %94 = call @scan_exclusive_reverse(%93) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %95 = nn.reshape %94 [] : tensor<2x3xf32> -> tensor<6xf32>
  %96 = tensor.cast %95 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%96) : (tensor<*xf32>) -> ()
  %97 = nn.constant dense<[[-1.0, 4.0, 0.0], [0.0, 2.0, 3.0]]> : tensor<2x3xf32>
  %98 = call @scan_product_exclusive(%97) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %99 = nn.reshape %98 [] : tensor<2x3xf32> -> tensor<6xf32>
  %100 = tensor.cast %99 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%100) : (tensor<*xf32>) -> ()
  %101 = nn.constant dense<[[-1.0, 4.0, 0.0], [0.0, 2.0, 3.0]]> : tensor<2x3xf32>
  %102 = call @scan_max(%101) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %103 = nn.reshape %102 [] : tensor<2x3xf32> -> tensor<6xf32>
  %104 = tensor.cast %103 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%104) : (tensor<*xf32>) -> ()
  %105 = nn.constant dense<[3.0, 1.0, 2.0, 1.0, 0x7FC00000, 0.0, 3.0, -1.0, 2.0]> : tensor<9xf32>
  %106 = tensor.cast %105 : tensor<9xf32> to tensor<?xf32>
  %107:2 = call @sort(%106) : (tensor<?xf32>) -> (tensor<?xf32>, tensor<?xi64>)
  %108 = tensor.cast %107#0 : tensor<?xf32> to tensor<9xf32>
  %109 = tensor.cast %108 : tensor<9xf32> to tensor<*xf32>
  call @printMemrefF32(%109) : (tensor<*xf32>) -> ()
  %110 = tensor.cast %107#1 : tensor<?xi64> to tensor<9xi64>
  %111 = tensor.cast %110 : tensor<9xi64> to tensor<*xi64>
  call @printMemrefI64(%111) : (tensor<*xi64>) -> ()
  %112 = nn.constant dense<[1.0, 0x7FC00000, 3.0, 0x7FC00000, 2.0, 3.0]> : tensor<6xf32>
  %113:2 = call @sort_descending(%112) : (tensor<6xf32>) -> (tensor<6xf32>, tensor<6xi64>)
  %114 = tensor.cast %113#0 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%114) : (tensor<*xf32>) -> ()
  %115 = tensor.cast %113#1 : tensor<6xi64> to tensor<*xi64>
  call @printMemrefI64(%115) : (tensor<*xi64>) -> ()
  %116 = nn.constant dense<[[5, 1], [-3, 1], [4, -128]]> : tensor<3x2xi8>
  %117:2 = call @sort_axis(%116) : (tensor<3x2xi8>) -> (tensor<3x2xi8>, tensor<3x2xi64>)
  %118 = nn.cast %117#0 : tensor<3x2xi8> -> tensor<3x2xf32>
  %119 = nn.reshape %118 [] : tensor<3x2xf32> -> tensor<6xf32>
  %120 = tensor.cast %119 : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%120) : (tensor<*xf32>) -> ()
  %121 = nn.reshape %117#1 [] : tensor<3x2xi64> -> tensor<6xi64>
  %122 = tensor.cast %121 : tensor<6xi64> to tensor<*xi64>
  call @printMemrefI64(%122) : (tensor<*xi64>) -> ()
  %123 = nn.constant dense<[7.0]> : tensor<1xf32>
  %124:2 = call @sort_one(%123) : (tensor<1xf32>) -> (tensor<1xf32>, tensor<1xi64>)
  %125 = tensor.cast %124#0 : tensor<1xf32> to tensor<*xf32>
  call @printMemrefF32(%125) : (tensor<*xf32>) -> ()
  %126 = tensor.cast %124#1 : tensor<1xi64> to tensor<*xi64>
  call @printMemrefI64(%126) : (tensor<*xi64>) -> ()
  return
}
