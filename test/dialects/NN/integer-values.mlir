// RUN: ds-opt %s --ds-lower-nn-to-linalg --one-shot-bufferize=bufferize-function-boundaries \
// RUN:   --convert-linalg-to-loops --convert-scf-to-cf --expand-strided-metadata --lower-affine \
// RUN:   --convert-arith-to-llvm --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm \
// RUN:   --reconcile-unrealized-casts \
// RUN: | mlir-runner --entry-point-result=void \
// RUN:   --shared-libs=%llvm_tools/../lib/libmlir_runner_utils.so,%llvm_tools/../lib/libmlir_c_runner_utils.so \
// RUN: | FileCheck %s

// Integer arithmetic where a machine instruction traps, or is undefined, or is of another width.

func.func private @printMemrefI64(tensor<*xi64>)

func.func @print(%x: tensor<6xi64>) {
  %0 = tensor.cast %x : tensor<6xi64> to tensor<*xi64>
  call @printMemrefI64(%0) : (tensor<*xi64>) -> ()
  return
}

func.func @main() {
  // Division by zero yields 0, -2^31 / -1 wraps to itself, and the remainder has the dividend's sign.
  %x = nn.constant dense<[7, -7, 7, -2147483648, -2147483648, 0]> : tensor<6xi32>
  %y = nn.constant dense<[2, 2, 0, -1, 0, -1]> : tensor<6xi32>
  %div = nn.div %x, %y : tensor<6xi32>
  %div.64 = nn.cast %div : tensor<6xi32> -> tensor<6xi64>
  // CHECK: data =
  // CHECK-NEXT: [3, -3, 0, -2147483648, 0, 0]
  call @print(%div.64) : (tensor<6xi64>) -> ()
  %rem = nn.rem %x, %y : tensor<6xi32>
  %rem.64 = nn.cast %rem : tensor<6xi32> -> tensor<6xi64>
  // CHECK: data =
  // CHECK-NEXT: [1, -1, 0, 0, 0, 0]
  call @print(%rem.64) : (tensor<6xi64>) -> ()

  // Unsigned: 255 is no -1.
  %ux = nn.constant dense<[255, 255, 200, 200, 1, 0]> : tensor<6xui8>
  %uy = nn.constant dense<[255, 2, 0, 3, 255, 0]> : tensor<6xui8>
  %udiv = nn.div %ux, %uy : tensor<6xui8>
  %udiv.64 = nn.cast %udiv : tensor<6xui8> -> tensor<6xi64>
  // CHECK: data =
  // CHECK-NEXT: [1, 127, 0, 66, 0, 0]
  call @print(%udiv.64) : (tensor<6xi64>) -> ()
  %urem = nn.rem %ux, %uy : tensor<6xui8>
  %urem.64 = nn.cast %urem : tensor<6xui8> -> tensor<6xi64>
  // CHECK: data =
  // CHECK-NEXT: [0, 1, 0, 2, 1, 0]
  call @print(%urem.64) : (tensor<6xi64>) -> ()

  // Negative exponents leave only bases of 1 and -1; 3^4 = 81, (-2)^7 = -128, 0^0 = 1.
  %base = nn.constant dense<[3, -2, 1, -1, 2, 0]> : tensor<6xi64>
  %exponent = nn.constant dense<[4, 7, -5, -5, -1, 0]> : tensor<6xi64>
  %pow = nn.pow %base, %exponent : tensor<6xi64>
  // CHECK: data =
  // CHECK-NEXT: [81, -128, 1, -1, 0, 1]
  call @print(%pow) : (tensor<6xi64>) -> ()

  // 16 * 16 and 2^8 wrap at 8 bits; so does 255^3 = (-1)^3.
  %ubase = nn.constant dense<[16, 2, 255, 3, 2, 0]> : tensor<6xui8>
  %uexponent = nn.constant dense<[2, 8, 3, 5, 200, 200]> : tensor<6xui8>
  %upow = nn.pow %ubase, %uexponent : tensor<6xui8>
  %upow.64 = nn.cast %upow : tensor<6xui8> -> tensor<6xi64>
  // CHECK: data =
  // CHECK-NEXT: [0, 0, 255, 243, 0, 0]
  call @print(%upow.64) : (tensor<6xi64>) -> ()

  // Shifts by the width and more yield 0.
  %bits = nn.constant dense<[129, 129, 129, 129, 129, 1]> : tensor<6xui8>
  %amount = nn.constant dense<[0, 1, 7, 8, 255, 7]> : tensor<6xui8>
  %left = nn.shift_left %bits, %amount : tensor<6xui8>
  %left.64 = nn.cast %left : tensor<6xui8> -> tensor<6xi64>
  // CHECK: data =
  // CHECK-NEXT: [129, 2, 128, 0, 0, 128]
  call @print(%left.64) : (tensor<6xi64>) -> ()
  %right = nn.shift_right %bits, %amount : tensor<6xui8>
  %right.64 = nn.cast %right : tensor<6xui8> -> tensor<6xi64>
  // CHECK: data =
  // CHECK-NEXT: [129, 64, 1, 0, 0, 0]
  call @print(%right.64) : (tensor<6xi64>) -> ()

  // Four bits wrap at four bits: 7 + 1, -8 - 1, -8 * -1, and the sign does not shift in.
  %n = nn.constant dense<[7, -8, -8, 5, -1, -8]> : tensor<6xi4>
  %m = nn.constant dense<[1, -1, -8, 5, 1, 3]> : tensor<6xi4>
  %sum = nn.add %n, %m : tensor<6xi4>
  %sum.64 = nn.cast %sum : tensor<6xi4> -> tensor<6xi64>
  // CHECK: data =
  // CHECK-NEXT: [-8, 7, 0, -6, 0, -5]
  call @print(%sum.64) : (tensor<6xi64>) -> ()
  %shifted = nn.shift_right %n, %m : tensor<6xi4>
  %shifted.64 = nn.cast %shifted : tensor<6xi4> -> tensor<6xi64>
  // CHECK: data =
  // CHECK-NEXT: [3, 0, 0, 0, 7, 1]
  call @print(%shifted.64) : (tensor<6xi64>) -> ()

  // Signs: of unsigned numbers 0 or 1; the complement of a boolean is a boolean.
  %sign = nn.sign %uy : tensor<6xui8>
  %sign.64 = nn.cast %sign : tensor<6xui8> -> tensor<6xi64>
  // CHECK: data =
  // CHECK-NEXT: [1, 1, 0, 1, 1, 0]
  call @print(%sign.64) : (tensor<6xi64>) -> ()
  %bool = nn.cast %uy : tensor<6xui8> -> tensor<6xi1>
  %not = nn.not %bool : tensor<6xi1>
  %not.64 = nn.cast %not : tensor<6xi1> -> tensor<6xi64>
  // CHECK: data =
  // CHECK-NEXT: [0, 0, 1, 0, 0, 1]
  call @print(%not.64) : (tensor<6xi64>) -> ()
  return
}
