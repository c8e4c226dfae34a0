// RUN: ds-opt %s --split-input-file --verify-diagnostics

// Each constraint of each op, under the number that its description gives it.

func.func @vjp_c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{'train.vjp' op expected a function, but found no '@model'}}
  %y = train.vjp @model(%x) {wrt = array<i64>, seeded = array<i64>} : (tensor<4xf32>) -> (tensor<4xf32>)
  return
}

// -----

func.func private @model(tensor<4xf32>) -> tensor<4xf32>
// Argument types differ.
func.func @vjp_c1_types(%x: tensor<5xf32>) {
  // expected-error@+1 {{'train.vjp' op expected arguments of types ('tensor<4xf32>'), but found ('tensor<5xf32>')}}
  %y = train.vjp @model(%x) {wrt = array<i64>, seeded = array<i64>} : (tensor<5xf32>) -> (tensor<4xf32>)
  return
}

// -----

func.func private @model(tensor<4xf32>) -> tensor<4xf32>
func.func @vjp_c2(%x: tensor<4xf32>) {
  // expected-error@+1 {{'train.vjp' op expected 'seeded' to be strictly increasing numbers of 1 results, but found [1]}}
  %y = train.vjp @model(%x) seeds(%x : tensor<4xf32>) {wrt = array<i64>, seeded = array<i64: 1>}
    : (tensor<4xf32>) -> (tensor<4xf32>)
  return
}

// -----

func.func private @model(tensor<4xf32>) -> tensor<4xf32>
// A seed of another type.
func.func @vjp_c2_type(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'train.vjp' op expected seeds of types ('tensor<4xf32>'), but found ('tensor<f32>')}}
  %y = train.vjp @model(%x) seeds(%s : tensor<f32>) {wrt = array<i64>, seeded = array<i64: 0>}
    : (tensor<4xf32>) -> (tensor<4xf32>)
  return
}

// -----

func.func private @model(tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
func.func @vjp_c3(%x: tensor<4xf32>) {
  // expected-error@+1 {{'train.vjp' op expected 'wrt' to be strictly increasing numbers of 2 arguments, but found [1, 0]}}
  %y:3 = train.vjp @model(%x, %x) seeds(%x : tensor<4xf32>) {wrt = array<i64: 1, 0>, seeded = array<i64: 0>}
    : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func private @model(tensor<4xf32>) -> tensor<4xf32>
func.func @vjp_c4(%x: tensor<4xf32>) {
  // expected-error@+1 {{'train.vjp' op expected results of types ('tensor<4xf32>', 'tensor<4xf32>'), but found ('tensor<4xf32>')}}
  %y = train.vjp @model(%x) seeds(%x : tensor<4xf32>) {wrt = array<i64: 0>, seeded = array<i64: 0>}
    : (tensor<4xf32>) -> (tensor<4xf32>)
  return
}

// -----

func.func private @model(tensor<4xi64>) -> tensor<4xf32>
func.func @vjp_c5(%x: tensor<4xi64>, %s: tensor<4xf32>) {
  // expected-error@+1 {{'train.vjp' op expected a ranked tensor of floats as number 0 of the arguments, but found 'tensor<4xi64>'}}
  %y:2 = train.vjp @model(%x) seeds(%s : tensor<4xf32>) {wrt = array<i64: 0>, seeded = array<i64: 0>}
    : (tensor<4xi64>) -> (tensor<4xf32>, tensor<4xi64>)
  return
}
