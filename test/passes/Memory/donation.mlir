// RUN: ds-opt --ds-bufferize-host --canonicalize %s | FileCheck %s

exec.kernel @add outputs 1 {
^bb0(%x: tensor<4xf32>, %y: tensor<4xf32>, %out: tensor<4xf32>):
  %empty = tensor.empty() : tensor<4xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%x, %y : tensor<4xf32>, tensor<4xf32>) outs(%empty : tensor<4xf32>) {
  ^bb1(%a: f32, %b: f32, %c: f32):
    %sum = arith.addf %a, %b : f32
    linalg.yield %sum : f32
  } -> tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}

// Reads every element of its input for each that it writes.
exec.kernel @reverse outputs 1 {
^bb0(%x: tensor<4xf32>, %out: tensor<4xf32>):
  %empty = tensor.empty() : tensor<4xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i) -> (3 - i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%x : tensor<4xf32>) outs(%empty : tensor<4xf32>) {
  ^bb1(%a: f32, %c: f32):
    linalg.yield %a : f32
  } -> tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}

// One reduction makes what the parameter is changed by, point by point.
exec.kernel @subtract_product outputs 1 {
^bb0(%w: tensor<4x4xf32>, %x: tensor<8x4xf32>, %y: tensor<8x4xf32>, %out: tensor<4x4xf32>):
  %empty = tensor.empty() : tensor<4x4xf32>
  %zero = arith.constant 0.0 : f32
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<4x4xf32>) -> tensor<4x4xf32>
  %g = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (k, i)>, affine_map<(i, j, k) -> (k, j)>,
      affine_map<(i, j, k) -> (i, j)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %y : tensor<8x4xf32>, tensor<8x4xf32>) outs(%init : tensor<4x4xf32>) {
  ^bb1(%a: f32, %b: f32, %c: f32):
    %product = arith.mulf %a, %b : f32
    %sum = arith.addf %c, %product : f32
    linalg.yield %sum : f32
  } -> tensor<4x4xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%w, %g : tensor<4x4xf32>, tensor<4x4xf32>) outs(%empty : tensor<4x4xf32>) {
  ^bb1(%a: f32, %b: f32, %c: f32):
    %difference = arith.subf %a, %b : f32
    linalg.yield %difference : f32
  } -> tensor<4x4xf32>
  exec.yield %0 : tensor<4x4xf32>
}

// As above, but the parameter is what is reduced.
exec.kernel @subtract_square outputs 1 {
^bb0(%w: tensor<4x4xf32>, %out: tensor<4x4xf32>):
  %empty = tensor.empty() : tensor<4x4xf32>
  %zero = arith.constant 0.0 : f32
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<4x4xf32>) -> tensor<4x4xf32>
  %g = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (k, i)>, affine_map<(i, j, k) -> (k, j)>,
      affine_map<(i, j, k) -> (i, j)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w, %w : tensor<4x4xf32>, tensor<4x4xf32>) outs(%init : tensor<4x4xf32>) {
  ^bb1(%a: f32, %b: f32, %c: f32):
    %product = arith.mulf %a, %b : f32
    %sum = arith.addf %c, %product : f32
    linalg.yield %sum : f32
  } -> tensor<4x4xf32>
  exec.yield %g : tensor<4x4xf32>
}

// The kernel reads a point of the parameter and writes it: no buffer, no copy.
// CHECK-LABEL: func.func @in_place
// CHECK-NOT: memref.alloc
// CHECK: exec.launch @add
// CHECK-NOT: memref.copy
// CHECK: return
func.func @in_place(%w: tensor<4xf32> {ds.name = "w"}, %g: tensor<4xf32>) -> (tensor<4xf32> {ds.donor = 0 : i64, ds.name = "w"}) {
  %e = tensor.empty() : tensor<4xf32>
  %0 = exec.launch @add ins(%w, %g : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = ""} -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// The parameter is read once more behind the launch: its memory is written at the end.
// CHECK-LABEL: func.func @read_later
// CHECK: memref.alloc
// CHECK: exec.launch @add
// CHECK: exec.launch @add
// CHECK: memref.copy
func.func @read_later(%w: tensor<4xf32> {ds.name = "w"}, %g: tensor<4xf32>)
    -> (tensor<4xf32> {ds.donor = 0 : i64, ds.name = "w"}, tensor<4xf32>) {
  %e = tensor.empty() : tensor<4xf32>
  %0 = exec.launch @add ins(%w, %g : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = ""} -> tensor<4xf32>
  %f = tensor.empty() : tensor<4xf32>
  %1 = exec.launch @add ins(%w, %w : tensor<4xf32>, tensor<4xf32>) outs(%f : tensor<4xf32>) {nodes = ""} -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// The kernel would read what it has written.
// CHECK-LABEL: func.func @not_pointwise
// CHECK: memref.alloc
// CHECK: exec.launch @reverse
// CHECK: memref.copy
func.func @not_pointwise(%w: tensor<4xf32> {ds.name = "w"}) -> (tensor<4xf32> {ds.donor = 0 : i64, ds.name = "w"}) {
  %e = tensor.empty() : tensor<4xf32>
  %0 = exec.launch @reverse ins(%w : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = ""} -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// The update is fused with the contraction that makes the gradient.
// CHECK-LABEL: func.func @with_reduction
// CHECK-NOT: memref.alloc
// CHECK: exec.launch @subtract_product
// CHECK-NOT: memref.copy
// CHECK: return
func.func @with_reduction(%w: tensor<4x4xf32> {ds.name = "w"}, %x: tensor<8x4xf32>)
    -> (tensor<4x4xf32> {ds.donor = 0 : i64, ds.name = "w"}) {
  %e = tensor.empty() : tensor<4x4xf32>
  %0 = exec.launch @subtract_product ins(%w, %x, %x : tensor<4x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>)
    outs(%e : tensor<4x4xf32>) {nodes = ""} -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// Other elements of the parameter are still to be read when one is written.
// CHECK-LABEL: func.func @reduced
// CHECK: memref.alloc
// CHECK: exec.launch @subtract_square
// CHECK: memref.copy
func.func @reduced(%w: tensor<4x4xf32> {ds.name = "w"}) -> (tensor<4x4xf32> {ds.donor = 0 : i64, ds.name = "w"}) {
  %e = tensor.empty() : tensor<4x4xf32>
  %0 = exec.launch @subtract_square ins(%w : tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) {nodes = ""} -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}
