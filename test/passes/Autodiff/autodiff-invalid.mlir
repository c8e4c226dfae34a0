// RUN: ds-opt --ds-autodiff %s --split-input-file --verify-diagnostics

// An op without derivative on the way: a note per node from there to the loss.
func.func private @model(%x: tensor<4xf32>) -> tensor<f32> {
  %0 = nn.exp %x : tensor<4xf32>
  // expected-error@+1 {{'math.absf' has no derivative, but the loss depends on it}}
  %1 = math.absf %0 : tensor<4xf32>
  // expected-note@+1 {{the gradient comes to it through 'nn.neg'}}
  %2 = nn.neg %1 : tensor<4xf32>
  // expected-note@+1 {{the gradient comes to it through 'nn.reduce'}}
  %3 = nn.reduce sum %2 {dims = array<i64: 0>} : tensor<4xf32> -> tensor<f32>
  return %3 : tensor<f32>
}
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %seed = train.seed : tensor<f32>
  %y:2 = train.vjp @model(%x) seeds(%seed : tensor<f32>) {wrt = array<i64: 0>, seeded = array<i64: 0>}
    : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>)
  return %y#1 : tensor<4xf32>
}

// -----

// A rule that needs something says what.
func.func private @model(%x: tensor<1x1x8xf32>, %w: tensor<1x1x?xf32>) -> tensor<1x1x?xf32> {
  // expected-error@+1 {{'nn.conv' has no derivative, but the loss depends on it: needs static spatial extents of the filter}}
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<1x1x8xf32>, tensor<1x1x?xf32> -> tensor<1x1x?xf32>
  return %0 : tensor<1x1x?xf32>
}
func.func @f(%x: tensor<1x1x8xf32>, %w: tensor<1x1x?xf32>, %g: tensor<1x1x?xf32>) -> tensor<1x1x8xf32> {
  %y:2 = train.vjp @model(%x, %w) seeds(%g : tensor<1x1x?xf32>) {wrt = array<i64: 0>, seeded = array<i64: 0>}
    : (tensor<1x1x8xf32>, tensor<1x1x?xf32>) -> (tensor<1x1x?xf32>, tensor<1x1x8xf32>)
  return %y#1 : tensor<1x1x8xf32>
}

// -----

func.func @itself(%x: tensor<f32>) -> tensor<f32> {
  // expected-error@+1 {{expected a function that can be expanded, but '@itself' asks for its own gradient}}
  %y:2 = train.vjp @itself(%x) seeds(%x : tensor<f32>) {wrt = array<i64: 0>, seeded = array<i64: 0>}
    : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return %y#1 : tensor<f32>
}

// -----

func.func private @outside(%x: tensor<f32>) -> tensor<f32>
func.func @f(%x: tensor<f32>) -> tensor<f32> {
  // expected-error@+1 {{expected a function of one block, but '@outside' has 0}}
  %y:2 = train.vjp @outside(%x) seeds(%x : tensor<f32>) {wrt = array<i64: 0>, seeded = array<i64: 0>}
    : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return %y#1 : tensor<f32>
}
