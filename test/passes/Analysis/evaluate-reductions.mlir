// RUN: ds-opt --nn-evaluate %s | FileCheck %s
// Reductions, scans, order and normalisation.

// numpy: x.sum(1)
// CHECK{LITERAL}: @reduce_sum: tensor<2xf32> = dense<[4.000000e+00, 2.500000e+00]>
func.func @reduce_sum() -> tensor<2xf32> {
  %x = nn.constant dense<[[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]]> : tensor<2x3xf32>
  %r = nn.reduce sum %x {dims = array<i64: 1>} : tensor<2x3xf32> -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// numpy: x.prod(1)
// CHECK{LITERAL}: @reduce_product: tensor<2xf32> = dense<[-6.000000e+00, -4.000000e+00]>
func.func @reduce_product() -> tensor<2xf32> {
  %x = nn.constant dense<[[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]]> : tensor<2x3xf32>
  %r = nn.reduce product %x {dims = array<i64: 1>} : tensor<2x3xf32> -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// numpy: x.max(1)
// CHECK{LITERAL}: @reduce_max: tensor<2xf32> = dense<[3.000000e+00, 4.000000e+00]>
func.func @reduce_max() -> tensor<2xf32> {
  %x = nn.constant dense<[[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]]> : tensor<2x3xf32>
  %r = nn.reduce max %x {dims = array<i64: 1>} : tensor<2x3xf32> -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// numpy: x.min(1)
// CHECK{LITERAL}: @reduce_min: tensor<2xf32> = dense<[-1.000000e+00, -2.000000e+00]>
func.func @reduce_min() -> tensor<2xf32> {
  %x = nn.constant dense<[[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]]> : tensor<2x3xf32>
  %r = nn.reduce min %x {dims = array<i64: 1>} : tensor<2x3xf32> -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// numpy: x.all(1)
// CHECK{LITERAL}: @reduce_all: tensor<2xi1> = dense<[true, false]>
func.func @reduce_all() -> tensor<2xi1> {
  %x = nn.constant dense<[[true, true], [true, false]]> : tensor<2x2xi1>
  %r = nn.reduce all %x {dims = array<i64: 1>} : tensor<2x2xi1> -> tensor<2xi1>
  return %r : tensor<2xi1>
}

// numpy: x.any(1)
// CHECK{LITERAL}: @reduce_any: tensor<2xi1> = dense<[false, true]>
func.func @reduce_any() -> tensor<2xi1> {
  %x = nn.constant dense<[[false, false], [true, false]]> : tensor<2x2xi1>
  %r = nn.reduce any %x {dims = array<i64: 1>} : tensor<2x2xi1> -> tensor<2xi1>
  return %r : tensor<2xi1>
}

// numpy: x.sum((0, 2))
// CHECK{LITERAL}: @reduce_outer_and_inner: tensor<3xi32> = dense<[60, 92, 124]>
func.func @reduce_outer_and_inner() -> tensor<3xi32> {
  %x = nn.constant dense<[[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]], [[12, 13, 14, 15], [16, 17, 18, 19], [20, 21, 22, 23]]]> : tensor<2x3x4xi32>
  %r = nn.reduce sum %x {dims = array<i64: 0, 2>} : tensor<2x3x4xi32> -> tensor<3xi32>
  return %r : tensor<3xi32>
}

// numpy: x.max()
// CHECK{LITERAL}: @reduce_everything: tensor<f32> = dense<4.000000e+00>
func.func @reduce_everything() -> tensor<f32> {
  %x = nn.constant dense<[[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]]> : tensor<2x3xf32>
  %r = nn.reduce max %x {dims = array<i64: 0, 1>} : tensor<2x3xf32> -> tensor<f32>
  return %r : tensor<f32>
}

// NaN propagates.
// numpy: x.min()
// CHECK{LITERAL}: @reduce_nan: tensor<f32> = dense<0x7FC00000>
func.func @reduce_nan() -> tensor<f32> {
  %x = nn.constant dense<[1.0, 0x7FC00000, 3.0]> : tensor<3xf32>
  %r = nn.reduce min %x {dims = array<i64: 0>} : tensor<3xf32> -> tensor<f32>
  return %r : tensor<f32>
}

// numpy: -56
// CHECK{LITERAL}: @reduce_wraps: tensor<i8> = dense<-56>
func.func @reduce_wraps() -> tensor<i8> {
  %x = nn.constant dense<[100, 100]> : tensor<2xi8>
  %r = nn.reduce sum %x {dims = array<i64: 0>} : tensor<2xi8> -> tensor<i8>
  return %r : tensor<i8>
}

// The sum is rounded once, at the end.
// numpy: np.inf
// CHECK{LITERAL}: @reduce_f16: tensor<f16> = dense<0x7C00>
func.func @reduce_f16() -> tensor<f16> {
  %x = nn.constant dense<[30000.0, 30000.0, 30000.0]> : tensor<3xf16>
  %r = nn.reduce sum %x {dims = array<i64: 0>} : tensor<3xf16> -> tensor<f16>
  return %r : tensor<f16>
}

// An empty reduction yields the neutral element.
// numpy: -np.inf
// CHECK{LITERAL}: @reduce_empty_max_f32: tensor<f32> = dense<0xFF800000>
func.func @reduce_empty_max_f32() -> tensor<f32> {
  %x = nn.constant dense<> : tensor<0xf32>
  %r = nn.reduce max %x {dims = array<i64: 0>} : tensor<0xf32> -> tensor<f32>
  return %r : tensor<f32>
}

// numpy: np.inf
// CHECK{LITERAL}: @reduce_empty_min_f32: tensor<f32> = dense<0x7F800000>
func.func @reduce_empty_min_f32() -> tensor<f32> {
  %x = nn.constant dense<> : tensor<0xf32>
  %r = nn.reduce min %x {dims = array<i64: 0>} : tensor<0xf32> -> tensor<f32>
  return %r : tensor<f32>
}

// numpy: 0
// CHECK{LITERAL}: @reduce_empty_sum_f32: tensor<f32> = dense<0.000000e+00>
func.func @reduce_empty_sum_f32() -> tensor<f32> {
  %x = nn.constant dense<> : tensor<0xf32>
  %r = nn.reduce sum %x {dims = array<i64: 0>} : tensor<0xf32> -> tensor<f32>
  return %r : tensor<f32>
}

// numpy: 1
// CHECK{LITERAL}: @reduce_empty_product_f32: tensor<f32> = dense<1.000000e+00>
func.func @reduce_empty_product_f32() -> tensor<f32> {
  %x = nn.constant dense<> : tensor<0xf32>
  %r = nn.reduce product %x {dims = array<i64: 0>} : tensor<0xf32> -> tensor<f32>
  return %r : tensor<f32>
}

// numpy: -128
// CHECK{LITERAL}: @reduce_empty_max_i8: tensor<i8> = dense<-128>
func.func @reduce_empty_max_i8() -> tensor<i8> {
  %x = nn.constant dense<> : tensor<0xi8>
  %r = nn.reduce max %x {dims = array<i64: 0>} : tensor<0xi8> -> tensor<i8>
  return %r : tensor<i8>
}

// numpy: 127
// CHECK{LITERAL}: @reduce_empty_min_i8: tensor<i8> = dense<127>
func.func @reduce_empty_min_i8() -> tensor<i8> {
  %x = nn.constant dense<> : tensor<0xi8>
  %r = nn.reduce min %x {dims = array<i64: 0>} : tensor<0xi8> -> tensor<i8>
  return %r : tensor<i8>
}

// numpy: 0
// CHECK{LITERAL}: @reduce_empty_max_ui8: tensor<ui8> = dense<0>
func.func @reduce_empty_max_ui8() -> tensor<ui8> {
  %x = nn.constant dense<> : tensor<0xui8>
  %r = nn.reduce max %x {dims = array<i64: 0>} : tensor<0xui8> -> tensor<ui8>
  return %r : tensor<ui8>
}

// numpy: 255
// CHECK{LITERAL}: @reduce_empty_min_ui8: tensor<ui8> = dense<255>
func.func @reduce_empty_min_ui8() -> tensor<ui8> {
  %x = nn.constant dense<> : tensor<0xui8>
  %r = nn.reduce min %x {dims = array<i64: 0>} : tensor<0xui8> -> tensor<ui8>
  return %r : tensor<ui8>
}

// numpy: 1
// CHECK{LITERAL}: @reduce_empty_all_i1: tensor<i1> = dense<true>
func.func @reduce_empty_all_i1() -> tensor<i1> {
  %x = nn.constant dense<> : tensor<0xi1>
  %r = nn.reduce all %x {dims = array<i64: 0>} : tensor<0xi1> -> tensor<i1>
  return %r : tensor<i1>
}

// numpy: 0
// CHECK{LITERAL}: @reduce_empty_any_i1: tensor<i1> = dense<false>
func.func @reduce_empty_any_i1() -> tensor<i1> {
  %x = nn.constant dense<> : tensor<0xi1>
  %r = nn.reduce any %x {dims = array<i64: 0>} : tensor<0xi1> -> tensor<i1>
  return %r : tensor<i1>
}

// numpy: 200
// CHECK{LITERAL}: @reduce_unsigned: tensor<ui8> = dense<200>
func.func @reduce_unsigned() -> tensor<ui8> {
  %x = nn.constant dense<[200, 100]> : tensor<2xui8>
  %r = nn.reduce max %x {dims = array<i64: 0>} : tensor<2xui8> -> tensor<ui8>
  return %r : tensor<ui8>
}

// A NaN counts as the extreme element; of equals the first is taken.
// numpy: [1, 0]
// CHECK{LITERAL}: @arg_max: tensor<2xi64> = dense<[1, 0]>
func.func @arg_max() -> tensor<2xi64> {
  %x = nn.constant dense<[[1.0, 3.0, 3.0], [0x7FC00000, 5.0, 0x7FC00000]]> : tensor<2x3xf32>
  %r = nn.arg_reduce max %x {axis = 1 : i64} : tensor<2x3xf32> -> tensor<2xi64>
  return %r : tensor<2xi64>
}

// numpy: [2, 2]
// CHECK{LITERAL}: @arg_max_last: tensor<2xi64> = dense<2>
func.func @arg_max_last() -> tensor<2xi64> {
  %x = nn.constant dense<[[1.0, 3.0, 3.0], [0x7FC00000, 5.0, 0x7FC00000]]> : tensor<2x3xf32>
  %r = nn.arg_reduce max %x {axis = 1 : i64, last} : tensor<2x3xf32> -> tensor<2xi64>
  return %r : tensor<2xi64>
}

// numpy: x.argmin(0)
// CHECK{LITERAL}: @arg_min: tensor<2xi64> = dense<[1, 0]>
func.func @arg_min() -> tensor<2xi64> {
  %x = nn.constant dense<[[4, 1], [2, 1]]> : tensor<2x2xi32>
  %r = nn.arg_reduce min %x {axis = 0 : i64} : tensor<2x2xi32> -> tensor<2xi64>
  return %r : tensor<2xi64>
}

// numpy: np.cumsum(x, 1)
// CHECK{LITERAL}: @scan_sum: tensor<2x3xf32> = dense<[[3.000000e+00, 2.000000e+00, 4.000000e+00], [5.000000e-01, 4.500000e+00, 2.500000e+00]]>
func.func @scan_sum() -> tensor<2x3xf32> {
  %x = nn.constant dense<[[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]]> : tensor<2x3xf32>
  %r = nn.scan sum %x {axis = 1 : i64} : tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// numpy: np.cumprod(x, 1)
// CHECK{LITERAL}: @scan_product: tensor<2x3xf32> = dense<[[3.000000e+00, -3.000000e+00, -6.000000e+00], [5.000000e-01, 2.000000e+00, -4.000000e+00]]>
func.func @scan_product() -> tensor<2x3xf32> {
  %x = nn.constant dense<[[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]]> : tensor<2x3xf32>
  %r = nn.scan product %x {axis = 1 : i64} : tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// numpy: np.maximum.accumulate(x, 1)
// CHECK{LITERAL}: @scan_max: tensor<2x3xf32> = dense<[[3.000000e+00, 3.000000e+00, 3.000000e+00], [5.000000e-01, 4.000000e+00, 4.000000e+00]]>
func.func @scan_max() -> tensor<2x3xf32> {
  %x = nn.constant dense<[[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]]> : tensor<2x3xf32>
  %r = nn.scan max %x {axis = 1 : i64} : tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// numpy: np.minimum.accumulate(x, 1)
// CHECK{LITERAL}: @scan_min: tensor<2x3xf32> = dense<[[3.000000e+00, -1.000000e+00, -1.000000e+00], [5.000000e-01, 5.000000e-01, -2.000000e+00]]>
func.func @scan_min() -> tensor<2x3xf32> {
  %x = nn.constant dense<[[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]]> : tensor<2x3xf32>
  %r = nn.scan min %x {axis = 1 : i64} : tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// numpy: [0, 1, 3]
// CHECK{LITERAL}: @scan_exclusive: tensor<3xi32> = dense<[0, 1, 3]>
func.func @scan_exclusive() -> tensor<3xi32> {
  %x = nn.constant dense<[1, 2, 3]> : tensor<3xi32>
  %r = nn.scan sum %x {axis = 0 : i64, exclusive} : tensor<3xi32>
  return %r : tensor<3xi32>
}

// numpy: np.cumsum(x[::-1])[::-1]
// CHECK{LITERAL}: @scan_reverse: tensor<3xi32> = dense<[6, 5, 3]>
func.func @scan_reverse() -> tensor<3xi32> {
  %x = nn.constant dense<[1, 2, 3]> : tensor<3xi32>
  %r = nn.scan sum %x {axis = 0 : i64, reverse} : tensor<3xi32>
  return %r : tensor<3xi32>
}

// numpy: [6, 3, 1]
// CHECK{LITERAL}: @scan_both: tensor<3xi32> = dense<[6, 3, 1]>
func.func @scan_both() -> tensor<3xi32> {
  %x = nn.constant dense<[1, 2, 3]> : tensor<3xi32>
  %r = nn.scan product %x {axis = 0 : i64, exclusive, reverse} : tensor<3xi32>
  return %r : tensor<3xi32>
}

// NaN is larger than everything; equal elements keep their order.
// numpy: np.sort(x)
// numpy: [[2, 3, 0, 1]]
// CHECK{LITERAL}: @sort: tensor<1x4xf32> = dense<[[1.000000e+00, 1.000000e+00, 3.000000e+00, 0x7FC00000]]>
// CHECK{LITERAL}: @sort: tensor<1x4xi64> = dense<[[2, 3, 0, 1]]>
func.func @sort() -> (tensor<1x4xf32>, tensor<1x4xi64>) {
  %x = nn.constant dense<[[3.0, 0x7FC00000, 1.0, 1.0]]> : tensor<1x4xf32>
  %r0, %r1 = nn.sort %x {axis = 1 : i64} : tensor<1x4xf32> -> tensor<1x4xf32>, tensor<1x4xi64>
  return %r0, %r1 : tensor<1x4xf32>, tensor<1x4xi64>
}

// numpy: [3, 3, 2, 1]
// numpy: [0, 2, 3, 1]
// CHECK{LITERAL}: @sort_descending: tensor<4xi32> = dense<[3, 3, 2, 1]>
// CHECK{LITERAL}: @sort_descending: tensor<4xi64> = dense<[0, 2, 3, 1]>
func.func @sort_descending() -> (tensor<4xi32>, tensor<4xi64>) {
  %x = nn.constant dense<[3, 1, 3, 2]> : tensor<4xi32>
  %r0, %r1 = nn.sort %x {axis = 0 : i64, descending} : tensor<4xi32> -> tensor<4xi32>, tensor<4xi64>
  return %r0, %r1 : tensor<4xi32>, tensor<4xi64>
}

// numpy: np.sort(x, 0)
// numpy: np.argsort(x, 0)
// CHECK{LITERAL}: @sort_outer: tensor<2x2xui8> = dense<[[1, 100], [2, 200]]>
// CHECK{LITERAL}: @sort_outer: tensor<2x2xi64> = dense<[[1, 1], [0, 0]]>
func.func @sort_outer() -> (tensor<2x2xui8>, tensor<2x2xi64>) {
  %x = nn.constant dense<[[2, 200], [1, 100]]> : tensor<2x2xui8>
  %r0, %r1 = nn.sort %x {axis = 0 : i64} : tensor<2x2xui8> -> tensor<2x2xui8>, tensor<2x2xi64>
  return %r0, %r1 : tensor<2x2xui8>, tensor<2x2xi64>
}

// numpy: np.exp(x - x.max(1, keepdims=True)) / np.exp(x - x.max(1, keepdims=True)).sum(1, keepdims=True)
// CHECK{LITERAL}: @softmax: tensor<2x3xf32> = dense<[[0.0900305733, 0.244728476, 0.665240943], [5.000000e-01, 5.000000e-01, 0.000000e+00]]>
func.func @softmax() -> tensor<2x3xf32> {
  %x = nn.constant dense<[[1.0, 2.0, 3.0], [1000.0, 1000.0, 0.0]]> : tensor<2x3xf32>
  %r = nn.softmax %x {axis = 1 : i64} : tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// numpy: np.log(np.exp(x) / np.exp(x).sum(0))
// CHECK{LITERAL}: @log_softmax: tensor<2x1xf32> = dense<[[-1.31326163], [-0.313261688]]>
func.func @log_softmax() -> tensor<2x1xf32> {
  %x = nn.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %r = nn.softmax %x {axis = 0 : i64, log} : tensor<2x1xf32>
  return %r : tensor<2x1xf32>
}

// numpy: (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 0.5)
// CHECK{LITERAL}: @normalize: tensor<2x3xf32> = dense<[[0.90535748, -1.2675004, 0.36214298], [-0.130188912, 1.23679471, -1.10660577]]>
func.func @normalize() -> tensor<2x3xf32> {
  %x = nn.constant dense<[[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]]> : tensor<2x3xf32>
  %r = nn.normalize %x {dims = array<i64: 1>, epsilon = 0.5 : f64} : tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// numpy: x / np.sqrt((x * x).mean() + 0.5)
// CHECK{LITERAL}: @normalize_rms: tensor<2x3xf32> = dense<[[1.20402014, -0.401340038, 0.802680075], [0.200670019, 1.60536015, -0.802680075]]>
func.func @normalize_rms() -> tensor<2x3xf32> {
  %x = nn.constant dense<[[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]]> : tensor<2x3xf32>
  %r = nn.normalize %x {dims = array<i64: 0, 1>, epsilon = 0.5 : f64, rms} : tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}
