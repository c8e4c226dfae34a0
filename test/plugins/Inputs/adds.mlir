// Two additions, one of them of matrices; what is no addition of ours does not count.
func.func @main(%matrix: tensor<2x3xf32> {ds.name = "m"}, %vector: tensor<3xf32> {ds.name = "v"})
    -> (tensor<2x3xf32> {ds.name = "a"}, tensor<3xf32> {ds.name = "b"}) {
  %a = nn.add %matrix, %matrix : tensor<2x3xf32>
  %b = nn.add %vector, %vector : tensor<3xf32>
  %c = nn.mul %b, %vector : tensor<3xf32>
  return %a, %c : tensor<2x3xf32>, tensor<3xf32>
}
