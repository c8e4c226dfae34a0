// RUN: ds-opt --ds-fold-constants %s -o %t.before
// RUN: FileCheck %s < %t.before
// RUN: ds-opt --ds-rows-innermost --ds-channels-last --canonicalize --ds-decompose-conv --ds-conv-to-dot --ds-fold-constants %s -o %t.after
// RUN: diff %t.before %t.after
// The reference evaluator computes the same numbers before and after the passes. All values are small integers as far as sums go, so
// that their order does not show.

// Windows, bias, depthwise and grouped convolutions, a residual.
// CHECK-LABEL: @windows
// CHECK-NEXT: %[[VALUE:.+]] = nn.constant
// CHECK-NEXT: return %[[VALUE]]
func.func @windows() -> tensor<1x4x3x3xf32> {
  %xi = nn.iota [] {axis = 0 : i64} : tensor<126xi32>
  %xk = nn.constant dense<5> : tensor<126xi32>
  %xm = nn.constant dense<7> : tensor<126xi32>
  %xp = nn.mul %xi, %xk : tensor<126xi32>
  %xr = nn.and %xp, %xm : tensor<126xi32>
  %xf = nn.cast %xr : tensor<126xi32> -> tensor<126xf32>
  %x = nn.reshape %xf [] : tensor<126xf32> -> tensor<1x3x6x7xf32>
  %wi = nn.iota [] {axis = 0 : i64} : tensor<108xi32>
  %wk = nn.constant dense<3> : tensor<108xi32>
  %wm = nn.constant dense<7> : tensor<108xi32>
  %wp = nn.mul %wi, %wk : tensor<108xi32>
  %wr = nn.and %wp, %wm : tensor<108xi32>
  %wf = nn.cast %wr : tensor<108xi32> -> tensor<108xf32>
  %w = nn.reshape %wf [] : tensor<108xf32> -> tensor<4x3x3x3xf32>
  %di = nn.iota [] {axis = 0 : i64} : tensor<36xi32>
  %dk = nn.constant dense<11> : tensor<36xi32>
  %dm = nn.constant dense<7> : tensor<36xi32>
  %dp = nn.mul %di, %dk : tensor<36xi32>
  %dr = nn.and %dp, %dm : tensor<36xi32>
  %df = nn.cast %dr : tensor<36xi32> -> tensor<36xf32>
  %d = nn.reshape %df [] : tensor<36xf32> -> tensor<4x1x3x3xf32>
  %gi = nn.iota [] {axis = 0 : i64} : tensor<8xi32>
  %gk = nn.constant dense<13> : tensor<8xi32>
  %gm = nn.constant dense<7> : tensor<8xi32>
  %gp = nn.mul %gi, %gk : tensor<8xi32>
  %gr = nn.and %gp, %gm : tensor<8xi32>
  %gf = nn.cast %gr : tensor<8xi32> -> tensor<8xf32>
  %g = nn.reshape %gf [] : tensor<8xf32> -> tensor<4x2x1x1xf32>
  %bi = nn.iota [] {axis = 0 : i64} : tensor<4xi32>
  %bk = nn.constant dense<3> : tensor<4xi32>
  %bm = nn.constant dense<7> : tensor<4xi32>
  %bp = nn.mul %bi, %bk : tensor<4xi32>
  %br = nn.and %bp, %bm : tensor<4xi32>
  %bf = nn.cast %br : tensor<4xi32> -> tensor<4xf32>
  %b = nn.reshape %bf [] : tensor<4xf32> -> tensor<4xf32>
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>, output_layout = array<i64: 0, 1, 2, 3>,
    strides = array<i64: 1, 1>, pad_low = array<i64: 1, 1>, pad_high = array<i64: 1, 1>,
    input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>, feature_groups = 1 : i64,
    batch_groups = 1 : i64} : tensor<1x3x6x7xf32>, tensor<4x3x3x3xf32> -> tensor<1x4x6x7xf32>
  %1 = nn.broadcast %b [] {dims = array<i64: 1>} : tensor<4xf32> -> tensor<1x4x6x7xf32>
  %2 = nn.add %0, %1 : tensor<1x4x6x7xf32>
  %3 = nn.conv %2, %d {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>, output_layout = array<i64: 0, 1, 2, 3>,
    strides = array<i64: 1, 1>, pad_low = array<i64: 1, 1>, pad_high = array<i64: 1, 1>,
    input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>, feature_groups = 4 : i64,
    batch_groups = 1 : i64} : tensor<1x4x6x7xf32>, tensor<4x1x3x3xf32> -> tensor<1x4x6x7xf32>
  %4 = nn.add %2, %3 : tensor<1x4x6x7xf32>
  %5 = nn.pool average %4 [] {window = array<i64: 1, 1, 3, 2>, strides = array<i64: 1, 1, 2, 3>, low = array<i64: 0, 0, 1, 1>,
    high = array<i64: 0, 0, 1, 1>, dilations = array<i64: 1, 1, 1, 1>} : tensor<1x4x6x7xf32> -> tensor<1x4x3x3xf32>
  %6 = nn.conv %5, %g {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>, output_layout = array<i64: 0, 1, 2, 3>,
    strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>, pad_high = array<i64: 0, 0>,
    input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>, feature_groups = 2 : i64,
    batch_groups = 1 : i64} : tensor<1x4x3x3xf32>, tensor<4x2x1x1xf32> -> tensor<1x4x3x3xf32>
  return %6 : tensor<1x4x3x3xf32>
}

// What moves, cuts, repeats and joins.
// CHECK-LABEL: @movement
// CHECK-NEXT: %[[VALUE:.+]] = nn.constant
// CHECK-NEXT: return %[[VALUE]]
func.func @movement() -> tensor<1x3x4x4xf32> {
  %xi = nn.iota [] {axis = 0 : i64} : tensor<60xi32>
  %xk = nn.constant dense<5> : tensor<60xi32>
  %xm = nn.constant dense<7> : tensor<60xi32>
  %xp = nn.mul %xi, %xk : tensor<60xi32>
  %xr = nn.and %xp, %xm : tensor<60xi32>
  %xf = nn.cast %xr : tensor<60xi32> -> tensor<60xf32>
  %x = nn.reshape %xf [] : tensor<60xf32> -> tensor<1x3x4x5xf32>
  %wi = nn.iota [] {axis = 0 : i64} : tensor<12xi32>
  %wk = nn.constant dense<3> : tensor<12xi32>
  %wm = nn.constant dense<7> : tensor<12xi32>
  %wp = nn.mul %wi, %wk : tensor<12xi32>
  %wr = nn.and %wp, %wm : tensor<12xi32>
  %wf = nn.cast %wr : tensor<12xi32> -> tensor<12xf32>
  %w = nn.reshape %wf [] : tensor<12xf32> -> tensor<4x3x1x1xf32>
  %vi = nn.iota [] {axis = 0 : i64} : tensor<12xi32>
  %vk = nn.constant dense<11> : tensor<12xi32>
  %vm = nn.constant dense<7> : tensor<12xi32>
  %vp = nn.mul %vi, %vk : tensor<12xi32>
  %vr = nn.and %vp, %vm : tensor<12xi32>
  %vf = nn.cast %vr : tensor<12xi32> -> tensor<12xf32>
  %v = nn.reshape %vf [] : tensor<12xf32> -> tensor<3x2x1x2xf32>
  %i = nn.constant dense<[3, 0, -1, 2, 2]> : tensor<5xi64>
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>, output_layout = array<i64: 0, 1, 2, 3>,
    strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>, pad_high = array<i64: 0, 0>,
    input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>, feature_groups = 1 : i64,
    batch_groups = 1 : i64} : tensor<1x3x4x5xf32>, tensor<4x3x1x1xf32> -> tensor<1x4x4x5xf32>
  %1 = nn.pad %0 low[] high[] {mode = #nn.pad_mode<reflect>, static_low = array<i64: 0, 1, 2, 0>,
    static_high = array<i64: 0, 0, 1, 3>} : tensor<1x4x4x5xf32> -> tensor<1x5x7x8xf32>
  %2 = nn.slice %1 offsets[] sizes[] {static_offsets = array<i64: 0, 4, 1, 7>, strides = array<i64: 1, -2, 1, -3>}
    : tensor<1x5x7x8xf32> -> tensor<1x2x5x3xf32>
  %3 = nn.gather %2, %i {axis = 2 : i64} : tensor<1x2x5x3xf32>, tensor<5xi64> -> tensor<1x2x5x3xf32>
  %4 = nn.concat %2, %3 {axis = 3 : i64} : (tensor<1x2x5x3xf32>, tensor<1x2x5x3xf32>) -> tensor<1x2x5x6xf32>
  %5 = nn.broadcast %4 [] {dims = array<i64: 0, 1, 2, 4>} : tensor<1x2x5x6xf32> -> tensor<1x2x5x2x6xf32>
  %6 = nn.reshape %5 [] : tensor<1x2x5x2x6xf32> -> tensor<1x2x10x6xf32>
  %7 = nn.slice %6 offsets[] sizes[] {static_offsets = array<i64: 0, 0, 3, 1>, strides = array<i64: 1, 1, 2, 1>}
    : tensor<1x2x10x6xf32> -> tensor<1x2x4x5xf32>
  %8 = nn.conv %7, %v {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>, output_layout = array<i64: 0, 1, 2, 3>,
    strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>, pad_high = array<i64: 0, 0>,
    input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>, feature_groups = 1 : i64,
    batch_groups = 1 : i64} : tensor<1x2x4x5xf32>, tensor<3x2x1x2xf32> -> tensor<1x3x4x4xf32>
  return %8 : tensor<1x3x4x4xf32>
}

// Reductions, and rows along the features.
// CHECK-LABEL: @rows
// CHECK-NEXT: %[[A:.+]] = nn.constant
// CHECK-NEXT: %[[B:.+]] = nn.constant
// CHECK-NEXT: %[[C:.+]] = nn.constant
// CHECK-NEXT: return
func.func @rows() -> (tensor<2x4x4xf32>, tensor<2x4xf32>, tensor<2x4xi64>) {
  %xi = nn.iota [] {axis = 0 : i64} : tensor<24xi32>
  %xk = nn.constant dense<5> : tensor<24xi32>
  %xm = nn.constant dense<7> : tensor<24xi32>
  %xp = nn.mul %xi, %xk : tensor<24xi32>
  %xr = nn.and %xp, %xm : tensor<24xi32>
  %xf = nn.cast %xr : tensor<24xi32> -> tensor<24xf32>
  %x = nn.reshape %xf [] : tensor<24xf32> -> tensor<2x3x4xf32>
  %wi = nn.iota [] {axis = 0 : i64} : tensor<12xi32>
  %wk = nn.constant dense<3> : tensor<12xi32>
  %wm = nn.constant dense<7> : tensor<12xi32>
  %wp = nn.mul %wi, %wk : tensor<12xi32>
  %wr = nn.and %wp, %wm : tensor<12xi32>
  %wf = nn.cast %wr : tensor<12xi32> -> tensor<12xf32>
  %w = nn.reshape %wf [] : tensor<12xf32> -> tensor<4x3x1xf32>
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>,
    strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64,
    batch_groups = 1 : i64} : tensor<2x3x4xf32>, tensor<4x3x1xf32> -> tensor<2x4x4xf32>
  %1 = nn.softmax %0 {axis = 1 : i64} : tensor<2x4x4xf32>
  %2 = nn.reduce sum %0 {dims = array<i64: 2>} : tensor<2x4x4xf32> -> tensor<2x4xf32>
  %3 = nn.reshape %2 [] : tensor<2x4xf32> -> tensor<2x4x1xf32>
  %4 = nn.broadcast %3 [] {dims = array<i64: 0, 1, 2>} : tensor<2x4x1xf32> -> tensor<2x4x4xf32>
  %5 = nn.sub %0, %4 : tensor<2x4x4xf32>
  %6 = nn.normalize %5 {dims = array<i64: 1, 2>, epsilon = 1.0 : f64} : tensor<2x4x4xf32>
  %7 = nn.reduce max %6 {dims = array<i64: 1>} : tensor<2x4x4xf32> -> tensor<2x4xf32>
  %8 = nn.arg_reduce max %0 {axis = 1 : i64} : tensor<2x4x4xf32> -> tensor<2x4xi64>
  return %1, %7, %8 : tensor<2x4x4xf32>, tensor<2x4xf32>, tensor<2x4xi64>
}
