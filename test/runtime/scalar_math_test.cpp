//===- scalar_math_test.cpp - rare arguments of vectorised functions ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ds/model.h"

#include <catch2/catch.hpp>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace {

/// The sine of an angle that was taken apart, to first order in the low part.
double sineOf(double angle) {
  double rests[2];
  int64_t quarters = ds_rt_reduce_angle(angle, rests);
  double sine = std::sin(rests[0]) + rests[1] * std::cos(rests[0]);
  double cosine = std::cos(rests[0]) - rests[1] * std::sin(rests[0]);
  double value = quarters & 1 ? cosine : sine;
  return quarters & 2 ? -value : value;
}

/// A positive number with random digits and an exponent from `low` on.
double randomNumber(std::mt19937_64 &random, int low, int count) {
  auto exponent = static_cast<uint64_t>(low + 1023 + random() % count);
  return std::bit_cast<double>(exponent << 52 | random() >> 12);
}

TEST_CASE("A large angle is taken apart without losing a digit of its sine") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 100'000; ++i) {
    double angle = randomNumber(random, 27, 997);
    double exact = std::sin(angle);
    // Both sides are off by an ulp at most.
    CHECK(std::fabs(sineOf(angle) - exact) <= std::fabs(exact) * 0x1p-51);
    CHECK(sineOf(-angle) == -sineOf(angle));
  }
}

TEST_CASE("The f64 nearest to a multiple of a quarter turn keeps its digits") {
  // Muller, Elementary Functions, 3rd ed., table 11.1.
  double angle = 0x1.6ac5b262ca1ffp+849, rests[2];
  CHECK((ds_rt_reduce_angle(angle, rests) & 1) == 1);
  // The cosine in 1200 bits; the C library's is off by 1.6e-15 here.
  CHECK(std::fabs(rests[0] + rests[1]) ==
        Approx(4.687165924254627611122582e-19).epsilon(4e-16));
}

TEST_CASE("What is no angle has no rest") {
  for (double angle : {std::numeric_limits<double>::infinity(),
                       -std::numeric_limits<double>::infinity(),
                       std::numeric_limits<double>::quiet_NaN()}) {
    double rests[2] = {0, 0};
    ds_rt_reduce_angle(angle, rests);
    CHECK(std::isnan(rests[0]));
    CHECK(std::isnan(rests[1]));
  }
}

TEST_CASE("A remainder is exact for operands of any size") {
  std::mt19937_64 random(11);
  for (int i = 0; i < 100'000; ++i) {
    double dividend = randomNumber(random, -1022, 2046);
    double divisor = randomNumber(random, -1022, 2046);
    // Every third one is below the normal numbers.
    if (i % 3 == 0)
      divisor = std::bit_cast<double>(random() >> 20 | 1);
    CHECK(ds_rt_remainder(dividend, divisor) == std::fmod(dividend, divisor));
  }
}

TEST_CASE("Remainders that do not exist are NaN") {
  double infinity = std::numeric_limits<double>::infinity();
  CHECK(std::isnan(ds_rt_remainder(infinity, 2)));
  CHECK(std::isnan(ds_rt_remainder(2, 0)));
  CHECK(std::isnan(ds_rt_remainder(std::nan(""), 2)));
  CHECK(std::isnan(ds_rt_remainder(2, std::nan(""))));
  CHECK(ds_rt_remainder(2, infinity) == 2);
  CHECK(ds_rt_remainder(0, 3) == 0);
}

} // namespace
