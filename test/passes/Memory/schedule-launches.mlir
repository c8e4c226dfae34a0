// RUN: ds-opt --ds-schedule-launches %s | FileCheck %s

exec.kernel @exp outputs 1 {
^bb0(%x: tensor<4xf32>, %out: tensor<4xf32>):
  %0 = nn.exp %x : tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}
exec.kernel @sub outputs 1 {
^bb0(%x: tensor<4xf32>, %y: tensor<4xf32>, %out: tensor<4xf32>):
  %0 = nn.sub %x, %y : tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}

// An update follows its gradient, but stays behind the last reader of the old parameter, whose memory it takes.
// CHECK-LABEL: func.func @step
// CHECK: nodes = "reads w"
// CHECK: nodes = "gradient 1"
// CHECK: nodes = "update w"
// CHECK: nodes = "gradient 2"
// CHECK: nodes = "update v"
func.func @step(%w: tensor<4xf32>, %v: tensor<4xf32>)
    -> (tensor<4xf32> {ds.donor = 0 : i64}, tensor<4xf32> {ds.donor = 1 : i64}, tensor<4xf32>) {
  %e = tensor.empty() : tensor<4xf32>
  %g1 = exec.launch @exp ins(%v : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = "gradient 1"} -> tensor<4xf32>
  %d = exec.launch @exp ins(%w : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = "reads w"} -> tensor<4xf32>
  %g2 = exec.launch @exp ins(%v : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = "gradient 2"} -> tensor<4xf32>
  %w2 = exec.launch @sub ins(%w, %g1 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = "update w"} -> tensor<4xf32>
  %v2 = exec.launch @sub ins(%v, %g2 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = "update v"} -> tensor<4xf32>
  return %w2, %v2, %d : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// What takes more than it frees keeps its place: a value is alive until its last reader, also through a view of it.
// CHECK-LABEL: func.func @views
// CHECK: nodes = "a"
// CHECK: nodes = "b"
// CHECK: nodes = "d"
// CHECK: nodes = "c"
// CHECK: nodes = "f"
func.func @views(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %e = tensor.empty() : tensor<4xf32>
  %a = exec.launch @exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = "a"} -> tensor<4xf32>
  %b = exec.launch @exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = "b"} -> tensor<4xf32>
  %c = exec.launch @exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = "c"} -> tensor<4xf32>
  %view = exec.view %a [] : tensor<4xf32> to tensor<2x2xf32>
  %same = exec.view %view [] : tensor<2x2xf32> to tensor<4xf32>
  %d = exec.launch @sub ins(%same, %b : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = "d"} -> tensor<4xf32>
  %f = exec.launch @sub ins(%d, %c : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = "f"} -> tensor<4xf32>
  return %d, %f : tensor<4xf32>, tensor<4xf32>
}

// Nothing crosses an assertion.
// CHECK-LABEL: func.func @assertion
// CHECK: nodes = "before"
// CHECK: cf.assert
// CHECK: nodes = "after"
func.func @assertion(%x: tensor<4xf32>, %ok: i1) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %a = exec.launch @exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = "before"} -> tensor<4xf32>
  cf.assert %ok, "expected so"
  %b = exec.launch @exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = "after"} -> tensor<4xf32>
  return %b : tensor<4xf32>
}
