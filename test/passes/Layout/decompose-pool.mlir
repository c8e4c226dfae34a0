// RUN: ds-opt --ds-decompose-pool %s | FileCheck %s
// RUN: ds-opt --ds-decompose-pool --ds-decompose-pool %s | FileCheck %s

// Dimensions of stride 1 get a border of the lowest value; pads of the others stay with the pooling.
// CHECK-LABEL: @max
// CHECK: %[[LOWEST:.+]] = nn.constant dense<-128> : tensor<i8>
// CHECK: %[[PAD:.+]] = nn.pad %arg0 value(%[[LOWEST]] : tensor<i8>) {{.*}}static_high = array<i64: 0, 2>, static_low = array<i64: 0, 1>{{.*}} -> tensor<8x12xi8>
// CHECK: nn.pool max %[[PAD]]{{.*}}high = array<i64: 1, 0>, low = array<i64: 1, 0>
func.func @max(%x: tensor<8x9xi8>) -> tensor<4x9xi8> {
  %0 = nn.pool max %x [] {window = array<i64: 3, 4>, strides = array<i64: 2, 1>, low = array<i64: 1, 1>,
    high = array<i64: 1, 2>, dilations = array<i64: 1, 1>} : tensor<8x9xi8> -> tensor<4x9xi8>
  return %0 : tensor<4x9xi8>
}

// Vectors do not run along the window: nothing is gained.
// CHECK-LABEL: @outer
// CHECK-NEXT: nn.pool max %arg0
func.func @outer(%x: tensor<8x9xf32>) -> tensor<8x9xf32> {
  %0 = nn.pool max %x [] {window = array<i64: 3, 1>, strides = array<i64: 1, 1>, low = array<i64: 1, 0>,
    high = array<i64: 1, 0>, dilations = array<i64: 1, 1>} : tensor<8x9xf32> -> tensor<8x9xf32>
  return %0 : tensor<8x9xf32>
}

// Elements of larger steps are no vector either way.
// CHECK-LABEL: @steps
// CHECK-NEXT: nn.pool max %arg0
func.func @steps(%x: tensor<9xf32>) -> tensor<5xf32> {
  %0 = nn.pool max %x [] {window = array<i64: 3>, strides = array<i64: 2>, low = array<i64: 1>, high = array<i64: 1>,
    dilations = array<i64: 1>} : tensor<9xf32> -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// With the border in memory the average would count it.
// CHECK-LABEL: @average
// CHECK-NEXT: nn.pool average %arg0
func.func @average(%x: tensor<9xf32>) -> tensor<9xf32> {
  %0 = nn.pool average %x [] {window = array<i64: 3>, strides = array<i64: 1>, low = array<i64: 1>, high = array<i64: 1>,
    dilations = array<i64: 1>} : tensor<9xf32> -> tensor<9xf32>
  return %0 : tensor<9xf32>
}
