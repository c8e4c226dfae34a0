// RUN: ds-opt --nn-evaluate %s | FileCheck %s
// Host scalars, structured control flow and calls around nn ops.

// Sizes are read from tensors and computed with.
// CHECK: @sizes: index = 17
func.func @sizes() -> index {
  %x = nn.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi64>
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %n = tensor.dim %x, %c1 : tensor<2x3xi64>
  %e = tensor.extract %x[%c1, %c2] : tensor<2x3xi64>
  %i = arith.index_cast %e : i64 to index
  %m = arith.muli %n, %i : index
  %s = arith.subi %m, %c1 : index
  return %s : index
}

// Several results are printed one a line, in order.
// CHECK:      @several: f32 = 5.000000e-01
// CHECK-NEXT: @several: i1 = true
// CHECK-NEXT: @several: tensor<2xindex> = dense<[3, 4]>
// CHECK-NEXT: @several: tensor<2xi1> = dense<[true, false]>
func.func @several() -> (f32, i1, tensor<2xindex>, tensor<2xi1>) {
  %f = arith.constant 0.5 : f32
  %b = arith.constant true
  %c = arith.constant false
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %i = tensor.from_elements %c3, %c4 : tensor<2xindex>
  %t = tensor.from_elements %b, %c : tensor<2xi1>
  return %f, %b, %i, %t : f32, i1, tensor<2xindex>, tensor<2xi1>
}

// A select may yield an operand that is no scalar.
// CHECK: @select: tensor<2xf32> = dense<[3.000000e+00, 4.000000e+00]>
func.func @select() -> tensor<2xf32> {
  %x = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %y = nn.constant dense<[3.0, 4.0]> : tensor<2xf32>
  %c = arith.constant false
  %r = arith.select %c, %x, %y : tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK: @empty: tensor<2x3xf32> = dense<0.000000e+00>
func.func @empty() -> tensor<2x?xf32> {
  %n = arith.constant 3 : index
  %r = tensor.empty(%n) : tensor<2x?xf32>
  return %r : tensor<2x?xf32>
}

// CHECK: @cast: tensor<2xf32> = dense<[1.000000e+00, 2.000000e+00]>
func.func @cast() -> tensor<2xf32> {
  %x = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %y = tensor.cast %x : tensor<2xf32> to tensor<?xf32>
  %r = tensor.cast %y : tensor<?xf32> to tensor<2xf32>
  return %r : tensor<2xf32>
}

// A constant of the host may hold a tensor too.
// CHECK: @constant: tensor<2xi4> = dense<[-8, 7]>
func.func @constant() -> tensor<2xi4> {
  %r = arith.constant dense<[-8, 7]> : tensor<2xi4>
  return %r : tensor<2xi4>
}

// 1 + 2 + 4, and the number of rounds.
// CHECK:      @for: tensor<i64> = dense<7>
// CHECK-NEXT: @for: index = 3
func.func @for() -> (tensor<i64>, index) {
  %one = nn.constant dense<1> : tensor<i64>
  %zero = nn.constant dense<0> : tensor<i64>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c5 = arith.constant 5 : index
  %sum, %power, %n = scf.for %i = %c0 to %c5 step %c2 iter_args(%s = %zero, %p = %one, %k = %c0)
      -> (tensor<i64>, tensor<i64>, index) {
    %a = nn.add %s, %p : tensor<i64>
    %d = nn.add %p, %p : tensor<i64>
    %l = arith.addi %k, %c1 : index
    scf.yield %a, %d, %l : tensor<i64>, tensor<i64>, index
  }
  return %sum, %n : tensor<i64>, index
}

// CHECK: @for_without_a_round: tensor<i64> = dense<1>
func.func @for_without_a_round() -> tensor<i64> {
  %one = nn.constant dense<1> : tensor<i64>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c1 to %c0 step %c1 iter_args(%x = %one) -> tensor<i64> {
    %d = nn.add %x, %x : tensor<i64>
    scf.yield %d : tensor<i64>
  }
  return %r : tensor<i64>
}

// -1 is below 1 only as a signed number.
// CHECK:      @for_signedness: index = 2
// CHECK-NEXT: @for_signedness: index = 0
func.func @for_signedness() -> (index, index) {
  %low = arith.constant -1 : i32
  %high = arith.constant 1 : i32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %signed = scf.for %i = %low to %high step %high iter_args(%n = %c0) -> index : i32 {
    %m = arith.addi %n, %c1 : index
    scf.yield %m : index
  }
  %unsigned = scf.for unsigned %i = %low to %high step %high iter_args(%n = %c0) -> index : i32 {
    %m = arith.addi %n, %c1 : index
    scf.yield %m : index
  }
  return %signed, %unsigned : index, index
}

// Values of the loop keep their own shape in every round.
// CHECK: @growing: tensor<4xi64> = dense<5>
func.func @growing() -> tensor<?xi64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %x = nn.constant dense<5> : tensor<1xi64>
  %start = tensor.cast %x : tensor<1xi64> to tensor<?xi64>
  %r = scf.for %i = %c0 to %c2 step %c1 iter_args(%y = %start) -> tensor<?xi64> {
    %z = nn.concat %y, %y {axis = 0 : i64} : (tensor<?xi64>, tensor<?xi64>) -> tensor<?xi64>
    scf.yield %z : tensor<?xi64>
  }
  return %r : tensor<?xi64>
}

// CHECK: @if: tensor<i64> = dense<2>
func.func @if() -> tensor<i64> {
  %c = nn.constant dense<false> : tensor<i1>
  %b = tensor.extract %c[] : tensor<i1>
  %r = scf.if %b -> tensor<i64> {
    %x = nn.constant dense<1> : tensor<i64>
    scf.yield %x : tensor<i64>
  } else {
    %y = nn.constant dense<2> : tensor<i64>
    scf.yield %y : tensor<i64>
  }
  return %r : tensor<i64>
}

// Doubles until 100 is passed.
// CHECK: @while: tensor<f32> = dense<1.280000e+02>
func.func @while() -> tensor<f32> {
  %one = nn.constant dense<1.0> : tensor<f32>
  %limit = nn.constant dense<100.0> : tensor<f32>
  %r = scf.while (%x = %one) : (tensor<f32>) -> tensor<f32> {
    %c = nn.compare lt %x, %limit : tensor<f32> -> tensor<i1>
    %b = tensor.extract %c[] : tensor<i1>
    scf.condition(%b) %x : tensor<f32>
  } do {
  ^bb0(%y: tensor<f32>):
    %z = nn.add %y, %y : tensor<f32>
    scf.yield %z : tensor<f32>
  }
  return %r : tensor<f32>
}

// A function with arguments is not run by itself, but when it is called; an assertion that holds is silent.
// CHECK-NOT: @callee
// CHECK: @call: tensor<1xf32> = dense<4.000000e+00>
func.func @callee(%x: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %is_one = arith.cmpi eq, %n, %c1 : index
  cf.assert %is_one, "expected one element"
  %r = nn.mul %x, %x : tensor<?xf32>
  return %r : tensor<?xf32>
}
func.func @call() -> tensor<?xf32> {
  %x = nn.constant dense<2.0> : tensor<1xf32>
  %y = tensor.cast %x : tensor<1xf32> to tensor<?xf32>
  %r = call @callee(%y) : (tensor<?xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// Folding would go on to what made the operand: (a + b) - b is a.
// CHECK{LITERAL}: @subtract_added: index = 7
func.func @subtract_added() -> index {
  %a = arith.constant 7 : index
  %b = arith.constant 5 : index
  %s = arith.addi %a, %b : index
  %r = arith.subi %s, %b : index
  return %r : index
}
