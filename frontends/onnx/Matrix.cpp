//===- Matrix.cpp - matrix products
//----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/Contractions.h"

using namespace mlir;

namespace ds::onnx {

FailureOr<Value> matMul(NodeContext &n, Value lhs, Value rhs, Type element) {
  GraphBuilder &g = n.g;
  if (g.rank(lhs) == 0 || g.rank(rhs) == 0)
    return n.error("a matrix product takes no rank-0 operand");
  bool vectorLhs = g.rank(lhs) == 1, vectorRhs = g.rank(rhs) == 1;
  if (vectorLhs)
    lhs = g.unsqueeze(lhs, 0);
  if (vectorRhs)
    rhs = g.unsqueeze(rhs, 1);
  Sizes l = g.dims(lhs), r = g.dims(rhs);
  auto inner = g.constantIndex(l.back()),
       other = g.constantIndex(r[r.size() - 2]);
  if (inner && other && inner != other)
    return n.error("the columns of the left matrix and the rows of the right "
                   "one differ: " +
                   Twine(*inner) + " and " + Twine(*other));
  auto allOnes = [&](const Sizes &sizes) {
    return llvm::all_of(ArrayRef<OpFoldResult>(sizes).drop_back(2),
                        [&](OpFoldResult s) { return g.isIndex(s, 1); });
  };
  int64_t leftRank = l.size(), rightRank = r.size(),
          rank = std::max(leftRank, rightRank);
  Value result;
  Sizes sizes;
  if (allOnes(r)) {
    // One matrix on the right: everything on the left is rows.
    Value matrix = g.reshape(rhs, {r[rightRank - 2], r[rightRank - 1]});
    result = g.dot(lhs, matrix, {}, {}, leftRank - 1, 0, element);
    sizes = l;
    sizes.back() = r.back();
    sizes.insert(sizes.begin(), rank - leftRank, g.index(1));
    result = g.reshape(result, sizes);
  } else if (allOnes(l)) {
    Value matrix = g.reshape(lhs, {l[leftRank - 2], l[leftRank - 1]});
    result =
        g.dot(matrix, rhs, {}, {}, 1, rightRank - 2, element); // m, batch, n
    SmallVector<int64_t> order =
        llvm::to_vector(llvm::seq<int64_t>(1, rightRank - 1));
    order.push_back(0);
    order.push_back(rightRank - 1);
    result = g.transpose(result, order);
    sizes = r;
    sizes[rightRank - 2] = l[leftRank - 2];
    sizes.insert(sizes.begin(), rank - rightRank, g.index(1));
    result = g.reshape(result, sizes);
  } else {
    // Batch dimensions, broadcast where they have to be.
    Sizes batch(rank - 2, g.index(1));
    for (const Sizes *side : {&l, &r}) {
      int64_t first = rank - static_cast<int64_t>(side->size());
      for (size_t i = 0; i + 2 < side->size(); ++i) {
        OpFoldResult size = (*side)[i], &common = batch[first + i];
        auto x = g.constantIndex(common), y = g.constantIndex(size);
        if (common == size || y == 1)
          continue;
        if (x && y && x != 1)
          return n.error("batch dimensions of extent " + Twine(*x) + " and " +
                         Twine(*y) + " cannot be broadcast");
        if (x == 1)
          common = size;
        else if (!x && !y)
          common =
              g.select(g.compare(arith::CmpIPredicate::eq, common, g.index(1)),
                       size, common);
        else
          common = x ? common : size;
      }
    }
    auto spread = [&](Value side, const Sizes &own) {
      Sizes full = batch;
      full.append(own.end() - 2, own.end());
      return g.broadcastTo(side, full);
    };
    SmallVector<int64_t> dims =
        llvm::to_vector(llvm::seq<int64_t>(0, rank - 2));
    result = g.dot(spread(lhs, l), spread(rhs, r), dims, dims, rank - 1,
                   rank - 2, element);
  }
  if (vectorRhs)
    result = g.squeeze(result, g.rank(result) - 1);
  if (vectorLhs)
    result = g.squeeze(result, g.rank(result) - (vectorRhs ? 1 : 2));
  return result;
}

static LogicalResult convertMatMul(NodeContext &n) {
  FailureOr<Value> result = matMul(n, n.input(0), n.input(1), n.element(0));
  return failed(result) ? failure() : n.set(*result);
}

static LogicalResult convertGemm(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 2)) || failed(n.expectRank(1, 2)))
    return failure();
  int64_t lhs = n.attrInt("transA", 0) ? 0 : 1,
          rhs = n.attrInt("transB", 0) ? 1 : 0;
  auto inner = g.constantIndex(g.dim(n.input(0), lhs)),
       other = g.constantIndex(g.dim(n.input(1), rhs));
  if (inner && other && inner != other)
    return n.error("the contracted extents differ: " + Twine(*inner) + " and " +
                   Twine(*other));
  Value result = g.dot(n.input(0), n.input(1), {}, {}, lhs, rhs);
  double alpha = n.attrFloat("alpha", 1), beta = n.attrFloat("beta", 1);
  Type type = n.element(0);
  // A factor that is no integer, on integers: in f64, as good as it gets.
  auto scale = [&](Value v, double factor) {
    if (factor == 1)
      return v;
    if (isa<FloatType>(type) ||
        factor == static_cast<double>(static_cast<int64_t>(factor)))
      return g.withScalar<nn::MulOp>(v, factor);
    return g.cast(g.withScalar<nn::MulOp>(g.cast(v, g.b.getF64Type()), factor),
                  type);
  };
  result = scale(result, alpha);
  if (n.hasInput(2) && beta != 0) {
    Value bias = scale(n.input(2), beta);
    std::optional<Sizes> sizes = g.broadcastSizes({result, bias});
    RankedTensorType product = g.typeOf(result);
    bool fits = sizes && sizes->size() == 2;
    for (int64_t d = 0; fits && d < 2; ++d)
      if (std::optional<int64_t> size = g.constantIndex((*sizes)[d]);
          size && !product.isDynamicDim(d))
        fits = *size == product.getDimSize(d);
    if (!fits)
      return n.error("input \"C\" cannot be broadcast to the product");
    result = g.emit<nn::AddOp>(result, g.broadcastTo(bias, g.dims(result)));
  }
  return n.set(result);
}

//===----------------------------------------------------------------------===//
// Einsum
//===----------------------------------------------------------------------===//

/// A tensor with a label per dimension. Labels are letters; those of an
/// ellipsis are numbers below 0, counted from its end.
struct Labelled {
  Value value;
  SmallVector<int> labels;
};

/// The labels of one term; `rank` < 0: the output, whose ellipsis has
/// `ellipsis` dimensions.
static std::optional<SmallVector<int>> parseTerm(StringRef term, int64_t rank,
                                                 int64_t ellipsis) {
  SmallVector<int> labels;
  size_t dots = term.find("...");
  int64_t letters = 0;
  for (char c : term)
    letters += llvm::isAlpha(c);
  if (rank >= 0)
    ellipsis = rank - letters;
  if (ellipsis < 0 || (dots == StringRef::npos && rank >= 0 && letters != rank))
    return std::nullopt;
  for (size_t i = 0; i < term.size(); ++i) {
    if (i == dots) {
      for (int64_t d = 0; d < ellipsis; ++d)
        labels.push_back(static_cast<int>(d - ellipsis));
      i += 2;
    } else if (llvm::isAlpha(term[i])) {
      labels.push_back(term[i]);
    } else {
      return std::nullopt;
    }
  }
  return labels;
}

/// Keeps the diagonal of dimensions that carry one label.
static void takeDiagonals(GraphBuilder &g, Labelled &x) {
  for (size_t i = 0; i < x.labels.size(); ++i)
    for (size_t j = i + 1; j < x.labels.size();) {
      if (x.labels[i] != x.labels[j]) {
        ++j;
        continue;
      }
      Sizes sizes = g.dims(x.value);
      Type i64 = g.b.getI64Type();
      Value same = g.compare(nn::ComparePredicate::eq, g.iota(sizes, i, i64),
                             g.iota(sizes, j, i64));
      Value kept = g.emit<nn::SelectOp>(same, x.value, g.makeLike(x.value, 0));
      x.value =
          g.reduce(nn::ReduceKind::sum, kept, static_cast<int64_t>(j), false);
      x.labels.erase(x.labels.begin() + j);
    }
}

/// Sums over dimensions whose label nothing else needs.
static void sumOut(GraphBuilder &g, Labelled &x,
                   llvm::function_ref<bool(int)> needed) {
  SmallVector<int64_t> axes;
  SmallVector<int> rest;
  for (auto [i, label] : llvm::enumerate(x.labels)) {
    if (needed(label))
      rest.push_back(label);
    else
      axes.push_back(i);
  }
  x.value = g.reduce(nn::ReduceKind::sum, x.value, axes, false);
  x.labels = rest;
}

/// Drops extents of 1 whose label has another extent elsewhere: broadcasting.
static void dropOnes(GraphBuilder &g, Labelled &x,
                     const llvm::DenseMap<int, OpFoldResult> &sizes) {
  SmallVector<int64_t> axes;
  SmallVector<int> rest;
  for (auto [i, label] : llvm::enumerate(x.labels)) {
    if (g.isIndex(g.dim(x.value, i), 1) && !g.isIndex(sizes.lookup(label), 1))
      axes.push_back(i);
    else
      rest.push_back(label);
  }
  x.value = g.squeeze(x.value, axes);
  x.labels = rest;
}

static LogicalResult convertEinsum(NodeContext &n) {
  GraphBuilder &g = n.g;
  std::string equation = n.attrString("equation");
  llvm::erase(equation, ' ');
  auto [left, right] = StringRef(equation).split("->");
  bool isExplicit = StringRef(equation).contains("->");
  SmallVector<StringRef> terms;
  left.split(terms, ',');
  if (terms.size() != n.numInputs())
    return n.error("the equation \"" + equation + "\" has " +
                   Twine(terms.size()) + " terms for " + Twine(n.numInputs()) +
                   " inputs");
  SmallVector<Labelled> operands;
  llvm::DenseMap<int, OpFoldResult> sizes;
  llvm::DenseMap<int, int> uses;
  int64_t ellipsis = 0;
  for (auto [i, term] : llvm::enumerate(terms)) {
    std::optional<SmallVector<int>> labels = parseTerm(term, n.rank(i), 0);
    if (!labels)
      return n.error("term \"" + term +
                     "\" of the equation does not fit an input of rank " +
                     Twine(n.rank(i)));
    Labelled &x = operands.emplace_back(Labelled{n.input(i), *labels});
    for (auto [d, label] : llvm::enumerate(x.labels)) {
      OpFoldResult size = g.dim(x.value, d), &known = sizes[label];
      ++uses[label];
      ellipsis = std::max<int64_t>(ellipsis, -label);
      auto a = known ? g.constantIndex(known) : std::nullopt,
           b = g.constantIndex(size);
      if (a && b && a != b && a != 1 && b != 1)
        return n.error("a label of the equation has extents " + Twine(*a) +
                       " and " + Twine(*b));
      if (!known || a == 1)
        known = size;
    }
    takeDiagonals(g, x);
  }
  std::optional<SmallVector<int>> output;
  if (isExplicit) {
    output = parseTerm(right, -1, ellipsis);
    llvm::DenseSet<int> seen;
    if (!output || llvm::any_of(*output, [&](int label) {
          return !sizes.count(label) || !seen.insert(label).second;
        }))
      return n.error("the output \"" + right +
                     "\" of the equation does not fit its inputs");
  } else {
    // Labels used once, in alphabetical order, behind the ellipsis.
    output.emplace();
    for (int64_t d = 0; d < ellipsis; ++d)
      output->push_back(static_cast<int>(d - ellipsis));
    for (int label = 'A'; label <= 'z'; ++label)
      if (uses.lookup(label) == 1)
        output->push_back(label);
  }
  auto needed = [&](int label, size_t from) {
    if (llvm::is_contained(*output, label))
      return true;
    for (size_t i = from; i < operands.size(); ++i)
      if (llvm::is_contained(operands[i].labels, label))
        return true;
    return false;
  };
  for (Labelled &x : operands)
    dropOnes(g, x, sizes);
  Labelled result = operands[0];
  sumOut(g, result, [&](int label) { return needed(label, 1); });
  for (size_t i = 1; i < operands.size(); ++i) {
    Labelled rhs = operands[i];
    sumOut(g, rhs, [&](int label) {
      return llvm::is_contained(result.labels, label) || needed(label, i + 1);
    });
    SmallVector<int64_t> lhsBatch, rhsBatch, lhsContract, rhsContract;
    SmallVector<int> batch, freeLhs, freeRhs;
    for (auto [d, label] : llvm::enumerate(result.labels)) {
      auto *at = llvm::find(rhs.labels, label);
      if (at == rhs.labels.end()) {
        freeLhs.push_back(label);
        continue;
      }
      bool keep = needed(label, i + 1);
      (keep ? lhsBatch : lhsContract).push_back(d);
      (keep ? rhsBatch : rhsContract).push_back(at - rhs.labels.begin());
      if (keep)
        batch.push_back(label);
    }
    for (int label : rhs.labels)
      if (!llvm::is_contained(result.labels, label))
        freeRhs.push_back(label);
    result.value = g.dot(result.value, rhs.value, lhsBatch, rhsBatch,
                         lhsContract, rhsContract);
    result.labels = batch;
    result.labels.append(freeLhs);
    result.labels.append(freeRhs);
  }
  sumOut(g, result,
         [&](int label) { return llvm::is_contained(*output, label); });
  SmallVector<int64_t> order, missing;
  for (auto [i, label] : llvm::enumerate(*output)) {
    auto *at = llvm::find(result.labels, label);
    if (at == result.labels.end())
      missing.push_back(i); // an extent of 1 everywhere
    else
      order.push_back(at - result.labels.begin());
  }
  return n.set(g.unsqueeze(g.transpose(result.value, order), missing));
}

void registerMatrix(Registry &registry) {
  registry.add("Einsum", convertEinsum);
  registry.add("Gemm", convertGemm);
  registry.add("MatMul", convertMatMul);
}

} // namespace ds::onnx
