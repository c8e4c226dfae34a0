//===- signature.cpp - what a tensor must be ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/signature.h"

#include "runtime/base/element_type.h"
#include "runtime/base/text.h"

namespace ds {

std::string Signature::text() const {
  const char *name = elementTypeName(elementType);
  return (*name ? std::string(name) : format("element type %d", elementType)) +
         (anyRank ? " of any rank" : " " + shapeText(dims));
}

Status checkSignature(const std::string &what, const Signature &expected,
                      const Signature &found) {
  auto mismatch = [&](const std::string &reason) {
    return Status(DS_WRONG_USE, what + " expects " + expected.text() +
                                    ", found " + found.text() + ": " + reason);
  };
  if (found.elementType != expected.elementType)
    return mismatch("the element type differs");
  if (!expected.anyRank && found.dims.size() != expected.dims.size())
    return mismatch(format("the rank is %zu, not %zu", found.dims.size(),
                           expected.dims.size()));
  for (size_t i = 0; i < found.dims.size(); ++i) {
    long long have = found.dims[i],
              want = expected.anyRank ? -1 : expected.dims[i];
    if (want >= 0 && want != have)
      return mismatch(format("dimension %zu is %lld, not %lld", i, have, want));
    if (have < 0)
      return mismatch(format("dimension %zu is negative", i));
  }
  if (found.dims.size() > DS_MAX_RANK)
    return mismatch(format("the rank is %zu, more than %d", found.dims.size(),
                           DS_MAX_RANK));
  if (!elementCount(found.dims, elementSize(found.elementType)))
    return mismatch("its size does not fit 64 bits");
  return {};
}

} // namespace ds
