// RUN: ds-opt --ds-request-gradients --split-input-file --verify-diagnostics %s

// expected-error @below {{expected an argument and a result of floats, for a gradient of one by the other}}
func.func @main(%x: tensor<4xi32>) -> tensor<4xf32> {
  %0 = nn.cast %x : tensor<4xi32> -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error @below {{expected one public function, whose gradients are asked for, found 2}}
module {
  func.func @a(%x: tensor<4xf32>) -> tensor<4xf32> {
    return %x : tensor<4xf32>
  }
  func.func @b(%x: tensor<4xf32>) -> tensor<4xf32> {
    return %x : tensor<4xf32>
  }
}
