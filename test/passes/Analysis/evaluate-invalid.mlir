// RUN: not ds-opt --nn-evaluate %s 2>&1 | FileCheck %s
// What only the values show to be wrong ends in a diagnostic, and the other functions still run.

// CHECK: error: 'nn.broadcast' op expected an extent of 1 or 3 in dimension 0, found operand shape 2
func.func @broadcast() -> tensor<?xi8> {
  %n = arith.constant 3 : index
  %x = nn.constant dense<[1, 2]> : tensor<2xi8>
  %y = tensor.cast %x : tensor<2xi8> to tensor<?xi8>
  %r = nn.broadcast %y [%n] {dims = array<i64: 0>} : tensor<?xi8> -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// CHECK: error: 'nn.reshape' op expected a shape of 2 elements, found 3
func.func @reshape() -> tensor<?xi8> {
  %n = arith.constant 3 : index
  %x = nn.constant dense<[1, 2]> : tensor<2xi8>
  %r = nn.reshape %x [%n] : tensor<2xi8> -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// CHECK: error: 'nn.iota' op expected extents of at least 0, found shape -1
func.func @negative_extent() -> tensor<?xi8> {
  %n = arith.constant -1 : index
  %r = nn.iota [%n] {axis = 0 : i64} : tensor<?xi8>
  return %r : tensor<?xi8>
}

// CHECK: error: 'nn.iota' op expected a result of at most 8589934592 bytes, found shape 4611686018427387904x4 of 'i64'
func.func @huge_extent() -> tensor<?x4xi64> {
  %n = arith.constant 4611686018427387904 : index
  %r = nn.iota [%n] {axis = 0 : i64} : tensor<?x4xi64>
  return %r : tensor<?x4xi64>
}

// Nothing may overflow on the way to an empty result either.
// CHECK: error: 'nn.iota' op expected a result of at most 8589934592 bytes, found shape 0x4611686018427387904x4 of 'i8'
func.func @huge_and_empty() -> tensor<0x?x4xi8> {
  %n = arith.constant 4611686018427387904 : index
  %r = nn.iota [%n] {axis = 0 : i64} : tensor<0x?x4xi8>
  return %r : tensor<0x?x4xi8>
}

// CHECK: error: 'nn.slice' op expected positions below 2 in dimension 0, found offset 1, size 2 and stride 1
func.func @slice() -> tensor<2xi8> {
  %o = arith.constant 1 : index
  %x = nn.constant dense<[1, 2]> : tensor<2xi8>
  %r = nn.slice %x offsets[%o] sizes[] {static_offsets = array<i64: -9223372036854775808>, strides = array<i64: 1>}
    : tensor<2xi8> -> tensor<2xi8>
  return %r : tensor<2xi8>
}

// CHECK: error: 'nn.slice' op expected positions below 2 in dimension 0, found offset 1, size 3 and stride 9223372036854775807
func.func @slice_overflow() -> tensor<?xi8> {
  %o = arith.constant 1 : index
  %n = arith.constant 3 : index
  %x = nn.constant dense<[1, 2]> : tensor<2xi8>
  %r = nn.slice %x offsets[%o] sizes[%n] {static_offsets = array<i64: -9223372036854775808>,
    strides = array<i64: 9223372036854775807>} : tensor<2xi8> -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// CHECK: error: 'nn.concat' op expected extent 1 in dimension 0, found shape 2x1
func.func @concat() -> tensor<?x2xi8> {
  %x = nn.constant dense<[[1]]> : tensor<1x1xi8>
  %y = nn.constant dense<[[2], [3]]> : tensor<2x1xi8>
  %z = tensor.cast %y : tensor<2x1xi8> to tensor<?x1xi8>
  %r = nn.concat %x, %z {axis = 1 : i64} : (tensor<1x1xi8>, tensor<?x1xi8>) -> tensor<1x2xi8>
  %s = tensor.cast %r : tensor<1x2xi8> to tensor<?x2xi8>
  return %s : tensor<?x2xi8>
}

// CHECK: error: 'nn.pad' op expected pads of at least 0 in dimension 0, found -1 and 0
func.func @negative_pad() -> tensor<?xi8> {
  %l = arith.constant -1 : index
  %x = nn.constant dense<[1, 2]> : tensor<2xi8>
  %r = nn.pad %x low[%l] high[] {mode = #nn.pad_mode<edge>, static_low = array<i64: -9223372036854775808>,
    static_high = array<i64: 0>} : tensor<2xi8> -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// CHECK: error: 'nn.pad' op expected pads of a sane size in dimension 0, found 9223372036854775807 and 0
func.func @huge_pad() -> tensor<?xi8> {
  %l = arith.constant 9223372036854775807 : index
  %x = nn.constant dense<[1, 2]> : tensor<2xi8>
  %r = nn.pad %x low[%l] high[] {mode = #nn.pad_mode<edge>, static_low = array<i64: -9223372036854775808>,
    static_high = array<i64: 0>} : tensor<2xi8> -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// CHECK: error: 'nn.pad' op expected elements to pad with in dimension 0, found operand shape 0
func.func @pad_nothing() -> tensor<1xi8> {
  %x = nn.constant dense<> : tensor<0xi8>
  %r = nn.pad %x low[] high[] {mode = #nn.pad_mode<wrap>, static_low = array<i64: 1>, static_high = array<i64: 0>}
    : tensor<0xi8> -> tensor<1xi8>
  return %r : tensor<1xi8>
}

// CHECK: error: 'nn.gather' op expected elements to index, found data of shape 0x2
func.func @gather_nothing() -> tensor<1x2xi8> {
  %x = nn.constant dense<> : tensor<0x2xi8>
  %i = nn.constant dense<0> : tensor<1xi64>
  %r = nn.gather %x, %i {axis = 0 : i64} : tensor<0x2xi8>, tensor<1xi64> -> tensor<1x2xi8>
  return %r : tensor<1x2xi8>
}

// CHECK: error: 'nn.gather_elements' op expected indices within 1x1 on every dimension but 0, found shape 1x2
func.func @gather_elements() -> tensor<1x2xi8> {
  %x = nn.constant dense<[[1]]> : tensor<1x1xi8>
  %i = nn.constant dense<0> : tensor<1x2xi64>
  %r = nn.gather_elements %x, %i {axis = 0 : i64} : tensor<1x1xi8>, tensor<1x2xi64> -> tensor<1x2xi8>
  return %r : tensor<1x2xi8>
}

// CHECK: error: 'nn.gather_nd' op expected 1 equal leading extents, found shapes 2x1 and 1x1
func.func @gather_nd() -> tensor<?xi8> {
  %x = nn.constant dense<[[1], [2]]> : tensor<2x1xi8>
  %i = nn.constant dense<0> : tensor<1x1xi64>
  %d = tensor.cast %x : tensor<2x1xi8> to tensor<?x1xi8>
  %r = nn.gather_nd %d, %i {batch_dims = 1 : i64} : tensor<?x1xi8>, tensor<1x1xi64> -> tensor<1xi8>
  %s = tensor.cast %r : tensor<1xi8> to tensor<?xi8>
  return %s : tensor<?xi8>
}

// CHECK: error: 'nn.scatter_elements' op expected updates of the indices' shape 1, found 2
func.func @scatter_elements() -> tensor<1xi8> {
  %x = nn.constant dense<[1]> : tensor<1xi8>
  %i = nn.constant dense<0> : tensor<1xi64>
  %u = nn.constant dense<[1, 2]> : tensor<2xi8>
  %d = tensor.cast %u : tensor<2xi8> to tensor<?xi8>
  %r = nn.scatter_elements %x, %i, %d {axis = 0 : i64, kind = #nn.scatter_kind<set>}
    : tensor<1xi8>, tensor<1xi64>, tensor<?xi8>
  return %r : tensor<1xi8>
}

// CHECK: error: 'nn.scatter_nd' op expected updates of shape 1, found 2
func.func @scatter_nd() -> tensor<1xi8> {
  %x = nn.constant dense<[1]> : tensor<1xi8>
  %i = nn.constant dense<0> : tensor<1x1xi64>
  %u = nn.constant dense<[1, 2]> : tensor<2xi8>
  %d = tensor.cast %u : tensor<2xi8> to tensor<?xi8>
  %r = nn.scatter_nd %x, %i, %d {kind = #nn.scatter_kind<set>} : tensor<1xi8>, tensor<1x1xi64>, tensor<?xi8>
  return %r : tensor<1xi8>
}

// CHECK: error: 'nn.scatter_nd' op expected operands of integers or floats, found elements of type 'complex<f32>'
func.func @scatter_complex() -> tensor<1xcomplex<f32>> {
  %x = nn.constant dense<[(1.0, 2.0)]> : tensor<1xcomplex<f32>>
  %i = nn.constant dense<0> : tensor<1x1xi64>
  %r = nn.scatter_nd %x, %i, %x {kind = #nn.scatter_kind<add>}
    : tensor<1xcomplex<f32>>, tensor<1x1xi64>, tensor<1xcomplex<f32>>
  return %r : tensor<1xcomplex<f32>>
}

// CHECK: error: 'nn.nonzero' op expected count 1, found 2
func.func @nonzero() -> tensor<1x?xi64> {
  %n = arith.constant 2 : index
  %x = nn.constant dense<[0, 3]> : tensor<2xi8>
  %r = nn.nonzero %x count %n : tensor<2xi8> -> tensor<1x?xi64>
  return %r : tensor<1x?xi64>
}

// CHECK: error: 'nn.arg_reduce' op expected elements along axis 0, found operand shape 0
func.func @arg_reduce() -> tensor<i64> {
  %x = nn.constant dense<> : tensor<0xi8>
  %r = nn.arg_reduce max %x {axis = 0 : i64} : tensor<0xi8> -> tensor<i64>
  return %r : tensor<i64>
}

// CHECK: error: 'nn.dot' op expected dimension 0 of the left side and 0 of the right to have one extent, found shapes 2 and 1
func.func @dot() -> tensor<i8> {
  %x = nn.constant dense<[1, 2]> : tensor<2xi8>
  %y = nn.constant dense<[3]> : tensor<1xi8>
  %d = tensor.cast %y : tensor<1xi8> to tensor<?xi8>
  %r = nn.dot %x, %d {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 0>,
    rhs_contracting = array<i64: 0>} : tensor<2xi8>, tensor<?xi8> -> tensor<i8>
  return %r : tensor<i8>
}

// CHECK: error: 'nn.conv' op expected 1 input features, found 2
func.func @conv_features() -> tensor<1x1x1xi8> {
  %x = nn.constant dense<1> : tensor<1x2x1xi8>
  %w = nn.constant dense<1> : tensor<1x1x1xi8>
  %d = tensor.cast %x : tensor<1x2x1xi8> to tensor<1x?x1xi8>
  %r = nn.conv %d, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<1x?x1xi8>, tensor<1x1x1xi8> -> tensor<1x1x1xi8>
  return %r : tensor<1x1x1xi8>
}

// CHECK: error: 'nn.conv' op expected batch and features that 2 batch groups and 1 feature groups divide, found a batch of 1 and 2 output features
func.func @conv_groups() -> tensor<?x2x1xi8> {
  %x = nn.constant dense<1> : tensor<1x1x1xi8>
  %w = nn.constant dense<1> : tensor<2x1x1xi8>
  %d = tensor.cast %x : tensor<1x1x1xi8> to tensor<?x1x1xi8>
  %r = nn.conv %d, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 2 : i64}
    : tensor<?x1x1xi8>, tensor<2x1x1xi8> -> tensor<?x2x1xi8>
  return %r : tensor<?x2x1xi8>
}

// CHECK: error: 'nn.pool' op expected window attributes below 268435456, found 4611686018427387904
func.func @pool() -> tensor<2xi8> {
  %x = nn.constant dense<[1, 2]> : tensor<2xi8>
  %n = arith.constant 2 : index
  %r = nn.pool max %x [] {window = array<i64: 1>, strides = array<i64: 4611686018427387904>, low = array<i64: 0>,
    high = array<i64: 0>, dilations = array<i64: 1>} : tensor<2xi8> -> tensor<2xi8>
  return %r : tensor<2xi8>
}

// CHECK: error: 'nn.add' op expected operands of one shape, found 2 and 3
func.func @elementwise() -> tensor<?xi8> {
  %x = nn.constant dense<[1, 2]> : tensor<2xi8>
  %y = nn.constant dense<[1, 2, 3]> : tensor<3xi8>
  %a = tensor.cast %x : tensor<2xi8> to tensor<?xi8>
  %b = tensor.cast %y : tensor<3xi8> to tensor<?xi8>
  %r = nn.add %a, %b : tensor<?xi8>
  return %r : tensor<?xi8>
}

// CHECK: error: 'nn.select' op expected operands of shape 1, found 2
func.func @select() -> tensor<?xi8> {
  %c = nn.constant dense<[true]> : tensor<1xi1>
  %x = nn.constant dense<[1, 2]> : tensor<2xi8>
  %d = tensor.cast %c : tensor<1xi1> to tensor<?xi1>
  %a = tensor.cast %x : tensor<2xi8> to tensor<?xi8>
  %r = nn.select %d, %a, %a : tensor<?xi1>, tensor<?xi8>
  return %r : tensor<?xi8>
}

// CHECK: error: 'nn.constant' op expected data that is loaded, found no entry for #nn.weight<"absent.onnx", "w">
func.func @weight() -> tensor<2xf32> {
  %r = "nn.constant"() <{value = #nn.weight<"absent.onnx", "w">}> : () -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK: error: 'nn.constant' op expected elements of at most 64 bits to evaluate, found 'tensor<1xi128>'
func.func @wide() -> tensor<1xi128> {
  %r = nn.constant dense<1> : tensor<1xi128>
  return %r : tensor<1xi128>
}

// CHECK: error: 'tensor.cast' op expected a value of type 'tensor<3xi8>', found shape 2
func.func @cast() -> tensor<3xi8> {
  %x = nn.constant dense<[1, 2]> : tensor<2xi8>
  %y = tensor.cast %x : tensor<2xi8> to tensor<?xi8>
  %r = tensor.cast %y : tensor<?xi8> to tensor<3xi8>
  return %r : tensor<3xi8>
}

// CHECK: error: 'tensor.dim' op expected a dimension below 1, found 1
func.func @dim() -> index {
  %i = arith.constant 1 : index
  %x = nn.constant dense<[1, 2]> : tensor<2xi8>
  %r = tensor.dim %x, %i : tensor<2xi8>
  return %r : index
}

// CHECK: error: 'tensor.extract' op expected an index below 2 in dimension 0, found 2
func.func @extract() -> i8 {
  %i = arith.constant 2 : index
  %x = nn.constant dense<[1, 2]> : tensor<2xi8>
  %r = tensor.extract %x[%i] : tensor<2xi8>
  return %r : i8
}

// CHECK: error: 'arith.divsi' op expected scalars that this operation is defined on
func.func @division_by_zero() -> index {
  %i = arith.constant 1 : index
  %z = arith.constant 0 : index
  %r = arith.divsi %i, %z : index
  return %r : index
}

// CHECK: error: 'tensor.generate' op has no reference semantics
func.func @unknown_op() -> tensor<2xindex> {
  %r = tensor.generate {
  ^bb0(%i: index):
    tensor.yield %i : index
  } : tensor<2xindex>
  return %r : tensor<2xindex>
}

// The message of an assertion is the error.
// CHECK: error: expected a batch of at most 8
func.func @assertion() -> i1 {
  %r = arith.constant false
  cf.assert %r, "expected a batch of at most 8"
  return %r : i1
}

// CHECK: error: 'scf.for' op expected a step above 0, found 0
func.func @endless() -> index {
  %i = arith.constant 0 : index
  %n = arith.constant 1 : index
  %r = scf.for %k = %i to %n step %i iter_args(%x = %i) -> index {
    scf.yield %x : index
  }
  return %r : index
}

// CHECK: error: 'func.call' op expected calls nested at most 64 deep
func.func @recursion() -> index {
  %r = call @recursion() : () -> index
  return %r : index
}

// CHECK: error: 'func.func' op expected a body of one block to evaluate, found 2
func.func @unstructured() -> index {
  %r = arith.constant 1 : index
  cf.br ^end
^end:
  return %r : index
}

// CHECK: @sound: index = 1
func.func @sound() -> index {
  %r = arith.constant 1 : index
  return %r : index
}
