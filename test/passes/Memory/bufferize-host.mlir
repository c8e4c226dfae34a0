// RUN: ds-opt --ds-bufferize-host %s | FileCheck %s

// Loops inside kernels are code generation's: nothing is added to them.
// CHECK-LABEL: exec.kernel @running_sum
// CHECK-NOT: materialize_in_destination
// CHECK: exec.yield
exec.kernel @running_sum outputs 1 {
^bb0(%x: tensor<4xf32>, %out: tensor<4xf32>):
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<4xf32>
  %sums:2 = scf.for %i = %c0 to %c4 step %c1 iter_args(%t = %empty, %s = %zero) -> (tensor<4xf32>, f32) {
    %e = tensor.extract %x[%i] : tensor<4xf32>
    %next = arith.addf %s, %e : f32
    %inserted = tensor.insert %next into %t[%i] : tensor<4xf32>
    scf.yield %inserted, %next : tensor<4xf32>, f32
  }
  exec.yield %sums#0 : tensor<4xf32>
}

exec.kernel @exp outputs 1 {
^bb0(%x: tensor<4xf32>, %out: tensor<4xf32>):
  %0 = nn.exp %x : tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}

// The value that a host loop carries stays in one buffer, outside of the loop; the last launch writes the output itself.
// CHECK-LABEL: func.func @main()
// CHECK: %[[INPUT:.*]] = exec.input 0 : memref<4xf32>
// CHECK: %[[CARRIED:.*]] = memref.alloc()
// CHECK: memref.copy %[[INPUT]], %[[CARRIED]]
// CHECK: scf.for {{.*}} iter_args(%[[VALUE:.*]] = %[[CARRIED]]) -> (memref<4xf32>)
// CHECK: memref.copy %{{.*}}, %[[VALUE]]
// CHECK: scf.yield %[[VALUE]]
// CHECK: %[[OUTPUT:.*]] = exec.output 0{{ ?}}[] : memref<4xf32>
// CHECK: exec.launch @running_sum {{.*}} outs(%[[OUTPUT]] : memref<4xf32>)
func.func @main(%x: tensor<4xf32> {ds.name = "x"}) -> (tensor<4xf32> {ds.name = "y"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %last = scf.for %i = %c0 to %c3 step %c1 iter_args(%v = %x) -> (tensor<4xf32>) {
    %e = tensor.empty() : tensor<4xf32>
    %next = exec.launch @exp ins(%v : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = ""} -> tensor<4xf32>
    scf.yield %next : tensor<4xf32>
  }
  %d = tensor.empty() : tensor<4xf32>
  %y = exec.launch @running_sum ins(%last : tensor<4xf32>) outs(%d : tensor<4xf32>) {nodes = ""} -> tensor<4xf32>
  return %y : tensor<4xf32>
}
