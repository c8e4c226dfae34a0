// RUN: ds-opt %s | ds-opt | FileCheck %s
// RUN: ds-opt %s --emit-bytecode | ds-opt | FileCheck %s

// Round trip of every op, in text and in bytecode.

// Operand and result of one type; floats of any width.
// CHECK-LABEL: func.func @unary
func.func @unary(%x: tensor<2x?xf32>, %i: tensor<3xui8>, %b: tensor<i1>, %n: tensor<4xf8E4M3FN>) {
  // CHECK: nn.abs %{{.*}} : tensor<2x?xf32>
  %0 = nn.abs %x : tensor<2x?xf32>
  // CHECK: nn.neg %{{.*}} : tensor<3xui8>
  %1 = nn.neg %i : tensor<3xui8>
  // CHECK: nn.sign %{{.*}} : tensor<2x?xf32>
  %2 = nn.sign %x : tensor<2x?xf32>
  // CHECK: nn.relu %{{.*}} : tensor<2x?xf32>
  %relu = nn.relu %x : tensor<2x?xf32>
  // CHECK: nn.clip %{{.*}}, %{{.*}}, %{{.*}} : tensor<3xui8>
  %clip = nn.clip %i, %i, %i : tensor<3xui8>
  // CHECK: nn.not %{{.*}} : tensor<i1>
  %3 = nn.not %b : tensor<i1>
  // CHECK: nn.ceil %{{.*}} : tensor<2x?xf32>
  %4 = nn.ceil %x : tensor<2x?xf32>
  // CHECK: nn.floor %{{.*}} : tensor<2x?xf32>
  %5 = nn.floor %x : tensor<2x?xf32>
  // CHECK: nn.round %{{.*}} : tensor<2x?xf32>
  %6 = nn.round %x : tensor<2x?xf32>
  // CHECK: nn.trunc %{{.*}} : tensor<2x?xf32>
  %7 = nn.trunc %x : tensor<2x?xf32>
  // CHECK: nn.sqrt %{{.*}} : tensor<2x?xf32>
  %8 = nn.sqrt %x : tensor<2x?xf32>
  // CHECK: nn.rsqrt %{{.*}} : tensor<2x?xf32>
  %9 = nn.rsqrt %x : tensor<2x?xf32>
  // CHECK: nn.exp %{{.*}} : tensor<2x?xf32>
  %10 = nn.exp %x : tensor<2x?xf32>
  // CHECK: nn.expm1 %{{.*}} : tensor<2x?xf32>
  %11 = nn.expm1 %x : tensor<2x?xf32>
  // CHECK: nn.log %{{.*}} : tensor<2x?xf32>
  %12 = nn.log %x : tensor<2x?xf32>
  // CHECK: nn.log1p %{{.*}} : tensor<2x?xf32>
  %13 = nn.log1p %x : tensor<2x?xf32>
  // CHECK: nn.sin %{{.*}} : tensor<2x?xf32>
  %14 = nn.sin %x : tensor<2x?xf32>
  // CHECK: nn.cos %{{.*}} : tensor<2x?xf32>
  %15 = nn.cos %x : tensor<2x?xf32>
  // CHECK: nn.tan %{{.*}} : tensor<2x?xf32>
  %16 = nn.tan %x : tensor<2x?xf32>
  // CHECK: nn.asin %{{.*}} : tensor<2x?xf32>
  %17 = nn.asin %x : tensor<2x?xf32>
  // CHECK: nn.acos %{{.*}} : tensor<2x?xf32>
  %18 = nn.acos %x : tensor<2x?xf32>
  // CHECK: nn.atan %{{.*}} : tensor<2x?xf32>
  %19 = nn.atan %x : tensor<2x?xf32>
  // CHECK: nn.sinh %{{.*}} : tensor<2x?xf32>
  %20 = nn.sinh %x : tensor<2x?xf32>
  // CHECK: nn.cosh %{{.*}} : tensor<2x?xf32>
  %21 = nn.cosh %x : tensor<2x?xf32>
  // CHECK: nn.tanh %{{.*}} : tensor<2x?xf32>
  %22 = nn.tanh %x : tensor<2x?xf32>
  // CHECK: nn.asinh %{{.*}} : tensor<2x?xf32>
  %23 = nn.asinh %x : tensor<2x?xf32>
  // CHECK: nn.acosh %{{.*}} : tensor<2x?xf32>
  %24 = nn.acosh %x : tensor<2x?xf32>
  // CHECK: nn.atanh %{{.*}} : tensor<2x?xf32>
  %25 = nn.atanh %x : tensor<2x?xf32>
  // CHECK: nn.erf %{{.*}} : tensor<2x?xf32>
  %26 = nn.erf %x : tensor<2x?xf32>
  // CHECK: nn.sigmoid %{{.*}} : tensor<2x?xf32>
  %27 = nn.sigmoid %x : tensor<2x?xf32>
  // CHECK: nn.exp %{{.*}} : tensor<4xf8E4M3FN>
  %28 = nn.exp %n : tensor<4xf8E4M3FN>
  return
}

// Float to bool.
// CHECK-LABEL: func.func @tests
func.func @tests(%x: tensor<2x?xf16>) {
  // CHECK: nn.is_nan %{{.*}} : tensor<2x?xf16> -> tensor<2x?xi1>
  %0 = nn.is_nan %x : tensor<2x?xf16> -> tensor<2x?xi1>
  // CHECK: nn.is_inf %{{.*}} : tensor<2x?xf16> -> tensor<2x?xi1>
  %1 = nn.is_inf %x : tensor<2x?xf16> -> tensor<2x?xi1>
  return
}

// Two operands and a result of one type.
// CHECK-LABEL: func.func @binary
func.func @binary(%x: tensor<2x?xbf16>, %y: tensor<2x?xbf16>, %i: tensor<5xui16>, %j: tensor<5xui16>) {
  // CHECK: nn.add %{{.*}}, %{{.*}} : tensor<2x?xbf16>
  %0 = nn.add %x, %y : tensor<2x?xbf16>
  // CHECK: nn.sub %{{.*}}, %{{.*}} : tensor<2x?xbf16>
  %1 = nn.sub %x, %y : tensor<2x?xbf16>
  // CHECK: nn.mul %{{.*}}, %{{.*}} : tensor<2x?xbf16>
  %2 = nn.mul %x, %y : tensor<2x?xbf16>
  // CHECK: nn.div %{{.*}}, %{{.*}} : tensor<2x?xbf16>
  %3 = nn.div %x, %y : tensor<2x?xbf16>
  // CHECK: nn.rem %{{.*}}, %{{.*}} : tensor<2x?xbf16>
  %4 = nn.rem %x, %y : tensor<2x?xbf16>
  // CHECK: nn.pow %{{.*}}, %{{.*}} : tensor<2x?xbf16>
  %5 = nn.pow %x, %y : tensor<2x?xbf16>
  // CHECK: nn.atan2 %{{.*}}, %{{.*}} : tensor<2x?xbf16>
  %6 = nn.atan2 %x, %y : tensor<2x?xbf16>
  // CHECK: nn.max %{{.*}}, %{{.*}} : tensor<2x?xbf16>
  %7 = nn.max %x, %y : tensor<2x?xbf16>
  // CHECK: nn.min %{{.*}}, %{{.*}} : tensor<2x?xbf16>
  %8 = nn.min %x, %y : tensor<2x?xbf16>
  // CHECK: nn.and %{{.*}}, %{{.*}} : tensor<5xui16>
  %9 = nn.and %i, %j : tensor<5xui16>
  // CHECK: nn.or %{{.*}}, %{{.*}} : tensor<5xui16>
  %10 = nn.or %i, %j : tensor<5xui16>
  // CHECK: nn.xor %{{.*}}, %{{.*}} : tensor<5xui16>
  %11 = nn.xor %i, %j : tensor<5xui16>
  // CHECK: nn.shift_left %{{.*}}, %{{.*}} : tensor<5xui16>
  %12 = nn.shift_left %i, %j : tensor<5xui16>
  // CHECK: nn.shift_right %{{.*}}, %{{.*}} : tensor<5xui16>
  %13 = nn.shift_right %i, %j : tensor<5xui16>
  return
}

// Every predicate is a bare word.
// CHECK-LABEL: func.func @compare
func.func @compare(%x: tensor<4xi4>, %y: tensor<4xi4>) {
  // CHECK: nn.compare eq %{{.*}}, %{{.*}} : tensor<4xi4> -> tensor<4xi1>
  %0 = nn.compare eq %x, %y : tensor<4xi4> -> tensor<4xi1>
  // CHECK: nn.compare ne %{{.*}}, %{{.*}} : tensor<4xi4> -> tensor<4xi1>
  %1 = nn.compare ne %x, %y : tensor<4xi4> -> tensor<4xi1>
  // CHECK: nn.compare lt %{{.*}}, %{{.*}} : tensor<4xi4> -> tensor<4xi1>
  %2 = nn.compare lt %x, %y : tensor<4xi4> -> tensor<4xi1>
  // CHECK: nn.compare le %{{.*}}, %{{.*}} : tensor<4xi4> -> tensor<4xi1>
  %3 = nn.compare le %x, %y : tensor<4xi4> -> tensor<4xi1>
  // CHECK: nn.compare gt %{{.*}}, %{{.*}} : tensor<4xi4> -> tensor<4xi1>
  %4 = nn.compare gt %x, %y : tensor<4xi4> -> tensor<4xi1>
  // CHECK: nn.compare ge %{{.*}}, %{{.*}} : tensor<4xi4> -> tensor<4xi1>
  %5 = nn.compare ge %x, %y : tensor<4xi4> -> tensor<4xi1>
  return
}

// Complex elements can be moved, if not computed with.
// CHECK-LABEL: func.func @select
func.func @select(%c: tensor<?xi1>, %x: tensor<?xcomplex<f32>>, %y: tensor<?xcomplex<f32>>) {
  // CHECK: nn.select %{{.*}}, %{{.*}}, %{{.*}} : tensor<?xi1>, tensor<?xcomplex<f32>>
  %0 = nn.select %c, %x, %y : tensor<?xi1>, tensor<?xcomplex<f32>>
  return
}

// Defaults are not printed.
// CHECK-LABEL: func.func @cast
func.func @cast(%x: tensor<?xf32>) {
  // CHECK: nn.cast %{{.*}} : tensor<?xf32> -> tensor<?xui2>
  %0 = nn.cast %x : tensor<?xf32> -> tensor<?xui2>
  // CHECK: nn.cast %{{.*}} {saturate = false} : tensor<?xf32> -> tensor<?xf8E5M2>
  %1 = nn.cast %x {saturate = false} : tensor<?xf32> -> tensor<?xf8E5M2>
  // CHECK: nn.cast %{{.*}} {scale_round = #nn.scale_round<down>} : tensor<?xf32> -> tensor<?xf8E8M0FNU>
  %2 = nn.cast %x {scale_round = #nn.scale_round<down>} : tensor<?xf32> -> tensor<?xf8E8M0FNU>
  // CHECK: nn.cast %{{.*}} {saturate = false, scale_round = #nn.scale_round<nearest>} : tensor<?xf32> -> tensor<?xf8E8M0FNU>
  %3 = nn.cast %x {saturate = false, scale_round = #nn.scale_round<nearest>} : tensor<?xf32> -> tensor<?xf8E8M0FNU>
  // CHECK: nn.cast %{{.*}} : tensor<?xf32> -> tensor<?xf8E8M0FNU>
  %4 = nn.cast %x {saturate = true, scale_round = #nn.scale_round<up>} : tensor<?xf32> -> tensor<?xf8E8M0FNU>
  return
}

// The same width.
// CHECK-LABEL: func.func @bitcast
func.func @bitcast(%x: tensor<?xf32>) {
  // CHECK: nn.bitcast %{{.*}} : tensor<?xf32> -> tensor<?xui32>
  %0 = nn.bitcast %x : tensor<?xf32> -> tensor<?xui32>
  return
}

// Every way of writing elements; weights carry no type of their own.
// CHECK-LABEL: func.func @constant
func.func @constant() {
  // CHECK: nn.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
  %0 = nn.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
  // CHECK: nn.constant dense<7> : tensor<2x3xui8>
  %1 = nn.constant dense<7> : tensor<2x3xui8>
  // CHECK: nn.constant dense<[-8, 7]> : tensor<2xi4>
  %2 = nn.constant dense<[-8, 7]> : tensor<2xi4>
  // CHECK: nn.constant dense<[true, false, true]> : tensor<3xi1>
  %3 = nn.constant dense<[true, false, true]> : tensor<3xi1>
  // CHECK: nn.constant dense<1.000000e+00> : tensor<f8E8M0FNU>
  %4 = nn.constant dense<1.000000e+00> : tensor<f8E8M0FNU>
  // CHECK: nn.constant dense<> : tensor<0x4xf16>
  %5 = nn.constant dense<> : tensor<0x4xf16>
  // CHECK: nn.constant dense<(1.000000e+00,2.000000e+00)> : tensor<2xcomplex<f64>>
  %6 = nn.constant dense<(1.000000e+00,2.000000e+00)> : tensor<2xcomplex<f64>>
  // CHECK: nn.constant #nn.weight<"model.onnx", "a \22name\22"> : tensor<4xf32>
  %7 = nn.constant #nn.weight<"model.onnx", "a \22name\22"> : tensor<4xf32>
  // CHECK: nn.constant {note = 1 : i64} #nn.weight<"f", "k"> : tensor<4xui4>
  %8 = nn.constant {note = 1 : i64} #nn.weight<"f", "k"> : tensor<4xui4>
  return
}

// Sizes only where the type is dynamic.
// CHECK-LABEL: func.func @generators
func.func @generators(%n: index, %key: tensor<ui64>) {
  // CHECK: nn.iota[] {axis = 0 : i64} : tensor<3xf32>
  %0 = nn.iota [] {axis = 0 : i64} : tensor<3xf32>
  // CHECK: nn.iota[%{{.*}}, %{{.*}}] {axis = 1 : i64} : tensor<?x?xi32>
  %1 = nn.iota [%n, %n] {axis = 1 : i64} : tensor<?x?xi32>
  // CHECK: nn.random_bits %{{.*}}[] : tensor<4xui64>
  %2 = nn.random_bits %key [] : tensor<4xui64>
  // CHECK: nn.random_bits %{{.*}}[%{{.*}}] : tensor<4x?xui64>
  %3 = nn.random_bits %key [%n] : tensor<4x?xui64>
  return
}

// Moving elements.
// CHECK-LABEL: func.func @movement
func.func @movement(%x: tensor<4xf32>, %m: tensor<8x?xf32>, %s: tensor<2x3xf32>, %t: tensor<2x?xf32>, %v: tensor<f32>, %o: index, %n: index) {
  // CHECK: nn.broadcast %{{.*}}[%{{.*}}] {dims = array<i64: 1>} : tensor<4xf32> -> tensor<?x4xf32>
  %0 = nn.broadcast %x [%n] {dims = array<i64: 1>} : tensor<4xf32> -> tensor<?x4xf32>
  // CHECK: nn.reshape %{{.*}}[] : tensor<2x3xf32> -> tensor<6xf32>
  %1 = nn.reshape %s [] : tensor<2x3xf32> -> tensor<6xf32>
  // CHECK: nn.reshape %{{.*}}[%{{.*}}, %{{.*}}] : tensor<8x?xf32> -> tensor<?x?x2xf32>
  %2 = nn.reshape %m [%n, %o] : tensor<8x?xf32> -> tensor<?x?x2xf32>
  // CHECK: nn.transpose %{{.*}} {permutation = array<i64: 1, 0>} : tensor<8x?xf32> -> tensor<?x8xf32>
  %3 = nn.transpose %m {permutation = array<i64: 1, 0>} : tensor<8x?xf32> -> tensor<?x8xf32>
  // CHECK: nn.slice %{{.*}} offsets[%{{.*}}] sizes[%{{.*}}] {static_offsets = array<i64: 0, -9223372036854775808>, strides = array<i64: 2, -1>} : tensor<8x?xf32> -> tensor<4x?xf32>
  %4 = nn.slice %m offsets[%o] sizes[%n] {static_offsets = array<i64: 0, -9223372036854775808>, strides = array<i64: 2, -1>} : tensor<8x?xf32> -> tensor<4x?xf32>
  // CHECK: nn.slice %{{.*}} offsets[] sizes[] {static_offsets = array<i64: 1, 0>, strides = array<i64: -1, 2>} : tensor<2x3xf32> -> tensor<2x2xf32>
  %5 = nn.slice %s offsets[] sizes[] {static_offsets = array<i64: 1, 0>, strides = array<i64: -1, 2>} : tensor<2x3xf32> -> tensor<2x2xf32>
  // CHECK: nn.concat %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x?xf32>) -> tensor<2x?xf32>
  %6 = nn.concat %s, %t {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x?xf32>) -> tensor<2x?xf32>
  // CHECK: nn.pad %{{.*}} value(%{{.*}} : tensor<f32>) low[] high[] {mode = #nn.pad_mode<constant>, static_high = array<i64: 0, 1>, static_low = array<i64: 0, 1>} : tensor<2x3xf32> -> tensor<2x5xf32>
  %7 = nn.pad %s value(%v : tensor<f32>) low[] high[] {mode = #nn.pad_mode<constant>, static_high = array<i64: 0, 1>, static_low = array<i64: 0, 1>} : tensor<2x3xf32> -> tensor<2x5xf32>
  // CHECK: nn.pad %{{.*}} low[%{{.*}}] high[%{{.*}}] {mode = #nn.pad_mode<edge>, static_high = array<i64: 0, -9223372036854775808>, static_low = array<i64: 0, -9223372036854775808>} : tensor<2x?xf32> -> tensor<2x?xf32>
  %8 = nn.pad %t low[%o] high[%n] {mode = #nn.pad_mode<edge>, static_high = array<i64: 0, -9223372036854775808>, static_low = array<i64: 0, -9223372036854775808>} : tensor<2x?xf32> -> tensor<2x?xf32>
  // CHECK: nn.pad %{{.*}} low[] high[] {mode = #nn.pad_mode<reflect>, static_high = array<i64: 1, 1>, static_low = array<i64: 0, 0>} : tensor<2x3xf32> -> tensor<3x4xf32>
  %9 = nn.pad %s low[] high[] {mode = #nn.pad_mode<reflect>, static_high = array<i64: 1, 1>, static_low = array<i64: 0, 0>} : tensor<2x3xf32> -> tensor<3x4xf32>
  // CHECK: nn.pad %{{.*}} low[] high[] {mode = #nn.pad_mode<wrap>, static_high = array<i64: 1, 1>, static_low = array<i64: 0, 0>} : tensor<2x3xf32> -> tensor<3x4xf32>
  %10 = nn.pad %s low[] high[] {mode = #nn.pad_mode<wrap>, static_high = array<i64: 1, 1>, static_low = array<i64: 0, 0>} : tensor<2x3xf32> -> tensor<3x4xf32>
  return
}

// Indices of any integer type.
// CHECK-LABEL: func.func @indexing
func.func @indexing(%x: tensor<3x4xf32>, %i: tensor<2x4xi64>, %p: tensor<7x2xui8>, %u: tensor<2x4xf32>, %w: tensor<7xf32>, %n: index) {
  // CHECK: nn.gather %{{.*}}, %{{.*}} {axis = 0 : i64} : tensor<3x4xf32>, tensor<7x2xui8> -> tensor<7x2x4xf32>
  %0 = nn.gather %x, %p {axis = 0 : i64} : tensor<3x4xf32>, tensor<7x2xui8> -> tensor<7x2x4xf32>
  // CHECK: nn.gather_elements %{{.*}}, %{{.*}} {axis = 0 : i64} : tensor<3x4xf32>, tensor<2x4xi64> -> tensor<2x4xf32>
  %1 = nn.gather_elements %x, %i {axis = 0 : i64} : tensor<3x4xf32>, tensor<2x4xi64> -> tensor<2x4xf32>
  // CHECK: nn.gather_nd %{{.*}}, %{{.*}} {batch_dims = 0 : i64} : tensor<3x4xf32>, tensor<7x2xui8> -> tensor<7xf32>
  %2 = nn.gather_nd %x, %p {batch_dims = 0 : i64} : tensor<3x4xf32>, tensor<7x2xui8> -> tensor<7xf32>
  // CHECK: nn.scatter_elements %{{.*}}, %{{.*}}, %{{.*}} {axis = 0 : i64, kind = #nn.scatter_kind<set>} : tensor<3x4xf32>, tensor<2x4xi64>, tensor<2x4xf32>
  %3 = nn.scatter_elements %x, %i, %u {axis = 0 : i64, kind = #nn.scatter_kind<set>} : tensor<3x4xf32>, tensor<2x4xi64>, tensor<2x4xf32>
  // CHECK: nn.scatter_elements %{{.*}}, %{{.*}}, %{{.*}} {axis = 0 : i64, kind = #nn.scatter_kind<add>} : tensor<3x4xf32>, tensor<2x4xi64>, tensor<2x4xf32>
  %4 = nn.scatter_elements %x, %i, %u {axis = 0 : i64, kind = #nn.scatter_kind<add>} : tensor<3x4xf32>, tensor<2x4xi64>, tensor<2x4xf32>
  // CHECK: nn.scatter_elements %{{.*}}, %{{.*}}, %{{.*}} {axis = 0 : i64, kind = #nn.scatter_kind<mul>} : tensor<3x4xf32>, tensor<2x4xi64>, tensor<2x4xf32>
  %5 = nn.scatter_elements %x, %i, %u {axis = 0 : i64, kind = #nn.scatter_kind<mul>} : tensor<3x4xf32>, tensor<2x4xi64>, tensor<2x4xf32>
  // CHECK: nn.scatter_elements %{{.*}}, %{{.*}}, %{{.*}} {axis = 0 : i64, kind = #nn.scatter_kind<max>} : tensor<3x4xf32>, tensor<2x4xi64>, tensor<2x4xf32>
  %6 = nn.scatter_elements %x, %i, %u {axis = 0 : i64, kind = #nn.scatter_kind<max>} : tensor<3x4xf32>, tensor<2x4xi64>, tensor<2x4xf32>
  // CHECK: nn.scatter_elements %{{.*}}, %{{.*}}, %{{.*}} {axis = 0 : i64, kind = #nn.scatter_kind<min>} : tensor<3x4xf32>, tensor<2x4xi64>, tensor<2x4xf32>
  %7 = nn.scatter_elements %x, %i, %u {axis = 0 : i64, kind = #nn.scatter_kind<min>} : tensor<3x4xf32>, tensor<2x4xi64>, tensor<2x4xf32>
  // CHECK: nn.scatter_nd %{{.*}}, %{{.*}}, %{{.*}} {kind = #nn.scatter_kind<set>} : tensor<3x4xf32>, tensor<7x2xui8>, tensor<7xf32>
  %8 = nn.scatter_nd %x, %p, %w {kind = #nn.scatter_kind<set>} : tensor<3x4xf32>, tensor<7x2xui8>, tensor<7xf32>
  // CHECK: nn.nonzero %{{.*}} count %{{.*}} : tensor<3x4xf32> -> tensor<2x?xi64>
  %9 = nn.nonzero %x count %n : tensor<3x4xf32> -> tensor<2x?xi64>
  return
}

// Kinds are bare words; unit attributes are kept.
// CHECK-LABEL: func.func @reductions
func.func @reductions(%x: tensor<2x?x4xf32>, %b: tensor<2x3xi1>) {
  // CHECK: nn.reduce sum %{{.*}} {dims = array<i64: 1, 2>} : tensor<2x?x4xf32> -> tensor<2xf32>
  %0 = nn.reduce sum %x {dims = array<i64: 1, 2>} : tensor<2x?x4xf32> -> tensor<2xf32>
  // CHECK: nn.reduce product %{{.*}} {dims = array<i64: 1, 2>} : tensor<2x?x4xf32> -> tensor<2xf32>
  %1 = nn.reduce product %x {dims = array<i64: 1, 2>} : tensor<2x?x4xf32> -> tensor<2xf32>
  // CHECK: nn.reduce max %{{.*}} {dims = array<i64: 1, 2>} : tensor<2x?x4xf32> -> tensor<2xf32>
  %2 = nn.reduce max %x {dims = array<i64: 1, 2>} : tensor<2x?x4xf32> -> tensor<2xf32>
  // CHECK: nn.reduce min %{{.*}} {dims = array<i64: 1, 2>} : tensor<2x?x4xf32> -> tensor<2xf32>
  %3 = nn.reduce min %x {dims = array<i64: 1, 2>} : tensor<2x?x4xf32> -> tensor<2xf32>
  // CHECK: nn.reduce all %{{.*}} {dims = array<i64: 0>} : tensor<2x3xi1> -> tensor<3xi1>
  %4 = nn.reduce all %b {dims = array<i64: 0>} : tensor<2x3xi1> -> tensor<3xi1>
  // CHECK: nn.reduce any %{{.*}} {dims = array<i64: 0>} : tensor<2x3xi1> -> tensor<3xi1>
  %5 = nn.reduce any %b {dims = array<i64: 0>} : tensor<2x3xi1> -> tensor<3xi1>
  // CHECK: nn.arg_reduce max %{{.*}} {axis = 2 : i64} : tensor<2x?x4xf32> -> tensor<2x?xi64>
  %6 = nn.arg_reduce max %x {axis = 2 : i64} : tensor<2x?x4xf32> -> tensor<2x?xi64>
  // CHECK: nn.arg_reduce min %{{.*}} {axis = 0 : i64, last} : tensor<2x?x4xf32> -> tensor<?x4xi64>
  %7 = nn.arg_reduce min %x {axis = 0 : i64, last} : tensor<2x?x4xf32> -> tensor<?x4xi64>
  // CHECK: nn.scan sum %{{.*}} {axis = 1 : i64} : tensor<2x?x4xf32>
  %8 = nn.scan sum %x {axis = 1 : i64} : tensor<2x?x4xf32>
  // CHECK: nn.scan max %{{.*}} {axis = 1 : i64, exclusive, reverse} : tensor<2x?x4xf32>
  %9 = nn.scan max %x {axis = 1 : i64, exclusive, reverse} : tensor<2x?x4xf32>
  return
}

// Two results.
// CHECK-LABEL: func.func @sort
func.func @sort(%x: tensor<2x?xf32>) {
  // CHECK: %{{.*}}, %{{.*}} = nn.sort %{{.*}} {axis = 1 : i64, descending} : tensor<2x?xf32> -> tensor<2x?xf32>, tensor<2x?xi64>
  %values, %indices = nn.sort %x {axis = 1 : i64, descending} : tensor<2x?xf32> -> tensor<2x?xf32>, tensor<2x?xi64>
  return
}

// Along axes, the type unchanged.
// CHECK-LABEL: func.func @normalisation
func.func @normalisation(%x: tensor<2x?xf32>) {
  // CHECK: nn.softmax %{{.*}} {axis = 1 : i64} : tensor<2x?xf32>
  %0 = nn.softmax %x {axis = 1 : i64} : tensor<2x?xf32>
  // CHECK: nn.softmax %{{.*}} {axis = 0 : i64, log} : tensor<2x?xf32>
  %1 = nn.softmax %x {axis = 0 : i64, log} : tensor<2x?xf32>
  // CHECK: nn.normalize %{{.*}} {dims = array<i64: 1>, epsilon = 1.000000e-05 : f64} : tensor<2x?xf32>
  %2 = nn.normalize %x {dims = array<i64: 1>, epsilon = 1.000000e-05 : f64} : tensor<2x?xf32>
  // CHECK: nn.normalize %{{.*}} {dims = array<i64: 0, 1>, epsilon = 0.000000e+00 : f64, rms} : tensor<2x?xf32>
  %3 = nn.normalize %x {dims = array<i64: 0, 1>, epsilon = 0.000000e+00 : f64, rms} : tensor<2x?xf32>
  return
}

// Batch and several contracting dimensions; integers widen.
// CHECK-LABEL: func.func @dot
func.func @dot(%x: tensor<8x2x3xf32>, %y: tensor<8x3x4xf32>, %i: tensor<2x?xi8>, %j: tensor<?x4xui8>) {
  // CHECK: nn.dot %{{.*}}, %{{.*}} {lhs_batch = array<i64: 0>, lhs_contracting = array<i64: 2>, rhs_batch = array<i64: 0>, rhs_contracting = array<i64: 1>} : tensor<8x2x3xf32>, tensor<8x3x4xf32> -> tensor<8x2x4xf32>
  %0 = nn.dot %x, %y {lhs_batch = array<i64: 0>, lhs_contracting = array<i64: 2>, rhs_batch = array<i64: 0>, rhs_contracting = array<i64: 1>} : tensor<8x2x3xf32>, tensor<8x3x4xf32> -> tensor<8x2x4xf32>
  // CHECK: nn.dot %{{.*}}, %{{.*}} {lhs_batch = array<i64>, lhs_contracting = array<i64: 0, 2>, rhs_batch = array<i64>, rhs_contracting = array<i64: 0, 1>} : tensor<8x2x3xf32>, tensor<8x3x4xf32> -> tensor<2x4xf32>
  %1 = nn.dot %x, %y {lhs_batch = array<i64>, lhs_contracting = array<i64: 0, 2>, rhs_batch = array<i64>, rhs_contracting = array<i64: 0, 1>} : tensor<8x2x3xf32>, tensor<8x3x4xf32> -> tensor<2x4xf32>
  // CHECK: nn.dot %{{.*}}, %{{.*}} {lhs_batch = array<i64>, lhs_contracting = array<i64: 1>, rhs_batch = array<i64>, rhs_contracting = array<i64: 0>} : tensor<2x?xi8>, tensor<?x4xui8> -> tensor<2x4xi32>
  %2 = nn.dot %i, %j {lhs_batch = array<i64>, lhs_contracting = array<i64: 1>, rhs_batch = array<i64>, rhs_contracting = array<i64: 0>} : tensor<2x?xi8>, tensor<?x4xui8> -> tensor<2x4xi32>
  return
}

// One spatial dimension, channels last, in groups; negative pads and input dilation.
// CHECK-LABEL: func.func @conv
func.func @conv(%x: tensor<2x?x8xf32>, %w: tensor<6x3x4xf32>) {
  // CHECK: nn.conv %{{.*}}, %{{.*}} {batch_groups = 1 : i64, feature_groups = 2 : i64, filter_layout = array<i64: 0, 2, 1>, input_dilation = array<i64: 2>, input_layout = array<i64: 0, 2, 1>, output_layout = array<i64: 0, 2, 1>, pad_high = array<i64: -1>, pad_low = array<i64: 1>, strides = array<i64: 2>, window_dilation = array<i64: 3>} : tensor<2x?x8xf32>, tensor<6x3x4xf32> -> tensor<2x?x6xf32>
  %0 = nn.conv %x, %w {batch_groups = 1 : i64, feature_groups = 2 : i64, filter_layout = array<i64: 0, 2, 1>, input_dilation = array<i64: 2>, input_layout = array<i64: 0, 2, 1>, output_layout = array<i64: 0, 2, 1>, pad_high = array<i64: -1>, pad_low = array<i64: 1>, strides = array<i64: 2>, window_dilation = array<i64: 3>} : tensor<2x?x8xf32>, tensor<6x3x4xf32> -> tensor<2x?x6xf32>
  return
}

// The result's extents are its own.
// CHECK-LABEL: func.func @pool
func.func @pool(%x: tensor<3x8xf32>, %d: tensor<3x?xf32>, %n: index) {
  // CHECK: nn.pool max %{{.*}}[] {dilations = array<i64: 1, 2>, high = array<i64: 0, 1>, low = array<i64: 0, 0>, strides = array<i64: 1, 2>, window = array<i64: 1, 3>} : tensor<3x8xf32> -> tensor<3x3xf32>
  %0 = nn.pool max %x [] {dilations = array<i64: 1, 2>, high = array<i64: 0, 1>, low = array<i64: 0, 0>, strides = array<i64: 1, 2>, window = array<i64: 1, 3>} : tensor<3x8xf32> -> tensor<3x3xf32>
  // CHECK: nn.pool sum %{{.*}}[%{{.*}}] {dilations = array<i64: 1, 2>, high = array<i64: 0, 1>, low = array<i64: 0, 0>, strides = array<i64: 1, 2>, window = array<i64: 1, 3>} : tensor<3x?xf32> -> tensor<3x?xf32>
  %1 = nn.pool sum %d [%n] {dilations = array<i64: 1, 2>, high = array<i64: 0, 1>, low = array<i64: 0, 0>, strides = array<i64: 1, 2>, window = array<i64: 1, 3>} : tensor<3x?xf32> -> tensor<3x?xf32>
  // CHECK: nn.pool average %{{.*}}[] {count_include_pad, dilations = array<i64: 1, 2>, high = array<i64: 0, 1>, low = array<i64: 0, 0>, strides = array<i64: 1, 2>, window = array<i64: 1, 3>} : tensor<3x8xf32> -> tensor<3x3xf32>
  %2 = nn.pool average %x [] {count_include_pad, dilations = array<i64: 1, 2>, high = array<i64: 0, 1>, low = array<i64: 0, 0>, strides = array<i64: 1, 2>, window = array<i64: 1, 3>} : tensor<3x8xf32> -> tensor<3x3xf32>
  // CHECK: nn.pool_index %{{.*}}[%{{.*}}] {dilations = array<i64: 1, 2>, high = array<i64: 0, 1>, low = array<i64: 0, 0>, strides = array<i64: 1, 2>, window = array<i64: 1, 3>} : tensor<3x?xf32> -> tensor<3x?xi64>
  %3 = nn.pool_index %d [%n] {dilations = array<i64: 1, 2>, high = array<i64: 0, 1>, low = array<i64: 0, 0>, strides = array<i64: 1, 2>, window = array<i64: 1, 3>} : tensor<3x?xf32> -> tensor<3x?xi64>
  return
}
