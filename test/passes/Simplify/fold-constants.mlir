// RUN: ds-opt --ds-fold-constants %s | FileCheck %s
// RUN: ds-opt --ds-fold-constants --ds-fold-constants %s | FileCheck %s
// RUN: ds-opt --ds-fold-constants="max-bytes=0" %s | FileCheck %s --check-prefix=TIGHT
// RUN: ds-opt --ds-fold-constants="max-total-bytes=8" %s | FileCheck %s --check-prefix=TOTAL
// RUN: ds-opt --ds-fold-constants="max-multiplications=3" %s | FileCheck %s --check-prefix=WORK

// A chain folds to its end in one go, and leaves no constant behind.
// CHECK-LABEL: @chain
// TIGHT-LABEL: @chain
// TOTAL-LABEL: @chain
func.func @chain() -> tensor<2xf32> {
  // CHECK-NEXT: %[[VALUE:.+]] = nn.constant dense<[3.000000e+00, 5.000000e+00]>
  // CHECK-NEXT: return %[[VALUE]]
  // TIGHT-NEXT: nn.constant dense<[3.000000e+00, 5.000000e+00]>
  // TOTAL-NEXT: nn.constant dense<[3.000000e+00, 5.000000e+00]>
  %x = nn.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %one = nn.constant dense<1.0> : tensor<2xf32>
  %s = nn.sqrt %x : tensor<2xf32>
  %r = nn.add %s, %one : tensor<2xf32>
  return %r : tensor<2xf32>
}

// The shape arithmetic of exporters crosses to the host and back.
// CHECK-LABEL: @shapes
func.func @shapes(%x: tensor<?x3xf32>) -> index {
  // CHECK-NEXT: %[[SIZE:.+]] = arith.constant 7 : index
  // CHECK-NEXT: return %[[SIZE]]
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %a = arith.addi %c1, %c2 : index
  %b = arith.index_cast %a : index to i64
  %s = tensor.from_elements %b, %b : tensor<2xi64>
  %one = nn.constant dense<[1, 4]> : tensor<2xi64>
  %t = nn.add %s, %one : tensor<2xi64>
  %e = tensor.extract %t[%c1] : tensor<2xi64>
  %i = arith.index_cast %e : i64 to index
  return %i : index
}

// What depends on an argument stays, and so do its constants.
// CHECK-LABEL: @argument
func.func @argument(%x: tensor<2xf32>) -> tensor<2xf32> {
  // CHECK: %[[ONE:.+]] = nn.constant dense<1.000000e+00>
  // CHECK: nn.add %{{.+}}, %[[ONE]]
  %one = nn.constant dense<1.0> : tensor<2xf32>
  %r = nn.add %x, %one : tensor<2xf32>
  return %r : tensor<2xf32>
}

// Inside control flow and loops as well.
// CHECK-LABEL: @loop
func.func @loop(%x: tensor<2xf32>, %n: index) -> tensor<2xf32> {
  // CHECK: scf.for
  // CHECK-NEXT: %[[STEP:.+]] = nn.constant dense<[3.000000e+00, 4.000000e+00]>
  // CHECK-NEXT: nn.add %{{.+}}, %[[STEP]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = nn.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> tensor<2xf32> {
    %two = nn.constant dense<1.0> : tensor<2xf32>
    %s = nn.add %one, %two : tensor<2xf32>
    %b = nn.add %a, %s : tensor<2xf32>
    scf.yield %b : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}

// Both results of an op.
// CHECK-LABEL: @two_results
func.func @two_results() -> (tensor<3xi32>, tensor<3xi64>) {
  // CHECK-DAG: %[[VALUES:.+]] = nn.constant dense<[1, 2, 3]>
  // CHECK-DAG: %[[INDICES:.+]] = nn.constant dense<[1, 2, 0]>
  // CHECK: return %[[VALUES]], %[[INDICES]]
  %x = nn.constant dense<[3, 1, 2]> : tensor<3xi32>
  %v, %i = nn.sort %x {axis = 0 : i64} : tensor<3xi32> -> tensor<3xi32>, tensor<3xi64>
  return %v, %i : tensor<3xi32>, tensor<3xi64>
}

// A less static type is kept for its users.
// CHECK-LABEL: @dynamic_type
func.func @dynamic_type() -> tensor<?xi64> {
  // CHECK: %[[VALUE:.+]] = nn.constant dense<[0, 1, 2]> : tensor<3xi64>
  // CHECK: %[[CAST:.+]] = tensor.cast %[[VALUE]] : tensor<3xi64> to tensor<?xi64>
  // CHECK: return %[[CAST]]
  %n = arith.constant 3 : index
  %r = nn.iota [%n] {axis = 0 : i64} : tensor<?xi64>
  return %r : tensor<?xi64>
}

// Folding looks through the cast.
// CHECK-LABEL: @through_cast
func.func @through_cast() -> tensor<?xi64> {
  // CHECK: nn.constant dense<[0, 1, 4]> : tensor<3xi64>
  // CHECK-NOT: nn.mul
  %n = arith.constant 3 : index
  %x = nn.iota [%n] {axis = 0 : i64} : tensor<?xi64>
  %r = nn.mul %x, %x : tensor<?xi64>
  return %r : tensor<?xi64>
}

// Tensor constants of upstream's folders become ours; those of indices belong to the host.
// CHECK-LABEL: @host_constant
func.func @host_constant() -> (tensor<2xi8>, tensor<2xindex>) {
  // CHECK-DAG: nn.constant dense<[1, 2]> : tensor<2xi8>
  // CHECK-DAG: arith.constant dense<[3, 4]> : tensor<2xindex>
  %x = arith.constant dense<[1, 2]> : tensor<2xi8>
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %y = tensor.from_elements %c3, %c4 : tensor<2xindex>
  return %x, %y : tensor<2xi8>, tensor<2xindex>
}

// A result may be no larger than its constants and no larger than `max-bytes`: 4 bytes become 16.
// CHECK-LABEL: @growth
// TIGHT-LABEL: @growth
// TOTAL-LABEL: @growth
func.func @growth() -> tensor<4xf32> {
  // CHECK-NOT: nn.cast
  // TIGHT: nn.cast
  // TOTAL: nn.cast
  %x = nn.constant dense<[1, 2, 3, 4]> : tensor<4xi8>
  %r = nn.cast %x : tensor<4xi8> -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// A weight stays quantised, and so what is computed from it stays too.
// CHECK-LABEL: @dequantise
func.func @dequantise() -> tensor<32768xf32> {
  // CHECK: nn.cast
  // CHECK: nn.exp
  %x = nn.iota [] {axis = 0 : i64} : tensor<32768xi8>
  %d = nn.cast %x : tensor<32768xi8> -> tensor<32768xf32>
  %r = nn.exp %d : tensor<32768xf32>
  return %r : tensor<32768xf32>
}

// Neither a broadcast nor an iota is expanded beyond 1 KiB,
// CHECK-LABEL: @repeated
func.func @repeated() -> (tensor<200x2xf32>, tensor<1024xi64>) {
  // CHECK-DAG: nn.broadcast
  // CHECK-DAG: nn.iota
  %x = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %b = nn.broadcast %x [] {dims = array<i64: 1>} : tensor<2xf32> -> tensor<200x2xf32>
  %i = nn.iota [] {axis = 0 : i64} : tensor<1024xi64>
  return %b, %i : tensor<200x2xf32>, tensor<1024xi64>
}

// but what is computed from them folds, and they go away.
// CHECK-LABEL: @through_repeated
func.func @through_repeated() -> tensor<f32> {
  // CHECK-NEXT: %[[SUM:.+]] = nn.constant dense<6.000000e+02>
  // CHECK-NEXT: return %[[SUM]]
  %x = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %b = nn.broadcast %x [] {dims = array<i64: 1>} : tensor<2xf32> -> tensor<200x2xf32>
  %r = nn.reduce sum %b {dims = array<i64: 0, 1>} : tensor<200x2xf32> -> tensor<f32>
  return %r : tensor<f32>
}

// One repeated value folds at any size.
// CHECK-LABEL: @splat
// TOTAL-LABEL: @splat
func.func @splat() -> tensor<1000000x1000xf32> {
  // CHECK-NEXT: %[[VALUE:.+]] = nn.constant dense<5.000000e+00> : tensor<1000000x1000xf32>
  // CHECK-NEXT: return %[[VALUE]]
  // TOTAL-NEXT: nn.constant dense<5.000000e+00> : tensor<1000000x1000xf32>
  %x = nn.constant dense<2.0> : tensor<1000x1000000xf32>
  %s = nn.constant dense<3.0> : tensor<f32>
  %y = nn.broadcast %s [] {dims = array<i64>} : tensor<f32> -> tensor<1000000x1000xf32>
  %t = nn.transpose %x {permutation = array<i64: 1, 0>} : tensor<1000x1000000xf32> -> tensor<1000000x1000xf32>
  %r = nn.add %t, %y : tensor<1000000x1000xf32>
  return %r : tensor<1000000x1000xf32>
}

// Unsigned and signed values of one byte are told apart.
// CHECK-LABEL: @splat_signedness
func.func @splat_signedness() -> (tensor<9xi32>, tensor<9xi32>, tensor<9xi32>) {
  // CHECK-DAG: %[[UNSIGNED:.+]] = nn.constant dense<200> : tensor<9xi32>
  // CHECK-DAG: %[[SIGNED:.+]] = nn.constant dense<-56> : tensor<9xi32>
  // CHECK-DAG: %[[BOOL:.+]] = nn.constant dense<1> : tensor<9xi32>
  // CHECK: return %[[UNSIGNED]], %[[SIGNED]], %[[BOOL]]
  %u = nn.constant dense<200> : tensor<9xui8>
  %s = nn.constant dense<-56> : tensor<9xi8>
  %b = nn.constant dense<true> : tensor<9xi1>
  %a = nn.cast %u : tensor<9xui8> -> tensor<9xi32>
  %c = nn.cast %s : tensor<9xi8> -> tensor<9xi32>
  %d = nn.cast %b : tensor<9xi1> -> tensor<9xi32>
  return %a, %c, %d : tensor<9xi32>, tensor<9xi32>, tensor<9xi32>
}

// A reshape of a weight is the same weight.
// CHECK-LABEL: @reshape
func.func @reshape() -> tensor<3x2xf32> {
  // CHECK-NEXT: nn.constant #nn.weight<"absent.onnx", "w"> : tensor<3x2xf32>
  %x = "nn.constant"() <{value = #nn.weight<"absent.onnx", "w">}> : () -> tensor<2x3xf32>
  %r = nn.reshape %x [] : tensor<2x3xf32> -> tensor<3x2xf32>
  return %r : tensor<3x2xf32>
}

// CHECK-LABEL: @reshape_dense
// TOTAL-LABEL: @reshape_dense
func.func @reshape_dense() -> tensor<3xi64> {
  // CHECK-NEXT: nn.constant dense<[1, 2, 3]> : tensor<3xi64>
  // TOTAL-NEXT: nn.constant dense<[1, 2, 3]> : tensor<3xi64>
  %x = nn.constant dense<[[1, 2, 3]]> : tensor<1x3xi64>
  %r = nn.reshape %x [] : tensor<1x3xi64> -> tensor<3xi64>
  return %r : tensor<3xi64>
}

// A weight whose data is not there is left alone.
// CHECK-LABEL: @absent_weight
func.func @absent_weight() -> tensor<3x2xf32> {
  // CHECK: nn.transpose
  %x = "nn.constant"() <{value = #nn.weight<"absent.onnx", "w">}> : () -> tensor<2x3xf32>
  %r = nn.transpose %x {permutation = array<i64: 1, 0>} : tensor<2x3xf32> -> tensor<3x2xf32>
  return %r : tensor<3x2xf32>
}

// Data above 1 KiB goes to the weight table.
// CHECK-LABEL: @large
func.func @large() -> tensor<300xf32> {
  // CHECK: nn.constant #nn.weight<"folded", "{{.+}}"> : tensor<300xf32>
  %x = nn.iota [] {axis = 0 : i64} : tensor<300xf32>
  %r = nn.sin %x : tensor<300xf32>
  return %r : tensor<300xf32>
}

// An op whose values are in error fails when the program runs, not here.
// CHECK-LABEL: @erroneous
func.func @erroneous() -> tensor<?xi8> {
  // CHECK: nn.reshape
  %n = arith.constant 3 : index
  %x = nn.constant dense<[1, 2]> : tensor<2xi8>
  %r = nn.reshape %x [%n] : tensor<2xi8> -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// An extent known only by value is subject to the limits as well.
// CHECK-LABEL: @huge
func.func @huge() -> tensor<?xi8> {
  // CHECK: nn.pad
  %n = arith.constant 1000000000000 : index
  %x = nn.constant dense<[1, 2]> : tensor<2xi8>
  %r = nn.pad %x low[%n] high[] {mode = #nn.pad_mode<edge>, static_low = array<i64: -9223372036854775808>,
    static_high = array<i64: 0>} : tensor<2xi8> -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// Integer division by zero has no value on the host.
// CHECK-LABEL: @division
func.func @division() -> index {
  // CHECK: arith.divsi
  %a = arith.constant 1 : index
  %z = arith.constant 0 : index
  %r = arith.divsi %a, %z : index
  return %r : index
}

// Uninitialised memory is no value.
// CHECK-LABEL: @empty
func.func @empty() -> tensor<2xf32> {
  // CHECK: tensor.empty
  %r = tensor.empty() : tensor<2xf32>
  return %r : tensor<2xf32>
}

// Four multiplications.
// CHECK-LABEL: @dot
// WORK-LABEL: @dot
func.func @dot() -> tensor<2xi32> {
  // CHECK-NEXT: nn.constant dense<[14, 37]>
  // WORK: nn.dot
  %x = nn.constant dense<[[1, 2], [3, 5]]> : tensor<2x2xi32>
  %y = nn.constant dense<[4, 5]> : tensor<2xi32>
  %r = nn.dot %x, %y {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>,
    rhs_contracting = array<i64: 0>} : tensor<2x2xi32>, tensor<2xi32> -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// Two output features times two taps.
// CHECK-LABEL: @conv
// WORK-LABEL: @conv
func.func @conv() -> tensor<1x2x1xi32> {
  // CHECK-NEXT: nn.constant dense<{{\[\[\[}}5], [11{{\]\]\]}}>
  // WORK: nn.conv
  %x = nn.constant dense<[[[1, 2]]]> : tensor<1x1x2xi32>
  %w = nn.constant dense<[[[1, 2]], [[3, 4]]]> : tensor<2x1x2xi32>
  %r = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<1x1x2xi32>, tensor<2x1x2xi32> -> tensor<1x2x1xi32>
  return %r : tensor<1x2x1xi32>
}
