// The least model: y = x + x.
func.func @main(%x: tensor<4xf32> {ds.name = "x"}) -> (tensor<4xf32> {ds.name = "y"}) {
  %y = nn.add %x, %x : tensor<4xf32>
  return %y : tensor<4xf32>
}
