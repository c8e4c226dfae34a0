// RUN: ds-opt --nn-evaluate %s | FileCheck %s
// Every elementwise op against its definition.

// numpy: np.abs(x)
// CHECK{LITERAL}: @abs: tensor<4xf32> = dense<[1.500000e+00, 0.000000e+00, 5.000000e-01, 2.500000e+00]>
func.func @abs() -> tensor<4xf32> {
  %x = nn.constant dense<[-1.5, 0.0, 0.5, 2.5]> : tensor<4xf32>
  %r = nn.abs %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// The lowest signed integer has no positive counterpart.
// numpy: [-128, 3]
// CHECK{LITERAL}: @abs_i8: tensor<2xi8> = dense<[-128, 3]>
func.func @abs_i8() -> tensor<2xi8> {
  %x = nn.constant dense<[-128, -3]> : tensor<2xi8>
  %r = nn.abs %x : tensor<2xi8>
  return %r : tensor<2xi8>
}

// numpy: x
// CHECK{LITERAL}: @abs_ui8: tensor<2xui8> = dense<[200, 3]>
func.func @abs_ui8() -> tensor<2xui8> {
  %x = nn.constant dense<[200, 3]> : tensor<2xui8>
  %r = nn.abs %x : tensor<2xui8>
  return %r : tensor<2xui8>
}

// numpy: -x
// CHECK{LITERAL}: @neg: tensor<4xf32> = dense<[1.500000e+00, -0.000000e+00, -5.000000e-01, -2.500000e+00]>
func.func @neg() -> tensor<4xf32> {
  %x = nn.constant dense<[-1.5, 0.0, 0.5, 2.5]> : tensor<4xf32>
  %r = nn.neg %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: [-5, -128]
// CHECK{LITERAL}: @neg_i8: tensor<2xi8> = dense<[-5, -128]>
func.func @neg_i8() -> tensor<2xi8> {
  %x = nn.constant dense<[5, -128]> : tensor<2xi8>
  %r = nn.neg %x : tensor<2xi8>
  return %r : tensor<2xi8>
}

// numpy: [-1, 0, 1, np.nan]
// CHECK{LITERAL}: @sign: tensor<4xf32> = dense<[-1.000000e+00, 0.000000e+00, 1.000000e+00, 0x7FC00000]>
func.func @sign() -> tensor<4xf32> {
  %x = nn.constant dense<[-3.0, 0.0, 2.0, 0x7FC00000]> : tensor<4xf32>
  %r = nn.sign %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: [0, 1]
// CHECK{LITERAL}: @sign_ui8: tensor<2xui8> = dense<[0, 1]>
func.func @sign_ui8() -> tensor<2xui8> {
  %x = nn.constant dense<[0, 200]> : tensor<2xui8>
  %r = nn.sign %x : tensor<2xui8>
  return %r : tensor<2xui8>
}

// numpy: [0, 1]
// CHECK{LITERAL}: @not_i1: tensor<2xi1> = dense<[false, true]>
func.func @not_i1() -> tensor<2xi1> {
  %x = nn.constant dense<[true, false]> : tensor<2xi1>
  %r = nn.not %x : tensor<2xi1>
  return %r : tensor<2xi1>
}

// numpy: ~x
// CHECK{LITERAL}: @not_i8: tensor<2xi8> = dense<[-6, 0]>
func.func @not_i8() -> tensor<2xi8> {
  %x = nn.constant dense<[5, -1]> : tensor<2xi8>
  %r = nn.not %x : tensor<2xi8>
  return %r : tensor<2xi8>
}

// numpy: 255 - x
// CHECK{LITERAL}: @not_ui8: tensor<2xui8> = dense<[250, 0]>
func.func @not_ui8() -> tensor<2xui8> {
  %x = nn.constant dense<[5, 255]> : tensor<2xui8>
  %r = nn.not %x : tensor<2xui8>
  return %r : tensor<2xui8>
}

// numpy: np.ceil(x)
// CHECK{LITERAL}: @ceil: tensor<4xf32> = dense<[-1.000000e+00, 0.000000e+00, 1.000000e+00, 3.000000e+00]>
func.func @ceil() -> tensor<4xf32> {
  %x = nn.constant dense<[-1.5, 0.0, 0.5, 2.5]> : tensor<4xf32>
  %r = nn.ceil %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: np.floor(x)
// CHECK{LITERAL}: @floor: tensor<4xf32> = dense<[-2.000000e+00, 0.000000e+00, 0.000000e+00, 2.000000e+00]>
func.func @floor() -> tensor<4xf32> {
  %x = nn.constant dense<[-1.5, 0.0, 0.5, 2.5]> : tensor<4xf32>
  %r = nn.floor %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: np.trunc(x)
// CHECK{LITERAL}: @trunc: tensor<4xf32> = dense<[-1.000000e+00, 0.000000e+00, 0.000000e+00, 2.000000e+00]>
func.func @trunc() -> tensor<4xf32> {
  %x = nn.constant dense<[-1.5, 0.0, 0.5, 2.5]> : tensor<4xf32>
  %r = nn.trunc %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: np.exp(x)
// CHECK{LITERAL}: @exp: tensor<4xf32> = dense<[0.223130167, 1.000000e+00, 1.64872122, 12.1824942]>
func.func @exp() -> tensor<4xf32> {
  %x = nn.constant dense<[-1.5, 0.0, 0.5, 2.5]> : tensor<4xf32>
  %r = nn.exp %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: np.expm1(x)
// CHECK{LITERAL}: @expm1: tensor<4xf32> = dense<[-0.776869833, 0.000000e+00, 0.648721277, 11.1824942]>
func.func @expm1() -> tensor<4xf32> {
  %x = nn.constant dense<[-1.5, 0.0, 0.5, 2.5]> : tensor<4xf32>
  %r = nn.expm1 %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: np.sin(x)
// CHECK{LITERAL}: @sin: tensor<4xf32> = dense<[-0.997494995, 0.000000e+00, 0.47942555, 0.598472118]>
func.func @sin() -> tensor<4xf32> {
  %x = nn.constant dense<[-1.5, 0.0, 0.5, 2.5]> : tensor<4xf32>
  %r = nn.sin %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: np.cos(x)
// CHECK{LITERAL}: @cos: tensor<4xf32> = dense<[7.073720e-02, 1.000000e+00, 0.87758255, -0.801143586]>
func.func @cos() -> tensor<4xf32> {
  %x = nn.constant dense<[-1.5, 0.0, 0.5, 2.5]> : tensor<4xf32>
  %r = nn.cos %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: np.tan(x)
// CHECK{LITERAL}: @tan: tensor<4xf32> = dense<[-14.1014204, 0.000000e+00, 0.546302497, -0.747022271]>
func.func @tan() -> tensor<4xf32> {
  %x = nn.constant dense<[-1.5, 0.0, 0.5, 2.5]> : tensor<4xf32>
  %r = nn.tan %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: np.tanh(x)
// CHECK{LITERAL}: @tanh: tensor<4xf32> = dense<[-0.905148268, 0.000000e+00, 0.462117165, 0.986614286]>
func.func @tanh() -> tensor<4xf32> {
  %x = nn.constant dense<[-1.5, 0.0, 0.5, 2.5]> : tensor<4xf32>
  %r = nn.tanh %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: np.sinh(x)
// CHECK{LITERAL}: @sinh: tensor<4xf32> = dense<[-2.12927938, 0.000000e+00, 0.521095276, 6.05020427]>
func.func @sinh() -> tensor<4xf32> {
  %x = nn.constant dense<[-1.5, 0.0, 0.5, 2.5]> : tensor<4xf32>
  %r = nn.sinh %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: np.cosh(x)
// CHECK{LITERAL}: @cosh: tensor<4xf32> = dense<[2.3524096, 1.000000e+00, 1.12762594, 6.13228941]>
func.func @cosh() -> tensor<4xf32> {
  %x = nn.constant dense<[-1.5, 0.0, 0.5, 2.5]> : tensor<4xf32>
  %r = nn.cosh %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: np.rint(x)
// CHECK{LITERAL}: @round: tensor<4xf32> = dense<[0.000000e+00, 2.000000e+00, -0.000000e+00, 3.000000e+00]>
func.func @round() -> tensor<4xf32> {
  %x = nn.constant dense<[0.5, 1.5, -0.5, 2.75]> : tensor<4xf32>
  %r = nn.round %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: [0, 2, np.nan]
// CHECK{LITERAL}: @sqrt: tensor<3xf32> = dense<[0.000000e+00, 2.000000e+00, 0xFFC00000]>
func.func @sqrt() -> tensor<3xf32> {
  %x = nn.constant dense<[0.0, 4.0, -1.0]> : tensor<3xf32>
  %r = nn.sqrt %x : tensor<3xf32>
  return %r : tensor<3xf32>
}

// numpy: x ** -0.5
// CHECK{LITERAL}: @rsqrt: tensor<2xf32> = dense<[5.000000e-01, 2.000000e+00]>
func.func @rsqrt() -> tensor<2xf32> {
  %x = nn.constant dense<[4.0, 0.25]> : tensor<2xf32>
  %r = nn.rsqrt %x : tensor<2xf32>
  return %r : tensor<2xf32>
}

// numpy: np.log(x)
// CHECK{LITERAL}: @log: tensor<3xf32> = dense<[0.000000e+00, -0.693147182, 2.30258512]>
func.func @log() -> tensor<3xf32> {
  %x = nn.constant dense<[1.0, 0.5, 10.0]> : tensor<3xf32>
  %r = nn.log %x : tensor<3xf32>
  return %r : tensor<3xf32>
}

// numpy: np.log1p(x)
// CHECK{LITERAL}: @log1p: tensor<3xf32> = dense<[0.000000e+00, 9.9999994E-8, 0.693147182]>
func.func @log1p() -> tensor<3xf32> {
  %x = nn.constant dense<[0.0, 1.0e-07, 1.0]> : tensor<3xf32>
  %r = nn.log1p %x : tensor<3xf32>
  return %r : tensor<3xf32>
}

// numpy: np.arcsin(x)
// CHECK{LITERAL}: @asin: tensor<2xf32> = dense<[-1.57079637, 0.52359879]>
func.func @asin() -> tensor<2xf32> {
  %x = nn.constant dense<[-1.0, 0.5]> : tensor<2xf32>
  %r = nn.asin %x : tensor<2xf32>
  return %r : tensor<2xf32>
}

// numpy: np.arccos(x)
// CHECK{LITERAL}: @acos: tensor<2xf32> = dense<[3.14159274, 1.04719758]>
func.func @acos() -> tensor<2xf32> {
  %x = nn.constant dense<[-1.0, 0.5]> : tensor<2xf32>
  %r = nn.acos %x : tensor<2xf32>
  return %r : tensor<2xf32>
}

// numpy: np.arctan(x)
// CHECK{LITERAL}: @atan: tensor<4xf32> = dense<[-0.982793748, 0.000000e+00, 0.463647604, 1.190290e+00]>
func.func @atan() -> tensor<4xf32> {
  %x = nn.constant dense<[-1.5, 0.0, 0.5, 2.5]> : tensor<4xf32>
  %r = nn.atan %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: np.arcsinh(x)
// CHECK{LITERAL}: @asinh: tensor<4xf32> = dense<[-1.19476318, 0.000000e+00, 0.481211811, 1.6472311]>
func.func @asinh() -> tensor<4xf32> {
  %x = nn.constant dense<[-1.5, 0.0, 0.5, 2.5]> : tensor<4xf32>
  %r = nn.asinh %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: np.arccosh(x)
// CHECK{LITERAL}: @acosh: tensor<2xf32> = dense<[0.000000e+00, 1.31695795]>
func.func @acosh() -> tensor<2xf32> {
  %x = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %r = nn.acosh %x : tensor<2xf32>
  return %r : tensor<2xf32>
}

// numpy: np.arctanh(x)
// CHECK{LITERAL}: @atanh: tensor<2xf32> = dense<[-0.549306154, 0.549306154]>
func.func @atanh() -> tensor<2xf32> {
  %x = nn.constant dense<[-0.5, 0.5]> : tensor<2xf32>
  %r = nn.atanh %x : tensor<2xf32>
  return %r : tensor<2xf32>
}

// numpy: erf(x)
// CHECK{LITERAL}: @erf: tensor<4xf32> = dense<[-0.966105163, 0.000000e+00, 0.520499885, 9.995930e-01]>
func.func @erf() -> tensor<4xf32> {
  %x = nn.constant dense<[-1.5, 0.0, 0.5, 2.5]> : tensor<4xf32>
  %r = nn.erf %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: 1 / (1 + np.exp(-x))
// CHECK{LITERAL}: @sigmoid: tensor<3xf32> = dense<[0.268941432, 5.000000e-01, 0.880797088]>
func.func @sigmoid() -> tensor<3xf32> {
  %x = nn.constant dense<[-1.0, 0.0, 2.0]> : tensor<3xf32>
  %r = nn.sigmoid %x : tensor<3xf32>
  return %r : tensor<3xf32>
}

// numpy: np.isnan(x)
// CHECK{LITERAL}: @is_nan: tensor<3xi1> = dense<[false, true, false]>
func.func @is_nan() -> tensor<3xi1> {
  %x = nn.constant dense<[1.0, 0x7FC00000, 0x7F800000]> : tensor<3xf32>
  %r = nn.is_nan %x : tensor<3xf32> -> tensor<3xi1>
  return %r : tensor<3xi1>
}

// numpy: np.isinf(x)
// CHECK{LITERAL}: @is_inf: tensor<4xi1> = dense<[false, false, true, true]>
func.func @is_inf() -> tensor<4xi1> {
  %x = nn.constant dense<[1.0, 0x7FC00000, 0x7F800000, 0xFF800000]> : tensor<4xf32>
  %r = nn.is_inf %x : tensor<4xf32> -> tensor<4xi1>
  return %r : tensor<4xi1>
}

// numpy: x + y
// CHECK{LITERAL}: @add: tensor<2xf32> = dense<[1.750000e+00, 2.000000e+00]>
func.func @add() -> tensor<2xf32> {
  %x = nn.constant dense<[1.5, -2.0]> : tensor<2xf32>
  %y = nn.constant dense<[0.25, 4.0]> : tensor<2xf32>
  %r = nn.add %x, %y : tensor<2xf32>
  return %r : tensor<2xf32>
}

// Integers wrap.
// numpy: [-128, 3]
// CHECK{LITERAL}: @add_i8: tensor<2xi8> = dense<[-128, 3]>
func.func @add_i8() -> tensor<2xi8> {
  %x = nn.constant dense<[127, 1]> : tensor<2xi8>
  %y = nn.constant dense<[1, 2]> : tensor<2xi8>
  %r = nn.add %x, %y : tensor<2xi8>
  return %r : tensor<2xi8>
}

// numpy: x - y
// CHECK{LITERAL}: @sub: tensor<2xf32> = dense<[1.250000e+00, -6.000000e+00]>
func.func @sub() -> tensor<2xf32> {
  %x = nn.constant dense<[1.5, -2.0]> : tensor<2xf32>
  %y = nn.constant dense<[0.25, 4.0]> : tensor<2xf32>
  %r = nn.sub %x, %y : tensor<2xf32>
  return %r : tensor<2xf32>
}

// numpy: [255, 1]
// CHECK{LITERAL}: @sub_ui8: tensor<2xui8> = dense<[255, 1]>
func.func @sub_ui8() -> tensor<2xui8> {
  %x = nn.constant dense<[0, 3]> : tensor<2xui8>
  %y = nn.constant dense<[1, 2]> : tensor<2xui8>
  %r = nn.sub %x, %y : tensor<2xui8>
  return %r : tensor<2xui8>
}

// numpy: x * y
// CHECK{LITERAL}: @mul: tensor<2xf32> = dense<[3.750000e-01, -8.000000e+00]>
func.func @mul() -> tensor<2xf32> {
  %x = nn.constant dense<[1.5, -2.0]> : tensor<2xf32>
  %y = nn.constant dense<[0.25, 4.0]> : tensor<2xf32>
  %r = nn.mul %x, %y : tensor<2xf32>
  return %r : tensor<2xf32>
}

// numpy: [(100 * 100 + 128) % 256 - 128, 6]
// CHECK{LITERAL}: @mul_i8: tensor<2xi8> = dense<[16, 6]>
func.func @mul_i8() -> tensor<2xi8> {
  %x = nn.constant dense<[100, 2]> : tensor<2xi8>
  %y = nn.constant dense<[100, 3]> : tensor<2xi8>
  %r = nn.mul %x, %y : tensor<2xi8>
  return %r : tensor<2xi8>
}

// numpy: x / y
// CHECK{LITERAL}: @div: tensor<2xf32> = dense<[2.500000e-01, -1.500000e+00]>
func.func @div() -> tensor<2xf32> {
  %x = nn.constant dense<[1.0, -3.0]> : tensor<2xf32>
  %y = nn.constant dense<[4.0, 2.0]> : tensor<2xf32>
  %r = nn.div %x, %y : tensor<2xf32>
  return %r : tensor<2xf32>
}

// Towards zero; by zero 0; the lowest by -1 wraps.
// numpy: [-3, 0, -128, 3]
// CHECK{LITERAL}: @div_i8: tensor<4xi8> = dense<[-3, 0, -128, 3]>
func.func @div_i8() -> tensor<4xi8> {
  %x = nn.constant dense<[-7, 5, -128, 7]> : tensor<4xi8>
  %y = nn.constant dense<[2, 0, -1, 2]> : tensor<4xi8>
  %r = nn.div %x, %y : tensor<4xi8>
  return %r : tensor<4xi8>
}

// numpy: [100, 0]
// CHECK{LITERAL}: @div_ui8: tensor<2xui8> = dense<[100, 0]>
func.func @div_ui8() -> tensor<2xui8> {
  %x = nn.constant dense<[200, 7]> : tensor<2xui8>
  %y = nn.constant dense<[2, 0]> : tensor<2xui8>
  %r = nn.div %x, %y : tensor<2xui8>
  return %r : tensor<2xui8>
}

// numpy: np.fmod(x, y)
// CHECK{LITERAL}: @rem: tensor<3xf32> = dense<[1.500000e+00, -1.500000e+00, 1.500000e+00]>
func.func @rem() -> tensor<3xf32> {
  %x = nn.constant dense<[5.5, -5.5, 5.5]> : tensor<3xf32>
  %y = nn.constant dense<[2.0, 2.0, -2.0]> : tensor<3xf32>
  %r = nn.rem %x, %y : tensor<3xf32>
  return %r : tensor<3xf32>
}

// numpy: [-1, 1, 0, 0]
// CHECK{LITERAL}: @rem_i8: tensor<4xi8> = dense<[-1, 1, 0, 0]>
func.func @rem_i8() -> tensor<4xi8> {
  %x = nn.constant dense<[-7, 7, 5, -128]> : tensor<4xi8>
  %y = nn.constant dense<[2, -2, 0, -1]> : tensor<4xi8>
  %r = nn.rem %x, %y : tensor<4xi8>
  return %r : tensor<4xi8>
}

// numpy: [50, 200]
// CHECK{LITERAL}: @rem_ui8: tensor<2xui8> = dense<[50, 200]>
func.func @rem_ui8() -> tensor<2xui8> {
  %x = nn.constant dense<[250, 200]> : tensor<2xui8>
  %y = nn.constant dense<[100, 255]> : tensor<2xui8>
  %r = nn.rem %x, %y : tensor<2xui8>
  return %r : tensor<2xui8>
}

// numpy: np.power(x, y)
// CHECK{LITERAL}: @pow: tensor<3xf32> = dense<[8.000000e+00, 3.000000e+00, -8.000000e+00]>
func.func @pow() -> tensor<3xf32> {
  %x = nn.constant dense<[2.0, 9.0, -2.0]> : tensor<3xf32>
  %y = nn.constant dense<[3.0, 0.5, 3.0]> : tensor<3xf32>
  %r = nn.pow %x, %y : tensor<3xf32>
  return %r : tensor<3xf32>
}

// A negative exponent yields 0 unless the base is 1 or -1.
// numpy: [81, 0, 1, -1, 0]
// CHECK{LITERAL}: @pow_i32: tensor<5xi32> = dense<[81, 0, 1, -1, 0]>
func.func @pow_i32() -> tensor<5xi32> {
  %x = nn.constant dense<[3, 2, 1, -1, 0]> : tensor<5xi32>
  %y = nn.constant dense<[4, -1, -5, -3, -1]> : tensor<5xi32>
  %r = nn.pow %x, %y : tensor<5xi32>
  return %r : tensor<5xi32>
}

// numpy: np.arctan2(x, y)
// CHECK{LITERAL}: @atan2: tensor<2xf32> = dense<[0.463647604, -2.3561945]>
func.func @atan2() -> tensor<2xf32> {
  %x = nn.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %y = nn.constant dense<[2.0, -1.0]> : tensor<2xf32>
  %r = nn.atan2 %x, %y : tensor<2xf32>
  return %r : tensor<2xf32>
}

// NaN wins on either side.
// numpy: np.maximum(x, y)
// CHECK{LITERAL}: @max: tensor<3xf32> = dense<[3.000000e+00, 0x7FC00000, 0x7FC00000]>
func.func @max() -> tensor<3xf32> {
  %x = nn.constant dense<[1.0, 0x7FC00000, 2.0]> : tensor<3xf32>
  %y = nn.constant dense<[3.0, 1.0, 0x7FC00000]> : tensor<3xf32>
  %r = nn.max %x, %y : tensor<3xf32>
  return %r : tensor<3xf32>
}

// numpy: np.maximum(x, y)
// CHECK{LITERAL}: @max_ui8: tensor<2xui8> = dense<[200, 2]>
func.func @max_ui8() -> tensor<2xui8> {
  %x = nn.constant dense<[200, 1]> : tensor<2xui8>
  %y = nn.constant dense<[100, 2]> : tensor<2xui8>
  %r = nn.max %x, %y : tensor<2xui8>
  return %r : tensor<2xui8>
}

// numpy: np.maximum(x, y)
// CHECK{LITERAL}: @max_i8: tensor<2xi8> = dense<[100, 2]>
func.func @max_i8() -> tensor<2xi8> {
  %x = nn.constant dense<[-56, 1]> : tensor<2xi8>
  %y = nn.constant dense<[100, 2]> : tensor<2xi8>
  %r = nn.max %x, %y : tensor<2xi8>
  return %r : tensor<2xi8>
}

// numpy: np.minimum(x, y)
// CHECK{LITERAL}: @min: tensor<3xf32> = dense<[1.000000e+00, 0x7FC00000, 0x7FC00000]>
func.func @min() -> tensor<3xf32> {
  %x = nn.constant dense<[1.0, 0x7FC00000, 2.0]> : tensor<3xf32>
  %y = nn.constant dense<[3.0, 1.0, 0x7FC00000]> : tensor<3xf32>
  %r = nn.min %x, %y : tensor<3xf32>
  return %r : tensor<3xf32>
}

// numpy: np.minimum(x, y)
// CHECK{LITERAL}: @min_ui8: tensor<2xui8> = dense<[100, 1]>
func.func @min_ui8() -> tensor<2xui8> {
  %x = nn.constant dense<[200, 1]> : tensor<2xui8>
  %y = nn.constant dense<[100, 2]> : tensor<2xui8>
  %r = nn.min %x, %y : tensor<2xui8>
  return %r : tensor<2xui8>
}

// numpy: np.minimum(x, y)
// CHECK{LITERAL}: @min_i8: tensor<2xi8> = dense<[-56, 1]>
func.func @min_i8() -> tensor<2xi8> {
  %x = nn.constant dense<[-56, 1]> : tensor<2xi8>
  %y = nn.constant dense<[100, 2]> : tensor<2xi8>
  %r = nn.min %x, %y : tensor<2xi8>
  return %r : tensor<2xi8>
}

// numpy: x & y
// CHECK{LITERAL}: @and_i8: tensor<2xi8> = dense<[8, 7]>
func.func @and_i8() -> tensor<2xi8> {
  %x = nn.constant dense<[12, -1]> : tensor<2xi8>
  %y = nn.constant dense<[10, 7]> : tensor<2xi8>
  %r = nn.and %x, %y : tensor<2xi8>
  return %r : tensor<2xi8>
}

// numpy: x | y
// CHECK{LITERAL}: @or_i8: tensor<2xi8> = dense<[14, -121]>
func.func @or_i8() -> tensor<2xi8> {
  %x = nn.constant dense<[12, -128]> : tensor<2xi8>
  %y = nn.constant dense<[10, 7]> : tensor<2xi8>
  %r = nn.or %x, %y : tensor<2xi8>
  return %r : tensor<2xi8>
}

// numpy: x ^ y
// CHECK{LITERAL}: @xor_i8: tensor<2xi8> = dense<[6, -8]>
func.func @xor_i8() -> tensor<2xi8> {
  %x = nn.constant dense<[12, -1]> : tensor<2xi8>
  %y = nn.constant dense<[10, 7]> : tensor<2xi8>
  %r = nn.xor %x, %y : tensor<2xi8>
  return %r : tensor<2xi8>
}

// 0 when the amount is the width or more.
// numpy: [12, 0, 128]
// CHECK{LITERAL}: @shift_left_ui8: tensor<3xui8> = dense<[12, 0, 128]>
func.func @shift_left_ui8() -> tensor<3xui8> {
  %x = nn.constant dense<[3, 1, 1]> : tensor<3xui8>
  %y = nn.constant dense<[2, 8, 7]> : tensor<3xui8>
  %r = nn.shift_left %x, %y : tensor<3xui8>
  return %r : tensor<3xui8>
}

// numpy: [32, 0]
// CHECK{LITERAL}: @shift_right_ui8: tensor<2xui8> = dense<[32, 0]>
func.func @shift_right_ui8() -> tensor<2xui8> {
  %x = nn.constant dense<[128, 255]> : tensor<2xui8>
  %y = nn.constant dense<[2, 8]> : tensor<2xui8>
  %r = nn.shift_right %x, %y : tensor<2xui8>
  return %r : tensor<2xui8>
}

// Zeros are moved in, even into a negative number.
// numpy: [64, 1]
// CHECK{LITERAL}: @shift_right_i8: tensor<2xi8> = dense<[64, 1]>
func.func @shift_right_i8() -> tensor<2xi8> {
  %x = nn.constant dense<[-128, -1]> : tensor<2xi8>
  %y = nn.constant dense<[1, 7]> : tensor<2xi8>
  %r = nn.shift_right %x, %y : tensor<2xi8>
  return %r : tensor<2xi8>
}

// With a NaN only ne holds.
// numpy: x == y
// CHECK{LITERAL}: @compare_eq: tensor<4xi1> = dense<[false, true, false, false]>
func.func @compare_eq() -> tensor<4xi1> {
  %x = nn.constant dense<[1.0, 2.0, 3.0, 0x7FC00000]> : tensor<4xf32>
  %y = nn.constant dense<[2.0, 2.0, 2.0, 0x7FC00000]> : tensor<4xf32>
  %r = nn.compare eq %x, %y : tensor<4xf32> -> tensor<4xi1>
  return %r : tensor<4xi1>
}

// numpy: x != y
// CHECK{LITERAL}: @compare_ne: tensor<4xi1> = dense<[true, false, true, true]>
func.func @compare_ne() -> tensor<4xi1> {
  %x = nn.constant dense<[1.0, 2.0, 3.0, 0x7FC00000]> : tensor<4xf32>
  %y = nn.constant dense<[2.0, 2.0, 2.0, 0x7FC00000]> : tensor<4xf32>
  %r = nn.compare ne %x, %y : tensor<4xf32> -> tensor<4xi1>
  return %r : tensor<4xi1>
}

// numpy: x < y
// CHECK{LITERAL}: @compare_lt: tensor<4xi1> = dense<[true, false, false, false]>
func.func @compare_lt() -> tensor<4xi1> {
  %x = nn.constant dense<[1.0, 2.0, 3.0, 0x7FC00000]> : tensor<4xf32>
  %y = nn.constant dense<[2.0, 2.0, 2.0, 0x7FC00000]> : tensor<4xf32>
  %r = nn.compare lt %x, %y : tensor<4xf32> -> tensor<4xi1>
  return %r : tensor<4xi1>
}

// numpy: x <= y
// CHECK{LITERAL}: @compare_le: tensor<4xi1> = dense<[true, true, false, false]>
func.func @compare_le() -> tensor<4xi1> {
  %x = nn.constant dense<[1.0, 2.0, 3.0, 0x7FC00000]> : tensor<4xf32>
  %y = nn.constant dense<[2.0, 2.0, 2.0, 0x7FC00000]> : tensor<4xf32>
  %r = nn.compare le %x, %y : tensor<4xf32> -> tensor<4xi1>
  return %r : tensor<4xi1>
}

// numpy: x > y
// CHECK{LITERAL}: @compare_gt: tensor<4xi1> = dense<[false, false, true, false]>
func.func @compare_gt() -> tensor<4xi1> {
  %x = nn.constant dense<[1.0, 2.0, 3.0, 0x7FC00000]> : tensor<4xf32>
  %y = nn.constant dense<[2.0, 2.0, 2.0, 0x7FC00000]> : tensor<4xf32>
  %r = nn.compare gt %x, %y : tensor<4xf32> -> tensor<4xi1>
  return %r : tensor<4xi1>
}

// numpy: x >= y
// CHECK{LITERAL}: @compare_ge: tensor<4xi1> = dense<[false, true, true, false]>
func.func @compare_ge() -> tensor<4xi1> {
  %x = nn.constant dense<[1.0, 2.0, 3.0, 0x7FC00000]> : tensor<4xf32>
  %y = nn.constant dense<[2.0, 2.0, 2.0, 0x7FC00000]> : tensor<4xf32>
  %r = nn.compare ge %x, %y : tensor<4xf32> -> tensor<4xi1>
  return %r : tensor<4xi1>
}

// numpy: x > y
// CHECK{LITERAL}: @compare_ui8: tensor<2xi1> = dense<[true, false]>
func.func @compare_ui8() -> tensor<2xi1> {
  %x = nn.constant dense<[200, 1]> : tensor<2xui8>
  %y = nn.constant dense<[100, 2]> : tensor<2xui8>
  %r = nn.compare gt %x, %y : tensor<2xui8> -> tensor<2xi1>
  return %r : tensor<2xi1>
}

// numpy: np.where(c, x, y)
// CHECK{LITERAL}: @select: tensor<3xf32> = dense<[1.000000e+00, 5.000000e+00, 3.000000e+00]>
func.func @select() -> tensor<3xf32> {
  %c = nn.constant dense<[true, false, true]> : tensor<3xi1>
  %x = nn.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %y = nn.constant dense<[4.0, 5.0, 6.0]> : tensor<3xf32>
  %r = nn.select %c, %x, %y : tensor<3xi1>, tensor<3xf32>
  return %r : tensor<3xf32>
}

// Towards zero, saturating; NaN becomes 0.
// numpy: [1, -1, 127, -128, 0]
// CHECK{LITERAL}: @cast_f32_i8: tensor<5xi8> = dense<[1, -1, 127, -128, 0]>
func.func @cast_f32_i8() -> tensor<5xi8> {
  %x = nn.constant dense<[1.9, -1.9, 300.0, -300.0, 0x7FC00000]> : tensor<5xf32>
  %r = nn.cast %x : tensor<5xf32> -> tensor<5xi8>
  return %r : tensor<5xi8>
}

// To bool means: is not zero.
// numpy: [0, 1, 1]
// CHECK{LITERAL}: @cast_f32_i1: tensor<3xi1> = dense<[false, true, true]>
func.func @cast_f32_i1() -> tensor<3xi1> {
  %x = nn.constant dense<[0.0, 0.5, 0x7FC00000]> : tensor<3xf32>
  %r = nn.cast %x : tensor<3xf32> -> tensor<3xi1>
  return %r : tensor<3xi1>
}

// Integers wrap.
// numpy: [44, -1]
// CHECK{LITERAL}: @cast_i32_i8: tensor<2xi8> = dense<[44, -1]>
func.func @cast_i32_i8() -> tensor<2xi8> {
  %x = nn.constant dense<[300, -1]> : tensor<2xi32>
  %r = nn.cast %x : tensor<2xi32> -> tensor<2xi8>
  return %r : tensor<2xi8>
}

// numpy: [200, 1]
// CHECK{LITERAL}: @cast_ui8_i32: tensor<2xi32> = dense<[200, 1]>
func.func @cast_ui8_i32() -> tensor<2xi32> {
  %x = nn.constant dense<[200, 1]> : tensor<2xui8>
  %r = nn.cast %x : tensor<2xui8> -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// numpy: [65535, 1]
// CHECK{LITERAL}: @cast_i8_ui16: tensor<2xui16> = dense<[65535, 1]>
func.func @cast_i8_ui16() -> tensor<2xui16> {
  %x = nn.constant dense<[-1, 1]> : tensor<2xi8>
  %r = nn.cast %x : tensor<2xi8> -> tensor<2xui16>
  return %r : tensor<2xui16>
}

// numpy: np.float32([0.1, 1e-50])
// CHECK{LITERAL}: @cast_f64_f32: tensor<2xf32> = dense<[1.000000e-01, 0.000000e+00]>
func.func @cast_f64_f32() -> tensor<2xf32> {
  %x = nn.constant dense<[0.1, 1.0e-50]> : tensor<2xf64>
  %r = nn.cast %x : tensor<2xf64> -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// numpy: [65504.0, np.inf, 0.1]
// CHECK{LITERAL}: @cast_f32_f16: tensor<3xf16> = dense<[6.550400e+04, 0x7C00, 9.997550e-02]>
func.func @cast_f32_f16() -> tensor<3xf16> {
  %x = nn.constant dense<[65504.0, 1000000.0, 0.1]> : tensor<3xf32>
  %r = nn.cast %x : tensor<3xf32> -> tensor<3xf16>
  return %r : tensor<3xf16>
}

// numpy: [1.0, 0.0]
// CHECK{LITERAL}: @cast_i1_f32: tensor<2xf32> = dense<[1.000000e+00, 0.000000e+00]>
func.func @cast_i1_f32() -> tensor<2xf32> {
  %x = nn.constant dense<[true, false]> : tensor<2xi1>
  %r = nn.cast %x : tensor<2xi1> -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// numpy: [7, -8]
// CHECK{LITERAL}: @cast_f32_i4: tensor<2xi4> = dense<[7, -8]>
func.func @cast_f32_i4() -> tensor<2xi4> {
  %x = nn.constant dense<[7.6, -9.0]> : tensor<2xf32>
  %r = nn.cast %x : tensor<2xf32> -> tensor<2xi4>
  return %r : tensor<2xi4>
}

// numpy: x
// CHECK{LITERAL}: @cast_i4_f32: tensor<2xf32> = dense<[7.000000e+00, -8.000000e+00]>
func.func @cast_i4_f32() -> tensor<2xf32> {
  %x = nn.constant dense<[7, -8]> : tensor<2xi4>
  %r = nn.cast %x : tensor<2xi4> -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// numpy: np.float32([1, -2]).view(np.int32)
// CHECK{LITERAL}: @bitcast: tensor<2xi32> = dense<[1065353216, -1073741824]>
func.func @bitcast() -> tensor<2xi32> {
  %x = nn.constant dense<[1.0, -2.0]> : tensor<2xf32>
  %r = nn.bitcast %x : tensor<2xf32> -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// numpy: [255, 1]
// CHECK{LITERAL}: @bitcast_ui8: tensor<2xui8> = dense<[255, 1]>
func.func @bitcast_ui8() -> tensor<2xui8> {
  %x = nn.constant dense<[-1, 1]> : tensor<2xi8>
  %r = nn.bitcast %x : tensor<2xi8> -> tensor<2xui8>
  return %r : tensor<2xui8>
}

// A result is rounded to its element type, once per op.
// numpy: [2048.0]
// CHECK{LITERAL}: @rounds_once: tensor<1xf16> = dense<2.048000e+03>
func.func @rounds_once() -> tensor<1xf16> {
  %x = nn.constant dense<[2048.0]> : tensor<1xf16>
  %y = nn.constant dense<[1.0]> : tensor<1xf16>
  %r = nn.add %x, %y : tensor<1xf16>
  return %r : tensor<1xf16>
}

// numpy: np.zeros((0, 2))
// CHECK{LITERAL}: @empty: tensor<0x2xf32> = dense<>
func.func @empty() -> tensor<0x2xf32> {
  %x = nn.constant dense<> : tensor<0x2xf32>
  %r = nn.exp %x : tensor<0x2xf32>
  return %r : tensor<0x2xf32>
}

// numpy: np.maximum(x, 0), which keeps a NaN.
// CHECK{LITERAL}: @relu: tensor<4xf32> = dense<[0.000000e+00, 0.000000e+00, 2.500000e+00, 0x7FC00000]>
func.func @relu() -> tensor<4xf32> {
  %x = nn.constant dense<[-1.5, 0.0, 2.5, 0x7FC00000]> : tensor<4xf32>
  %r = nn.relu %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// Signed and unsigned integers.
// CHECK{LITERAL}: @relu_i8: tensor<3xi8> = dense<[0, 0, 127]>
func.func @relu_i8() -> tensor<3xi8> {
  %x = nn.constant dense<[-128, 0, 127]> : tensor<3xi8>
  %r = nn.relu %x : tensor<3xi8>
  return %r : tensor<3xi8>
}

// CHECK{LITERAL}: @relu_ui8: tensor<2xui8> = dense<[200, 3]>
func.func @relu_ui8() -> tensor<2xui8> {
  %x = nn.constant dense<[200, 3]> : tensor<2xui8>
  %r = nn.relu %x : tensor<2xui8>
  return %r : tensor<2xui8>
}

// numpy: np.minimum(np.maximum(x, low), high); the upper bound wins over a lower one above it.
// CHECK{LITERAL}: @clip: tensor<5xf32> = dense<[-1.000000e+00, 5.000000e-01, 1.000000e+00, 0x7FC00000, 1.000000e+00]>
func.func @clip() -> tensor<5xf32> {
  %x = nn.constant dense<[-3.0, 0.5, 2.0, 0x7FC00000, 0.0]> : tensor<5xf32>
  %low = nn.constant dense<[-1.0, -1.0, -1.0, -1.0, 2.0]> : tensor<5xf32>
  %high = nn.constant dense<1.0> : tensor<5xf32>
  %r = nn.clip %x, %low, %high : tensor<5xf32>
  return %r : tensor<5xf32>
}

// 200 is larger than 100 without a sign.
// CHECK{LITERAL}: @clip_ui8: tensor<3xui8> = dense<[100, 50, 10]>
func.func @clip_ui8() -> tensor<3xui8> {
  %x = nn.constant dense<[200, 50, 3]> : tensor<3xui8>
  %low = nn.constant dense<10> : tensor<3xui8>
  %high = nn.constant dense<100> : tensor<3xui8>
  %r = nn.clip %x, %low, %high : tensor<3xui8>
  return %r : tensor<3xui8>
}
