// RUN: ds-opt --ds-plan-memory %s | FileCheck %s

exec.kernel @exp outputs 1 {
^bb0(%x: tensor<16xf32>, %out: tensor<16xf32>):
  %0 = nn.exp %x : tensor<16xf32>
  exec.yield %0 : tensor<16xf32>
}

// A buffer is alive from its first use on, wherever it is allocated: the third takes the place of the first. What computes a gradient is
// marked, for reports.
// CHECK-LABEL: func.func @first_use
// CHECK-SAME: arena_bytes = 128 : i64
// CHECK-SAME: gradient = false, last = {{[0-9]+}} : i64, name = "one", offset = 0
// CHECK-SAME: gradient = true, last = {{[0-9]+}} : i64, name = "two", offset = 64
// CHECK-SAME: gradient = true, last = {{[0-9]+}} : i64, name = "three", offset = 0
// CHECK-SAME: lower_bound = 128 : i64
func.func @first_use() {
  %in = exec.input 0 : memref<16xf32>
  %a = memref.alloc() : memref<16xf32>
  %b = memref.alloc() : memref<16xf32>
  %c = memref.alloc() : memref<16xf32>
  exec.launch @exp ins(%in : memref<16xf32>) outs(%a : memref<16xf32>) {nodes = "one"}
  exec.launch @exp ins(%a : memref<16xf32>) outs(%b : memref<16xf32>) {nodes = "two"} loc(fused<"gradient">["two"])
  exec.launch @exp ins(%b : memref<16xf32>) outs(%c : memref<16xf32>) {nodes = "three"} loc(fused["other", fused<"gradient">["three"]])
  %out = exec.output 0 [] : memref<16xf32>
  exec.launch @exp ins(%c : memref<16xf32>) outs(%out : memref<16xf32>) {nodes = "four"}
  return
}

// What a loop around the uses reads in its next iteration stays alive to the loop's end.
// CHECK-LABEL: func.func @loop
// CHECK-SAME: arena_bytes = 128 : i64
func.func @loop() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %in = exec.input 0 : memref<16xf32>
  %a = memref.alloc() : memref<16xf32>
  %out = exec.output 0 [] : memref<16xf32>
  exec.launch @exp ins(%in : memref<16xf32>) outs(%a : memref<16xf32>) {nodes = "before"}
  scf.for %i = %c0 to %c3 step %c1 {
    %b = memref.alloc() : memref<16xf32>
    exec.launch @exp ins(%a : memref<16xf32>) outs(%b : memref<16xf32>) {nodes = "inside"}
    exec.launch @exp ins(%b : memref<16xf32>) outs(%out : memref<16xf32>) {nodes = "last"}
  }
  return
}
