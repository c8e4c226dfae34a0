// RUN: ds-opt %s --split-input-file --verify-diagnostics

// Each constraint of each op, under the number that its description gives it.

// `?` and a static extent are not one shape.
func.func @one_shape_operands(%x: tensor<?xi1>, %y: tensor<4xf32>) {
  // expected-error@+1 {{'nn.select' op expected operands of one shape, but operand 0 is 'tensor<?xi1>' and operand 1 is 'tensor<4xf32>'}}
  %0 = "nn.select"(%x, %y, %y) : (tensor<?xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

// Nor are they between operand and result.
func.func @one_shape_result(%x: tensor<?xf32>) {
  // expected-error@+1 {{'nn.cast' op expected a result of the operands' shape, but operand 0 is 'tensor<?xf32>' and result 0 is 'tensor<4xi32>'}}
  %0 = nn.cast %x : tensor<?xf32> -> tensor<4xi32>
  return
}

// -----

func.func @compare_c1(%x: tensor<4xf32>, %y: tensor<4xi32>) {
  // expected-error@+1 {{'nn.compare' op failed to verify that all of {lhs, rhs} have same type}}
  %0 = "nn.compare"(%x, %y) {predicate = #nn.predicate<eq>} : (tensor<4xf32>, tensor<4xi32>) -> tensor<4xi1>
  return
}

// -----

// Bare words are checked.
func.func @compare_predicate(%x: tensor<4xf32>) {
  // expected-error@+1 {{expected one of [eq, ne, lt, le, gt, ge] for how two elements are compared, got: near}}
  %0 = nn.compare near %x, %x : tensor<4xf32> -> tensor<4xi1>
  return
}

// -----

func.func @select_c1(%c: tensor<4xi1>, %x: tensor<4xf32>, %y: tensor<4xf64>) {
  // expected-error@+1 {{'nn.select' op failed to verify that all of {on_true, on_false, result} have same type}}
  %0 = "nn.select"(%c, %x, %y) : (tensor<4xi1>, tensor<4xf32>, tensor<4xf64>) -> tensor<4xf32>
  return
}

// -----

func.func @bitcast_c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.bitcast' op expected element types of one width, but found 'f32' and 'i16'}}
  %0 = nn.bitcast %x : tensor<4xf32> -> tensor<4xi16>
  return
}

// -----

func.func @constant_c1() {
  // expected-error@+1 {{'nn.constant' op expected dense elements of type 'tensor<3xf32>', but found 'tensor<2xf32>'}}
  %0 = "nn.constant"() {value = dense<1.0> : tensor<2xf32>} : () -> tensor<3xf32>
  return
}

// -----

// Neither elements nor a weight.
func.func @constant_c1_kind() {
  // expected-error@+1 {{'nn.constant' op expected dense elements or a '#nn.weight', but found "text"}}
  %0 = "nn.constant"() {value = "text"} : () -> tensor<3xf32>
  return
}

// -----

// Two types could differ.
func.func @constant_c1_typed() {
  // expected-error@+1 {{'nn.constant' op expected a '#nn.weight' that leaves the type to the op, but found #nn.weight<"f", "k"> : tensor<3xf32>}}
  %0 = "nn.constant"() {value = #nn.weight<"f", "k"> : tensor<3xf32>} : () -> tensor<3xf32>
  return
}

// -----

func.func @constant_c2() {
  // expected-error@+1 {{'nn.constant' op expected a static shape, but found 'tensor<?xf32>'}}
  %0 = nn.constant #nn.weight<"f", "k"> : tensor<?xf32>
  return
}

// -----

// The parser asks for a ranked tensor.
func.func @constant_parse() {
  // expected-error@+1 {{expected dense elements or a '#nn.weight', of a ranked tensor type}}
  %0 = nn.constant "text" : i32
  return
}

// -----

func.func @iota_c1() {
  // expected-error@+1 {{'nn.iota' op expected an axis of a tensor of rank 1, but found 1}}
  %0 = nn.iota [] {axis = 1 : i64} : tensor<3xi64>
  return
}

// -----

func.func @iota_c2(%n: index) {
  // expected-error@+1 {{'nn.iota' op expected one size per dynamic extent of the result (0), but found 1}}
  %0 = nn.iota [%n] {axis = 0 : i64} : tensor<3xi64>
  return
}

// -----

func.func @random_bits_c1(%k: tensor<ui64>) {
  // expected-error@+1 {{'nn.random_bits' op expected one size per dynamic extent of the result (1), but found 0}}
  %0 = nn.random_bits %k [] : tensor<?xui64>
  return
}

// -----

func.func @broadcast_c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.broadcast' op expected one entry of 'dims' per operand dimension (1), but found 0}}
  %0 = nn.broadcast %x [] {dims = array<i64>} : tensor<4xf32> -> tensor<2x4xf32>
  return
}

// -----

// Not increasing.
func.func @broadcast_c1_order(%x: tensor<2x4xf32>) {
  // expected-error@+1 {{'nn.broadcast' op expected 'dims' to be strictly increasing dimensions of a tensor of rank 2, but found [1, 0]}}
  %0 = nn.broadcast %x [] {dims = array<i64: 1, 0>} : tensor<2x4xf32> -> tensor<4x2xf32>
  return
}

// -----

func.func @broadcast_c2(%x: tensor<4xf32>, %n: index) {
  // expected-error@+1 {{'nn.broadcast' op expected operand dimension 0 to have extent 1 or the result's static extent, but found 'tensor<4xf32>' and 'tensor<?xf32>'}}
  %0 = nn.broadcast %x [%n] {dims = array<i64: 0>} : tensor<4xf32> -> tensor<?xf32>
  return
}

// -----

func.func @broadcast_c3(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.broadcast' op expected one size per dynamic extent of the result (1), but found 0}}
  %0 = nn.broadcast %x [] {dims = array<i64: 1>} : tensor<4xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @broadcast_c4(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.broadcast' op expected operand and result of one element type, but found 'f32' and 'f16'}}
  %0 = nn.broadcast %x [] {dims = array<i64: 0>} : tensor<4xf32> -> tensor<4xf16>
  return
}

// -----

func.func @reshape_c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.reshape' op expected one size per dynamic extent of the result (1), but found 0}}
  %0 = nn.reshape %x [] : tensor<4xf32> -> tensor<2x?xf32>
  return
}

// -----

func.func @reshape_c2(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.reshape' op expected as many elements as in the operand (4), but found 6}}
  %0 = nn.reshape %x [] : tensor<4xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @reshape_c3(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.reshape' op expected operand and result of one element type, but found 'f32' and 'i32'}}
  %0 = nn.reshape %x [] : tensor<4xf32> -> tensor<2x2xi32>
  return
}

// -----

func.func @transpose_c1(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'nn.transpose' op expected a permutation of 2 dimensions, but found [1, 1]}}
  %0 = nn.transpose %x {permutation = array<i64: 1, 1>} : tensor<2x3xf32> -> tensor<3x3xf32>
  return
}

// -----

// The result type follows from the operands.
func.func @transpose_type(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{'nn.transpose' op failed to infer returned types}}
  // expected-error@+1 {{'nn.transpose' op inferred type(s) 'tensor<3x2xf32>' are incompatible with return type(s) of operation 'tensor<2x3xf32>'}}
  %0 = nn.transpose %x {permutation = array<i64: 1, 0>} : tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @slice_c1(%x: tensor<8xf32>) {
  // expected-error@+1 {{'nn.slice' op expected one entry of 'static_offsets' per dimension (1), but found 2}}
  %0 = nn.slice %x offsets[] sizes[] {static_offsets = array<i64: 0, 0>, strides = array<i64: 1>} : tensor<8xf32> -> tensor<4xf32>
  return
}

// -----

// A stride that stands still.
func.func @slice_c1_stride(%x: tensor<8xf32>) {
  // expected-error@+1 {{'nn.slice' op expected no stride of 0, but found [0]}}
  %0 = nn.slice %x offsets[] sizes[] {static_offsets = array<i64: 0>, strides = array<i64: 0>} : tensor<8xf32> -> tensor<4xf32>
  return
}

// -----

func.func @slice_c2(%x: tensor<8xf32>) {
  // expected-error@+1 {{'nn.slice' op expected one offset per dynamic entry of 'static_offsets' (1), but found 0}}
  %0 = nn.slice %x offsets[] sizes[] {static_offsets = array<i64: -9223372036854775808>, strides = array<i64: 1>} : tensor<8xf32> -> tensor<4xf32>
  return
}

// -----

// Sizes are counted too.
func.func @slice_c2_sizes(%x: tensor<8xf32>) {
  // expected-error@+1 {{'nn.slice' op expected one size per dynamic extent of the result (1), but found 0}}
  %0 = nn.slice %x offsets[] sizes[] {static_offsets = array<i64: 0>, strides = array<i64: 1>} : tensor<8xf32> -> tensor<?xf32>
  return
}

// -----

func.func @slice_c3(%x: tensor<8xf32>) {
  // expected-error@+1 {{'nn.slice' op expected operand and result of one rank, but found 'tensor<8xf32>' and 'tensor<4x1xf32>'}}
  %0 = nn.slice %x offsets[] sizes[] {static_offsets = array<i64: 0>, strides = array<i64: 1>} : tensor<8xf32> -> tensor<4x1xf32>
  return
}

// -----

// The element type stays.
func.func @slice_c3_type(%x: tensor<8xf32>) {
  // expected-error@+1 {{'nn.slice' op expected operand and result of one element type, but found 'f32' and 'f64'}}
  %0 = nn.slice %x offsets[] sizes[] {static_offsets = array<i64: 0>, strides = array<i64: 1>} : tensor<8xf32> -> tensor<4xf64>
  return
}

// -----

func.func @slice_c4(%x: tensor<8xf32>) {
  // expected-error@+1 {{'nn.slice' op expected the window of dimension 0 to lie inside the extent 8, but found offset 2, stride 2 and size 4}}
  %0 = nn.slice %x offsets[] sizes[] {static_offsets = array<i64: 2>, strides = array<i64: 2>} : tensor<8xf32> -> tensor<4xf32>
  return
}

// -----

// The last position is beyond 64 bits.
func.func @slice_c4_overflow(%x: tensor<8xf32>) {
  // expected-error@+1 {{'nn.slice' op expected the window of dimension 0 to lie inside the extent 8, but found offset 7, stride -9223372036854775807 and size 4}}
  %0 = nn.slice %x offsets[] sizes[] {static_offsets = array<i64: 7>, strides = array<i64: -9223372036854775807>} : tensor<8xf32> -> tensor<4xf32>
  return
}

// -----

func.func @concat_c1() {
  // expected-error@+1 {{'nn.concat' op expected at least one operand, but found none}}
  %0 = "nn.concat"() {axis = 0 : i64} : () -> tensor<2xf32>
  return
}

// -----

// The axis is out of range.
func.func @concat_c1_axis(%x: tensor<2xf32>) {
  // expected-error@+1 {{'nn.concat' op expected an axis of a tensor of rank 1, but found 1}}
  %0 = nn.concat %x {axis = 1 : i64} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

// Element types differ.
func.func @concat_c1_type(%x: tensor<2xf32>, %y: tensor<2xf64>) {
  // expected-error@+1 {{'nn.concat' op expected operands of one rank and element type, but operand 0 is 'tensor<2xf32>' and operand 1 is 'tensor<2xf64>'}}
  %0 = nn.concat %x, %y {axis = 0 : i64} : (tensor<2xf32>, tensor<2xf64>) -> tensor<4xf32>
  return
}

// -----

func.func @concat_c2(%x: tensor<2x?xf32>, %y: tensor<2x3xf32>, %z: tensor<2x4xf32>) {
  // expected-error@+1 {{'nn.concat' op expected extents that agree except on axis 0, but dimension 1 is 3 before operand 2, where it is 4}}
  %0 = nn.concat %x, %y, %z {axis = 0 : i64} : (tensor<2x?xf32>, tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<6x3xf32>
  return
}

// -----

func.func @pad_c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.pad' op expected one entry of 'static_low' per dimension (1), but found 2}}
  %0 = nn.pad %x low[] high[] {mode = #nn.pad_mode<edge>, static_low = array<i64: 0, 0>, static_high = array<i64: 0>} : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

// Cutting off is a slice.
func.func @pad_c1_negative(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.pad' op expected no negative entry of 'static_high', but found -1}}
  %0 = nn.pad %x low[] high[] {mode = #nn.pad_mode<edge>, static_low = array<i64: 0>, static_high = array<i64: -1>} : tensor<4xf32> -> tensor<3xf32>
  return
}

// -----

func.func @pad_c2(%x: tensor<4xf32>, %n: index) {
  // expected-error@+1 {{'nn.pad' op expected one operand per dynamic entry of 'static_high' (0), but found 1}}
  %0 = nn.pad %x low[] high[%n] {mode = #nn.pad_mode<edge>, static_low = array<i64: 0>, static_high = array<i64: 0>} : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @pad_c3(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.pad' op expected a value in mode 'constant', but found none}}
  %0 = nn.pad %x low[] high[] {mode = #nn.pad_mode<constant>, static_low = array<i64: 0>, static_high = array<i64: 0>} : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

// Only constants come from a value.
func.func @pad_c3_mode(%x: tensor<4xf32>, %v: tensor<f32>) {
  // expected-error@+1 {{'nn.pad' op expected no value in mode 'edge', but found one}}
  %0 = nn.pad %x value(%v : tensor<f32>) low[] high[] {mode = #nn.pad_mode<edge>, static_low = array<i64: 0>, static_high = array<i64: 0>} : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

// The value is no scalar.
func.func @pad_c3_type(%x: tensor<4xf32>, %v: tensor<1xf32>) {
  // expected-error@+1 {{'nn.pad' op expected a value of rank 0 and the operand's element type 'f32', but found 'tensor<1xf32>'}}
  %0 = nn.pad %x value(%v : tensor<1xf32>) low[] high[] {mode = #nn.pad_mode<constant>, static_low = array<i64: 0>, static_high = array<i64: 0>} : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @pad_c4(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.pad' op expected result extent 7 of dimension 0, but found 4}}
  %0 = nn.pad %x low[] high[] {mode = #nn.pad_mode<edge>, static_low = array<i64: 1>, static_high = array<i64: 2>} : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

// Ranks differ.
func.func @pad_c4_rank(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.pad' op expected operand and result of one rank and element type, but found 'tensor<4xf32>' and 'tensor<4x1xf32>'}}
  %0 = nn.pad %x low[] high[] {mode = #nn.pad_mode<edge>, static_low = array<i64: 0>, static_high = array<i64: 0>} : tensor<4xf32> -> tensor<4x1xf32>
  return
}

// -----

func.func @gather_c1(%x: tensor<4xf32>, %i: tensor<2xi64>) {
  // expected-error@+1 {{'nn.gather' op expected an axis of a tensor of rank 1, but found -1}}
  %0 = nn.gather %x, %i {axis = -1 : i64} : tensor<4xf32>, tensor<2xi64> -> tensor<2xf32>
  return
}

// -----

func.func @gather_elements_c1(%x: tensor<4x2xf32>, %i: tensor<2xi64>) {
  // expected-error@+1 {{'nn.gather_elements' op expected data and indices of one rank, but found 2 and 1}}
  %0 = nn.gather_elements %x, %i {axis = 0 : i64} : tensor<4x2xf32>, tensor<2xi64> -> tensor<2xf32>
  return
}

// -----

// The axis is out of range.
func.func @gather_elements_c1_axis(%x: tensor<4xf32>, %i: tensor<2xi64>) {
  // expected-error@+1 {{'nn.gather_elements' op expected an axis of a tensor of rank 1, but found 1}}
  %0 = nn.gather_elements %x, %i {axis = 1 : i64} : tensor<4xf32>, tensor<2xi64> -> tensor<2xf32>
  return
}

// -----

func.func @gather_nd_c1(%x: tensor<4x5xf32>, %i: tensor<2x?xi64>) {
  // expected-error@+1 {{'nn.gather_nd' op expected indices with a static last extent, but found 'tensor<2x?xi64>'}}
  %0 = nn.gather_nd %x, %i {batch_dims = 0 : i64} : tensor<4x5xf32>, tensor<2x?xi64> -> tensor<2xf32>
  return
}

// -----

// The batch would include the tuples.
func.func @gather_nd_c1_batch(%x: tensor<4x5xf32>, %i: tensor<2x1xi64>) {
  // expected-error@+1 {{'nn.gather_nd' op expected 'batch_dims' from 0 to 1, but found 2}}
  %0 = nn.gather_nd %x, %i {batch_dims = 2 : i64} : tensor<4x5xf32>, tensor<2x1xi64> -> tensor<2xf32>
  return
}

// -----

// Tuples are too long.
func.func @gather_nd_c1_tuple(%x: tensor<4x5xf32>, %i: tensor<4x2xi64>) {
  // expected-error@+1 {{'nn.gather_nd' op expected tuples that address at most the 1 data dimensions behind the batch, but found 2 indices each}}
  %0 = nn.gather_nd %x, %i {batch_dims = 1 : i64} : tensor<4x5xf32>, tensor<4x2xi64> -> tensor<4xf32>
  return
}

// -----

func.func @scatter_elements_c1(%x: tensor<4xf32>, %i: tensor<2x1xi64>, %u: tensor<2xf32>) {
  // expected-error@+1 {{'nn.scatter_elements' op expected data, indices and updates of one rank, but found 1, 2 and 1}}
  %0 = nn.scatter_elements %x, %i, %u {axis = 0 : i64, kind = #nn.scatter_kind<set>} : tensor<4xf32>, tensor<2x1xi64>, tensor<2xf32>
  return
}

// -----

// The axis is out of range.
func.func @scatter_elements_c1_axis(%x: tensor<4xf32>, %i: tensor<2xi64>, %u: tensor<2xf32>) {
  // expected-error@+1 {{'nn.scatter_elements' op expected an axis of a tensor of rank 1, but found 3}}
  %0 = nn.scatter_elements %x, %i, %u {axis = 3 : i64, kind = #nn.scatter_kind<set>} : tensor<4xf32>, tensor<2xi64>, tensor<2xf32>
  return
}

// -----

// Element types differ.
func.func @scatter_elements_c1_type(%x: tensor<4xf32>, %i: tensor<2xi64>, %u: tensor<2xf16>) {
  // expected-error@+1 {{'nn.scatter_elements' op expected data and updates of one element type, but found 'f32' and 'f16'}}
  %0 = nn.scatter_elements %x, %i, %u {axis = 0 : i64, kind = #nn.scatter_kind<set>} : tensor<4xf32>, tensor<2xi64>, tensor<2xf16>
  return
}

// -----

func.func @scatter_nd_c1(%x: tensor<4xf32>, %i: tensor<i64>, %u: tensor<2xf32>) {
  // expected-error@+1 {{'nn.scatter_nd' op expected indices with a static last extent, but found 'tensor<i64>'}}
  %0 = nn.scatter_nd %x, %i, %u {kind = #nn.scatter_kind<add>} : tensor<4xf32>, tensor<i64>, tensor<2xf32>
  return
}

// -----

// Tuples are too long.
func.func @scatter_nd_c1_tuple(%x: tensor<4xf32>, %i: tensor<2x2xi64>, %u: tensor<2xf32>) {
  // expected-error@+1 {{'nn.scatter_nd' op expected tuples of at most 1 indices, but found 2}}
  %0 = nn.scatter_nd %x, %i, %u {kind = #nn.scatter_kind<add>} : tensor<4xf32>, tensor<2x2xi64>, tensor<2xf32>
  return
}

// -----

// Updates have another rank.
func.func @scatter_nd_c1_rank(%x: tensor<4xf32>, %i: tensor<2x1xi64>, %u: tensor<2x1xf32>) {
  // expected-error@+1 {{'nn.scatter_nd' op expected updates of rank 1, but found 'tensor<2x1xf32>'}}
  %0 = nn.scatter_nd %x, %i, %u {kind = #nn.scatter_kind<add>} : tensor<4xf32>, tensor<2x1xi64>, tensor<2x1xf32>
  return
}

// -----

// Element types differ.
func.func @scatter_nd_c1_type(%x: tensor<4xf32>, %i: tensor<2x1xi64>, %u: tensor<2xi32>) {
  // expected-error@+1 {{'nn.scatter_nd' op expected data and updates of one element type, but found 'f32' and 'i32'}}
  %0 = nn.scatter_nd %x, %i, %u {kind = #nn.scatter_kind<add>} : tensor<4xf32>, tensor<2x1xi64>, tensor<2xi32>
  return
}

// -----

func.func @nonzero_c1(%x: tensor<3x4xf32>, %n: index) {
  // expected-error@+1 {{'nn.nonzero' op expected a result of shape 2x?, but found 'tensor<3x?xi64>'}}
  %0 = nn.nonzero %x count %n : tensor<3x4xf32> -> tensor<3x?xi64>
  return
}

// -----

func.func @reduce_c1(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'nn.reduce' op expected 'dims' to be strictly increasing dimensions of a tensor of rank 2, but found [1, 2]}}
  %0 = nn.reduce sum %x {dims = array<i64: 1, 2>} : tensor<2x3xf32> -> tensor<2xf32>
  return
}

// -----

func.func @reduce_c2(%x: tensor<2x3xi8>) {
  // expected-error@+1 {{'nn.reduce' op expected an operand of i1 for 'any', but found 'tensor<2x3xi8>'}}
  %0 = nn.reduce any %x {dims = array<i64: 1>} : tensor<2x3xi8> -> tensor<2xi8>
  return
}

// -----

func.func @arg_reduce_c1(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'nn.arg_reduce' op expected 'max' or 'min', but found 'sum'}}
  %0 = nn.arg_reduce sum %x {axis = 1 : i64} : tensor<2x3xf32> -> tensor<2xi64>
  return
}

// -----

// The axis is out of range.
func.func @arg_reduce_c1_axis(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'nn.arg_reduce' op expected an axis of a tensor of rank 2, but found 2}}
  %0 = nn.arg_reduce max %x {axis = 2 : i64} : tensor<2x3xf32> -> tensor<2xi64>
  return
}

// -----

func.func @scan_c1(%x: tensor<2xi1>) {
  // expected-error@+1 {{'nn.scan' op expected 'sum', 'product', 'max' or 'min', but found 'all'}}
  %0 = nn.scan all %x {axis = 0 : i64} : tensor<2xi1>
  return
}

// -----

// The axis is out of range.
func.func @scan_c1_axis(%x: tensor<2xf32>) {
  // expected-error@+1 {{'nn.scan' op expected an axis of a tensor of rank 1, but found -1}}
  %0 = nn.scan sum %x {axis = -1 : i64} : tensor<2xf32>
  return
}

// -----

func.func @sort_c1(%x: tensor<2xf32>) {
  // expected-error@+1 {{'nn.sort' op expected an axis of a tensor of rank 1, but found 1}}
  %v, %i = nn.sort %x {axis = 1 : i64} : tensor<2xf32> -> tensor<2xf32>, tensor<2xi64>
  return
}

// -----

func.func @softmax_c1(%x: tensor<f32>) {
  // expected-error@+1 {{'nn.softmax' op expected an axis of a tensor of rank 0, but found 0}}
  %0 = nn.softmax %x {axis = 0 : i64} : tensor<f32>
  return
}

// -----

func.func @normalize_c1(%x: tensor<2xf32>) {
  // expected-error@+1 {{'nn.normalize' op expected at least one entry of 'dims', but found none}}
  %0 = nn.normalize %x {dims = array<i64>, epsilon = 0.0 : f64} : tensor<2xf32>
  return
}

// -----

// Not increasing.
func.func @normalize_c1_order(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'nn.normalize' op expected 'dims' to be strictly increasing dimensions of a tensor of rank 2, but found [0, 0]}}
  %0 = nn.normalize %x {dims = array<i64: 0, 0>, epsilon = 0.0 : f64} : tensor<2x3xf32>
  return
}

// -----

func.func @dot_c1(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{'nn.dot' op expected as many dimensions on the left as on the right, but found 0 and 0 batch, 1 and 0 contracting}}
  %0 = nn.dot %x, %y {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>, rhs_contracting = array<i64>} : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  return
}

// -----

// One dimension in both roles.
func.func @dot_c1_distinct(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{'nn.dot' op expected distinct batch and contracting dimensions of the left side of rank 2, but found [1] and [1]}}
  %0 = nn.dot %x, %y {lhs_batch = array<i64: 1>, rhs_batch = array<i64: 1>, lhs_contracting = array<i64: 1>, rhs_contracting = array<i64: 0>} : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @dot_c2(%x: tensor<2x3xf32>, %y: tensor<5x4xf32>) {
  // expected-error@+1 {{'nn.dot' op expected paired contracting dimensions of one extent, but found 3 and 5}}
  %0 = nn.dot %x, %y {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>, rhs_contracting = array<i64: 0>} : tensor<2x3xf32>, tensor<5x4xf32> -> tensor<2x4xf32>
  return
}

// -----

// Batch dimensions are paired too.
func.func @dot_c2_batch(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{'nn.dot' op expected paired batch dimensions of one extent, but found 2 and 4}}
  %0 = nn.dot %x, %y {lhs_batch = array<i64: 0>, rhs_batch = array<i64: 1>, lhs_contracting = array<i64: 1>, rhs_contracting = array<i64: 0>} : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2xf32>
  return
}

// -----

func.func @dot_c3(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{'nn.dot' op expected a result of type 'tensor<2x4xf32>', but found 'tensor<4x2xf32>'}}
  %0 = nn.dot %x, %y {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>, rhs_contracting = array<i64: 0>} : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<4x2xf32>
  return
}

// -----

func.func @dot_c4(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{'nn.dot' op expected one float type throughout, or integers and a result at least as wide, but found 'f32', 'f32' and 'f64'}}
  %0 = nn.dot %x, %y {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>, rhs_contracting = array<i64: 0>} : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf64>
  return
}

// -----

// An integer result is too narrow.
func.func @dot_c4_narrow(%x: tensor<2x3xi8>, %y: tensor<3x4xi16>) {
  // expected-error@+1 {{'nn.dot' op expected one float type throughout, or integers and a result at least as wide, but found 'i8', 'i16' and 'i8'}}
  %0 = nn.dot %x, %y {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>, rhs_contracting = array<i64: 0>} : tensor<2x3xi8>, tensor<3x4xi16> -> tensor<2x4xi8>
  return
}

// -----

func.func @conv_c1(%x: tensor<2x4x8xf32>, %w: tensor<6x4x3xf32>) {
  // expected-error@+1 {{'nn.conv' op expected 'filter_layout' to be a permutation of 3 dimensions, but found [0, 2, 2]}}
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 2, 2>, output_layout = array<i64: 0, 1, 2>,
    strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>,
    window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<2x4x8xf32>, tensor<6x4x3xf32> -> tensor<2x6x6xf32>
  return
}

// -----

// No spatial dimension.
func.func @conv_c1_rank(%x: tensor<2x4xf32>, %w: tensor<6x4xf32>) {
  // expected-error@+1 {{'nn.conv' op expected input, filter and result of one rank of at least 3, but found 2, 2 and 2}}
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>,
    strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>,
    window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<2x4xf32>, tensor<6x4xf32> -> tensor<2x6xf32>
  return
}

// -----

func.func @conv_c2(%x: tensor<2x4x8xf32>, %w: tensor<6x4x3xf32>) {
  // expected-error@+1 {{'nn.conv' op expected no entry of 'strides' below 1, but found 0}}
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>,
    strides = array<i64: 0>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>,
    window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<2x4x8xf32>, tensor<6x4x3xf32> -> tensor<2x6x6xf32>
  return
}

// -----

// More pads than spatial dimensions.
func.func @conv_c2_count(%x: tensor<2x4x8xf32>, %w: tensor<6x4x3xf32>) {
  // expected-error@+1 {{'nn.conv' op expected one entry of 'pad_low' per dimension (1), but found 2}}
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>,
    strides = array<i64: 1>, pad_low = array<i64: 0, 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>,
    window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<2x4x8xf32>, tensor<6x4x3xf32> -> tensor<2x6x6xf32>
  return
}

// -----

func.func @conv_c3(%x: tensor<2x4x8xf32>, %w: tensor<6x4x3xf32>) {
  // expected-error@+1 {{'nn.conv' op expected positive group counts of which at most one is not 1, but found 2 feature and 2 batch groups}}
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>,
    strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>,
    window_dilation = array<i64: 1>, feature_groups = 2 : i64, batch_groups = 2 : i64}
    : tensor<2x4x8xf32>, tensor<6x4x3xf32> -> tensor<2x6x6xf32>
  return
}

// -----

// Features that do not split.
func.func @conv_c3_features(%x: tensor<2x16x8xf32>, %w: tensor<6x4x3xf32>) {
  // expected-error@+1 {{'nn.conv' op expected output features divisible into 4 groups, but found 6}}
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>,
    strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>,
    window_dilation = array<i64: 1>, feature_groups = 4 : i64, batch_groups = 1 : i64}
    : tensor<2x16x8xf32>, tensor<6x4x3xf32> -> tensor<2x6x6xf32>
  return
}

// -----

// A batch that does not split.
func.func @conv_c3_batch(%x: tensor<2x4x8xf32>, %w: tensor<6x4x3xf32>) {
  // expected-error@+1 {{'nn.conv' op expected a batch divisible into 3 groups, but found 2}}
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>,
    strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>,
    window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 3 : i64}
    : tensor<2x4x8xf32>, tensor<6x4x3xf32> -> tensor<2x6x6xf32>
  return
}

// -----

func.func @conv_c4(%x: tensor<2x4x8xf32>, %w: tensor<6x4x3xf32>) {
  // expected-error@+1 {{'nn.conv' op expected 8 input features (4 of the filter in 2 groups), but found 4}}
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>,
    strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>,
    window_dilation = array<i64: 1>, feature_groups = 2 : i64, batch_groups = 1 : i64}
    : tensor<2x4x8xf32>, tensor<6x4x3xf32> -> tensor<2x6x6xf32>
  return
}

// -----

func.func @conv_c5(%x: tensor<2x4x8xf32>, %w: tensor<6x4x3xf32>) {
  // expected-error@+1 {{'nn.conv' op expected a result of type 'tensor<2x6x6xf32>', but found 'tensor<2x6x7xf32>'}}
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>,
    strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>,
    window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<2x4x8xf32>, tensor<6x4x3xf32> -> tensor<2x6x7xf32>
  return
}

// -----

func.func @conv_c6(%x: tensor<2x4x8xf32>, %w: tensor<6x4x3xf32>) {
  // expected-error@+1 {{'nn.conv' op expected one float type throughout, or integers and a result at least as wide, but found 'f32', 'f32' and 'f16'}}
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>,
    strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>,
    window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<2x4x8xf32>, tensor<6x4x3xf32> -> tensor<2x6x6xf16>
  return
}

// -----

func.func @pool_c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.pool' op expected one entry of 'window' per dimension (1), but found 2}}
  %0 = nn.pool max %x [] {window = array<i64: 2, 2>, strides = array<i64: 1>, low = array<i64: 0>, high = array<i64: 0>,
    dilations = array<i64: 1>} : tensor<4xf32> -> tensor<3xf32>
  return
}

// -----

// Negative pads.
func.func @pool_c1_negative(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.pool' op expected no entry of 'low' below 0, but found -1}}
  %0 = nn.pool max %x [] {window = array<i64: 2>, strides = array<i64: 1>, low = array<i64: -1>, high = array<i64: 0>,
    dilations = array<i64: 1>} : tensor<4xf32> -> tensor<3xf32>
  return
}

// -----

func.func @pool_c2(%x: tensor<4xf32>, %n: index) {
  // expected-error@+1 {{'nn.pool' op expected one size per dynamic extent of the result (0), but found 1}}
  %0 = nn.pool max %x [%n] {window = array<i64: 2>, strides = array<i64: 1>, low = array<i64: 0>, high = array<i64: 0>,
    dilations = array<i64: 1>} : tensor<4xf32> -> tensor<3xf32>
  return
}

// -----

// Ranks differ.
func.func @pool_c2_rank(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.pool' op expected operand and result of one rank, but found 1 and 2}}
  %0 = nn.pool max %x [] {window = array<i64: 2>, strides = array<i64: 1>, low = array<i64: 0>, high = array<i64: 0>,
    dilations = array<i64: 1>} : tensor<4xf32> -> tensor<3x1xf32>
  return
}

// -----

func.func @pool_index_c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.pool_index' op expected one entry of 'window' per dimension (1), but found 2}}
  %0 = nn.pool_index %x [] {window = array<i64: 2, 2>, strides = array<i64: 1>, low = array<i64: 0>, high = array<i64: 0>,
    dilations = array<i64: 1>} : tensor<4xf32> -> tensor<3xi64>
  return
}

// -----

// Negative pads.
func.func @pool_index_c1_negative(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.pool_index' op expected no entry of 'low' below 0, but found -1}}
  %0 = nn.pool_index %x [] {window = array<i64: 2>, strides = array<i64: 1>, low = array<i64: -1>, high = array<i64: 0>,
    dilations = array<i64: 1>} : tensor<4xf32> -> tensor<3xi64>
  return
}

// -----

func.func @pool_index_c2(%x: tensor<4xf32>, %n: index) {
  // expected-error@+1 {{'nn.pool_index' op expected one size per dynamic extent of the result (0), but found 1}}
  %0 = nn.pool_index %x [%n] {window = array<i64: 2>, strides = array<i64: 1>, low = array<i64: 0>, high = array<i64: 0>,
    dilations = array<i64: 1>} : tensor<4xf32> -> tensor<3xi64>
  return
}

// -----

// Ranks differ.
func.func @pool_index_c2_rank(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.pool_index' op expected operand and result of one rank, but found 1 and 2}}
  %0 = nn.pool_index %x [] {window = array<i64: 2>, strides = array<i64: 1>, low = array<i64: 0>, high = array<i64: 0>,
    dilations = array<i64: 1>} : tensor<4xf32> -> tensor<3x1xi64>
  return
}

// -----

// Element types differ.
func.func @pool_c2_type(%x: tensor<4xf32>) {
  // expected-error@+1 {{'nn.pool' op expected operand and result of one element type, but found 'f32' and 'f64'}}
  %0 = nn.pool max %x [] {window = array<i64: 2>, strides = array<i64: 1>, low = array<i64: 0>, high = array<i64: 0>,
    dilations = array<i64: 1>} : tensor<4xf32> -> tensor<3xf64>
  return
}
