// RUN: ds-opt %s --split-input-file --verify-diagnostics

func.func @update_c1(%w: tensor<4xf32>, %lr: tensor<f64>, %step: tensor<i64>) -> tensor<4xf32> {
  // expected-error@+1 {{'train.update' op expected the name of an optimizer, but found "sdg"}}
  %0 = train.update "sdg" %w, %w slots() at %lr, %step {beta1 = 0.9 : f64, beta2 = 0.999 : f64, eps = 1.0e-8 : f64, momentum = 0.0 : f64, weight_decay = 0.0 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<f64>, tensor<i64>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @update_c2(%w: tensor<4xf32>, %lr: tensor<f64>, %step: tensor<i64>) -> tensor<4xf32> {
  // expected-error@+1 {{'train.update' op expected a gradient and 2 slots of type 'tensor<4xf32>', but found 'tensor<4xf32>' and ()}}
  %0 = train.update "adam" %w, %w slots() at %lr, %step {beta1 = 0.9 : f64, beta2 = 0.999 : f64, eps = 1.0e-8 : f64, momentum = 0.0 : f64, weight_decay = 0.0 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<f64>, tensor<i64>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @update_c3(%w: tensor<4xf32>, %lr: tensor<f64>, %step: tensor<i64>) -> tensor<4xf64> {
  // expected-error@+1 {{'train.update' op expected 1 results of type 'tensor<4xf32>', but found ('tensor<4xf64>')}}
  %0 = train.update "sgd" %w, %w slots() at %lr, %step {beta1 = 0.9 : f64, beta2 = 0.999 : f64, eps = 1.0e-8 : f64, momentum = 0.0 : f64, weight_decay = 0.0 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<f64>, tensor<i64>) -> tensor<4xf64>
  return %0 : tensor<4xf64>
}
