//===- Trees.cpp - ensembles of decision trees
//-----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All trees of an ensemble become one table of nodes, the leaves behind the
// others. Every row of the input walks all trees at once: a loop over the
// greatest depth looks up the node of each tree, compares, and steps; a leaf
// steps to itself.
//
//===----------------------------------------------------------------------===//
#include "frontends/onnx/ClassicalML.h"
#include "frontends/onnx/GraphImporter.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

#include "llvm/ADT/StringSwitch.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace ds::onnx {

namespace {
/// Comparisons of a feature with a number, numbered as TreeEnsemble does.
enum Mode : int64_t { Leq, Lt, Gte, Gt, Eq, Neq, Member };

/// Aggregates of TreeEnsemble, by number.
enum Aggregate : int64_t { Average, Sum, Min, Max };

/// A node that compares. Children are numbers of nodes, or ~(number of a leaf).
struct TreeNode {
  int64_t feature = 0;
  int64_t mode = Leq;
  double split = 0;
  bool missingIsTrue = false;
  int64_t yes = 0, no = 0;
};

struct Vote {
  int64_t target = 0;
  double weight = 0;
};

struct Forest {
  std::vector<TreeNode> nodes;
  std::vector<SmallVector<Vote, 1>> leaves;
  std::vector<int64_t> roots;
  int64_t targets = 0;
};

class ForestBuilder {
public:
  ForestBuilder(NodeContext &n, const Forest &forest)
      : n(n), g(n.g), forest(forest) {}
  /// The aggregated weights of the leaves that the rows of `x` reach, [rows,
  /// targets].
  FailureOr<Value> build(Value x, int64_t aggregate);

private:
  FailureOr<int64_t> depth();
  LogicalResult check(Value x);
  Value step(Value x, Value at);
  /// Column of the node table; leaves have `leaf`, or point to themselves
  /// without it.
  template <typename F>
  Value column(F field, std::optional<int64_t> leaf);
  int64_t position(int64_t child) const {
    return child >= 0 ? child
                      : static_cast<int64_t>(forest.nodes.size()) + ~child;
  }

  NodeContext &n;
  GraphBuilder &g;
  const Forest &forest;
};
} // namespace

LogicalResult ForestBuilder::check(Value x) {
  int64_t nodes = forest.nodes.size(), leaves = forest.leaves.size(),
          features = 0;
  auto isChild = [&](int64_t child) {
    return child >= 0 ? child < nodes : ~child < leaves;
  };
  for (const TreeNode &node : forest.nodes) {
    if (!isChild(node.yes) || !isChild(node.no))
      return n.error("a node of the tree leads to a node that does not exist");
    if (node.feature < 0 || node.mode < Leq || node.mode > Neq)
      return n.error("a node of the tree has feature " + Twine(node.feature) +
                     " and mode " + Twine(node.mode));
    features = std::max(features, node.feature + 1);
  }
  for (int64_t root : forest.roots)
    if (!isChild(root))
      return n.error("a root of the ensemble is a node that does not exist");
  if (forest.targets < 1 || forest.targets > 1 << 20 || forest.roots.empty() ||
      leaves == 0)
    return n.error("the ensemble has " + Twine(forest.targets) + " targets, " +
                   Twine(forest.roots.size()) + " trees and " + Twine(leaves) +
                   " leaves");
  for (const auto &votes : forest.leaves)
    for (const Vote &vote : votes)
      if (vote.target < 0 || vote.target >= forest.targets)
        return n.error("a leaf votes for target " + Twine(vote.target) +
                       " of " + Twine(forest.targets));
  if (!g.require(
          g.compare(arith::CmpIPredicate::sge, g.dim(x, 1), g.index(features)),
          "tree ensemble: the input has all features that the trees read"))
    return n.error("the trees read feature " + Twine(features - 1) +
                   ", the input has " + Twine(*g.constantIndex(g.dim(x, 1))));
  return success();
}

/// The longest way from a root to a leaf; an error where nodes form a cycle.
FailureOr<int64_t> ForestBuilder::depth() {
  enum : int64_t { Unseen = -1, Open = -2 };
  std::vector<int64_t> height(forest.nodes.size(), Unseen);
  int64_t deepest = 0;
  for (int64_t root : forest.roots) {
    SmallVector<int64_t> stack;
    if (root >= 0)
      stack.push_back(root);
    while (!stack.empty()) {
      int64_t at = stack.back();
      const TreeNode &node = forest.nodes[at];
      if (height[at] >= 0) {
        stack.pop_back();
        continue;
      }
      bool opened = height[at] == Open;
      height[at] = Open;
      int64_t tallest = 0;
      bool complete = true;
      for (int64_t child : {node.yes, node.no}) {
        if (child < 0)
          continue;
        if (height[child] >= 0) {
          tallest = std::max(tallest, height[child]);
          continue;
        }
        // A node that was opened has had its children done.
        if (height[child] == Open || opened)
          return n.error("the nodes of the tree form a cycle");
        stack.push_back(child);
        complete = false;
      }
      if (complete)
        height[at] = tallest + 1;
    }
    if (root >= 0)
      deepest = std::max(deepest, height[root]);
  }
  return deepest;
}

template <typename F>
Value ForestBuilder::column(F field, std::optional<int64_t> leaf) {
  SmallVector<int64_t> values;
  for (const TreeNode &node : forest.nodes)
    values.push_back(field(node));
  for (size_t i = 0; i < forest.leaves.size(); ++i)
    values.push_back(leaf.value_or(position(~static_cast<int64_t>(i))));
  return g.makeInts(values);
}

/// The nodes that follow those at `at`, [rows, trees].
Value ForestBuilder::step(Value x, Value at) {
  auto look = [&](Value table) { return g.emit<nn::GatherOp>(table, at, 0); };
  Type element = GraphBuilder::elementOf(x);
  SmallVector<double> splits;
  for (const TreeNode &node : forest.nodes)
    splits.push_back(node.split);
  splits.resize(forest.nodes.size() + forest.leaves.size());
  Value split = look(
      g.makeFloats(splits, element, {static_cast<int64_t>(splits.size())}));
  Value feature = g.emit<nn::GatherElementsOp>(
      x, look(column([](const TreeNode &t) { return t.feature; }, 0)), 1);

  Value holds, modes;
  for (auto [mode, predicate] : {std::pair(Leq, nn::ComparePredicate::le),
                                 std::pair(Lt, nn::ComparePredicate::lt),
                                 std::pair(Gte, nn::ComparePredicate::ge),
                                 std::pair(Gt, nn::ComparePredicate::gt),
                                 std::pair(Eq, nn::ComparePredicate::eq),
                                 std::pair(Neq, nn::ComparePredicate::ne)}) {
    if (llvm::none_of(forest.nodes,
                      [&](const TreeNode &node) { return node.mode == mode; }))
      continue;
    Value result = g.compare(predicate, feature, split);
    if (!holds) {
      holds = result;
      continue;
    }
    if (!modes)
      modes = look(column([](const TreeNode &t) { return t.mode; }, 0));
    Value isMode = g.compare(nn::ComparePredicate::eq, modes,
                             g.makeLike(modes, static_cast<double>(mode)));
    holds = g.emit<nn::SelectOp>(isMode, result, holds);
  }
  if (llvm::any_of(forest.nodes,
                   [](const TreeNode &node) { return node.missingIsTrue; })) {
    Value counts =
        look(column([](const TreeNode &t) { return t.missingIsTrue; }, 0));
    Value missing = g.emit<nn::AndOp>(g.emit<nn::IsNanOp>(feature),
                                      g.cast(counts, g.b.getI1Type()));
    holds = g.emit<nn::OrOp>(holds, missing);
  }
  Value yes = look(
      column([&](const TreeNode &t) { return position(t.yes); }, std::nullopt));
  Value no = look(
      column([&](const TreeNode &t) { return position(t.no); }, std::nullopt));
  return g.emit<nn::SelectOp>(holds, yes, no);
}

FailureOr<Value> ForestBuilder::build(Value x, int64_t aggregate) {
  if (failed(check(x)))
    return failure();
  FailureOr<int64_t> steps = depth();
  if (failed(steps))
    return failure();
  int64_t trees = forest.roots.size(), leaves = forest.leaves.size(),
          targets = forest.targets;
  SmallVector<int64_t> roots;
  for (int64_t root : forest.roots)
    roots.push_back(position(root));
  Sizes grid{g.dim(x, 0), g.index(trees)};
  Value at = g.broadcastTo(g.makeInts(roots), grid);
  if (*steps) {
    auto loop = scf::ForOp::create(g.b, g.loc(), g.asValue(g.index(0)),
                                   g.asValue(g.index(*steps)),
                                   g.asValue(g.index(1)), at);
    OpBuilder::InsertionGuard guard(g.b);
    g.b.setInsertionPointToStart(loop.getBody());
    g.setDims(loop.getRegionIterArg(0), grid);
    scf::YieldOp::create(g.b, g.loc(), step(x, loop.getRegionIterArg(0)));
    at = loop.getResult(0);
    g.setDims(at, grid);
  }

  // A target that a leaf does not vote for takes no part.
  double neutral = aggregate == Min   ? std::numeric_limits<double>::infinity()
                   : aggregate == Max ? -std::numeric_limits<double>::infinity()
                                      : 0;
  SmallVector<double> weights(leaves * targets, neutral);
  for (auto [i, votes] : llvm::enumerate(forest.leaves))
    for (const Vote &vote : votes) {
      double &weight = weights[i * targets + vote.target];
      weight = aggregate == Min   ? std::min(weight, vote.weight)
               : aggregate == Max ? std::max(weight, vote.weight)
                                  : weight + vote.weight;
    }
  Value table =
      g.makeFloats(weights, GraphBuilder::elementOf(x), {leaves, targets});
  Value leaf =
      g.withScalar<nn::SubOp>(at, static_cast<double>(forest.nodes.size()));
  auto kind = aggregate == Min   ? nn::ReduceKind::min
              : aggregate == Max ? nn::ReduceKind::max
                                 : nn::ReduceKind::sum;
  Value result = g.reduce(kind, g.emit<nn::GatherOp>(table, leaf, 0), {1},
                          /*keepDims=*/false);
  return aggregate == Average
             ? g.withScalar<nn::DivOp>(result, static_cast<double>(trees))
             : result;
}

//===----------------------------------------------------------------------===//
// Reading the attributes
//===----------------------------------------------------------------------===//

/// A list of numbers, as `name` or as a tensor `tensorName`; empty when neither
/// is there.
static FailureOr<SmallVector<double>> numbers(NodeContext &n, StringRef name,
                                              StringRef tensorName) {
  const ds_onnx::AttributeProto *tensor = n.attribute(tensorName);
  if (!tensor)
    return n.attrFloats(name);
  FailureOr<Value> value = n.importer.importTensor(tensor->t(), n.g.loc());
  if (failed(value))
    return failure();
  std::optional<HostTensor> data = n.g.constant(*value);
  if (!data)
    return n.error("attribute \"" + tensorName + "\" cannot be read");
  SmallVector<double> result;
  for (int64_t i = 0, e = data->numElements(); i < e; ++i)
    result.push_back(data->getDouble(i));
  return result;
}

/// Trees as TreeEnsembleRegressor and TreeEnsembleClassifier spell them: nodes
/// and leaves in one list, children by number within the tree, and votes beside
/// it under `prefix`.
static FailureOr<Forest> readTaggedForest(NodeContext &n, StringRef prefix) {
  SmallVector<int64_t> trees = n.attrInts("nodes_treeids"),
                       ids = n.attrInts("nodes_nodeids"),
                       features = n.attrInts("nodes_featureids"),
                       yes = n.attrInts("nodes_truenodeids"),
                       no = n.attrInts("nodes_falsenodeids"),
                       missing = n.attrInts("nodes_missing_value_tracks_true");
  SmallVector<std::string> modes = n.attrStrings("nodes_modes");
  auto splits = numbers(n, "nodes_values", "nodes_values_as_tensor");
  auto weights = numbers(n, (prefix + "_weights").str(),
                         (prefix + "_weights_as_tensor").str());
  if (failed(splits) || failed(weights))
    return failure();
  size_t count = ids.size();
  if (trees.size() != count || features.size() != count ||
      yes.size() != count || no.size() != count || modes.size() != count ||
      splits->size() != count || (!missing.empty() && missing.size() != count))
    return n.error("the attributes of the nodes must have one length");

  Forest forest;
  std::map<std::pair<int64_t, int64_t>, int64_t> children;
  llvm::DenseSet<int64_t> rooted;
  int64_t inner = 0;
  for (size_t i = 0; i < count; ++i) {
    bool isLeaf = modes[i] == "LEAF";
    int64_t number =
        isLeaf ? ~static_cast<int64_t>(forest.leaves.size()) : inner++;
    if (isLeaf)
      forest.leaves.emplace_back();
    if (!children.insert({{trees[i], ids[i]}, number}).second)
      return n.error("node " + Twine(ids[i]) + " of tree " + Twine(trees[i]) +
                     " occurs twice");
    // The first node of a tree is its root.
    if (rooted.insert(trees[i]).second)
      forest.roots.push_back(number);
  }
  for (size_t i = 0; i < count; ++i) {
    if (modes[i] == "LEAF")
      continue;
    int64_t mode = llvm::StringSwitch<int64_t>(modes[i])
                       .Case("BRANCH_LEQ", Leq)
                       .Case("BRANCH_LT", Lt)
                       .Case("BRANCH_GTE", Gte)
                       .Case("BRANCH_GT", Gt)
                       .Case("BRANCH_EQ", Eq)
                       .Case("BRANCH_NEQ", Neq)
                       .Default(-1);
    auto yesAt = children.find({trees[i], yes[i]}),
         noAt = children.find({trees[i], no[i]});
    if (mode < 0 || yesAt == children.end() || noAt == children.end())
      return n.error("node " + Twine(ids[i]) + " of tree " + Twine(trees[i]) +
                     " has mode \"" + modes[i] + "\" and children " +
                     Twine(yes[i]) + " and " + Twine(no[i]));
    forest.nodes.push_back({features[i], mode, (*splits)[i],
                            !missing.empty() && missing[i] != 0, yesAt->second,
                            noAt->second});
  }
  SmallVector<int64_t> voteTrees = n.attrInts((prefix + "_treeids").str()),
                       voteNodes = n.attrInts((prefix + "_nodeids").str()),
                       targets = n.attrInts((prefix + "_ids").str());
  if (voteTrees.size() != weights->size() ||
      voteNodes.size() != weights->size() || targets.size() != weights->size())
    return n.error("the attributes of the votes must have one length");
  for (size_t i = 0; i < weights->size(); ++i) {
    auto leaf = children.find({voteTrees[i], voteNodes[i]});
    if (leaf == children.end() || leaf->second >= 0)
      return n.error("a vote is at node " + Twine(voteNodes[i]) + " of tree " +
                     Twine(voteTrees[i]) + ", which is no leaf");
    forest.leaves[~leaf->second].push_back({targets[i], (*weights)[i]});
  }
  return forest;
}

/// Trees as TreeEnsemble spells them. A test for membership becomes a chain of
/// tests for equality.
static FailureOr<Forest> readForest(NodeContext &n) {
  SmallVector<int64_t> features = n.attrInts("nodes_featureids"),
                       yes = n.attrInts("nodes_truenodeids"),
                       no = n.attrInts("nodes_falsenodeids"),
                       yesLeaf = n.attrInts("nodes_trueleafs"),
                       noLeaf = n.attrInts("nodes_falseleafs"),
                       targets = n.attrInts("leaf_targetids"),
                       missing = n.attrInts("nodes_missing_value_tracks_true"),
                       roots = n.attrInts("tree_roots");
  auto splits = numbers(n, "", "nodes_splits"),
       modes = numbers(n, "", "nodes_modes"),
       weights = numbers(n, "", "leaf_weights"),
       members = numbers(n, "", "membership_values");
  if (failed(splits) || failed(modes) || failed(weights) || failed(members))
    return failure();
  size_t count = features.size();
  if (yes.size() != count || no.size() != count || yesLeaf.size() != count ||
      noLeaf.size() != count || splits->size() != count ||
      modes->size() != count || (!missing.empty() && missing.size() != count) ||
      targets.size() != weights->size())
    return n.error("the attributes of the nodes, and those of the leaves, must "
                   "have one length");
  Forest forest;
  forest.targets = n.attrInt("n_targets", 1);
  for (size_t i = 0; i < weights->size(); ++i)
    forest.leaves.push_back({Vote{targets[i], (*weights)[i]}});
  auto child = [](int64_t number, int64_t isLeaf) {
    return isLeaf ? ~number : number;
  };
  forest.nodes.resize(count);
  size_t nextMember = 0;
  for (size_t i = 0; i < count; ++i) {
    // Negative numbers would be taken for leaves.
    if (yes[i] < 0 || no[i] < 0)
      return n.error("node " + Twine(i) + " has the children " + Twine(yes[i]) +
                     " and " + Twine(no[i]));
    TreeNode node{features[i],
                  static_cast<int64_t>((*modes)[i]),
                  (*splits)[i],
                  !missing.empty() && missing[i] != 0,
                  child(yes[i], yesLeaf[i]),
                  child(no[i], noLeaf[i])};
    if (node.mode != Member) {
      forest.nodes[i] = node;
      continue;
    }
    node.mode = Eq;
    SmallVector<double> set;
    while (nextMember < members->size() && !std::isnan((*members)[nextMember]))
      set.push_back((*members)[nextMember++]);
    if (nextMember++ >= members->size() || set.empty())
      return n.error(
          "\"membership_values\" has no values, ended by a NaN, for node " +
          Twine(i));
    int64_t otherwise = node.no;
    for (auto [k, value] : llvm::enumerate(set)) {
      node.split = value;
      node.no = k + 1 < set.size()
                    ? static_cast<int64_t>(forest.nodes.size()) + (k != 0)
                    : otherwise;
      if (k == 0)
        forest.nodes[i] = node;
      else
        forest.nodes.push_back(node);
    }
  }
  for (int64_t root : roots) {
    if (root < 0 || root >= static_cast<int64_t>(count))
      return n.error("root " + Twine(root) + " is none of the " + Twine(count) +
                     " nodes");
    forest.roots.push_back(root);
  }
  return forest;
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

static LogicalResult convertTreeEnsemble(NodeContext &n) {
  FailureOr<Forest> forest = readForest(n);
  if (failed(forest) || failed(n.expectRank(0, 2)))
    return failure();
  Value x = n.g.widen(n.input(0));
  int64_t aggregate = n.attrInt("aggregate_function", Sum),
          transform = n.attrInt("post_transform", 0);
  static constexpr StringRef transforms[] = {"NONE", "SOFTMAX", "LOGISTIC",
                                             "SOFTMAX_ZERO", "PROBIT"};
  if (aggregate < Average || aggregate > Max || transform < 0 || transform > 4)
    return n.error("\"aggregate_function\" " + Twine(aggregate) +
                   " and \"post_transform\" " + Twine(transform) +
                   " must be 0 to 3 and 0 to 4");
  FailureOr<Value> scores = ForestBuilder(n, *forest).build(x, aggregate);
  if (failed(scores) ||
      failed(scores = postTransform(n, *scores, transforms[transform])))
    return failure();
  return n.set(n.g.cast(*scores, n.element(0)));
}

/// Adds the base values: one per target, or one for all.
static FailureOr<Value> addBase(NodeContext &n, Value scores, int64_t targets) {
  auto base = numbers(n, "base_values", "base_values_as_tensor");
  if (failed(base))
    return failure();
  int64_t count = base->size();
  if (count == 0)
    return scores;
  if (count != 1 && count != targets)
    return n.error("there are " + Twine(count) + " base values for " +
                   Twine(targets) + " targets");
  Value row = n.g.makeFloats(*base, GraphBuilder::elementOf(scores), {count});
  return n.g.emit<nn::AddOp>(scores, n.g.broadcastTo(row, n.g.dims(scores)));
}

static LogicalResult convertTreeEnsembleRegressor(NodeContext &n) {
  FailureOr<Forest> forest = readTaggedForest(n, "target");
  FailureOr<Value> x = featureMatrix(n, 0);
  if (failed(forest) || failed(x))
    return failure();
  forest->targets = n.attrInt("n_targets", 1);
  std::string name = n.attrString("aggregate_function", "SUM");
  auto aggregate = llvm::StringSwitch<int64_t>(name)
                       .Case("AVERAGE", Average)
                       .Case("SUM", Sum)
                       .Case("MIN", Min)
                       .Case("MAX", Max)
                       .Default(-1);
  if (aggregate < 0)
    return n.error("\"aggregate_function\" is \"" + name +
                   "\", expected \"AVERAGE\", \"SUM\", \"MIN\" or \"MAX\"");
  FailureOr<Value> scores = ForestBuilder(n, *forest).build(*x, aggregate);
  if (failed(scores) || failed(scores = addBase(n, *scores, forest->targets)) ||
      failed(scores = postTransform(n, *scores,
                                    n.attrString("post_transform", "NONE"))))
    return failure();
  return n.set(n.g.cast(*scores, n.g.b.getF32Type()));
}

/// Two classes may share one score: with weights that are probabilities (none
/// negative) it is that of the second class and is held against 0.5, otherwise
/// it is a decision, held against 0.
static Value setBinaryClassifier(NodeContext &n, Value score,
                                 bool isProbability, StringRef transform,
                                 ArrayRef<int64_t> labels) {
  GraphBuilder &g = n.g;
  Value flat = g.squeeze(score, {1});
  Value second = g.compare(nn::ComparePredicate::gt, flat,
                           g.makeLike(flat, isProbability ? 0.5 : 0));
  auto constant = [&](int64_t label) {
    return g.broadcastTo(g.makeScalarInt(g.b.getI64Type(), label),
                         g.dims(flat));
  };
  n.set(0,
        g.emit<nn::SelectOp>(second, constant(labels[1]), constant(labels[0])));
  if (!isProbability)
    score = g.concat({g.emit<nn::NegOp>(score), score}, 1);
  if (transform == "LOGISTIC")
    score = g.emit<nn::SigmoidOp>(score);
  return isProbability
             ? g.concat({g.emit<nn::SubOp>(g.makeLike(score, 1), score), score},
                        1)
             : score;
}

static LogicalResult convertTreeEnsembleClassifier(NodeContext &n) {
  GraphBuilder &g = n.g;
  SmallVector<int64_t> labels = n.attrInts("classlabels_int64s");
  if (labels.empty())
    return n.unsupported(
        "string labels are not supported; use \"classlabels_int64s\"");
  FailureOr<Forest> forest = readTaggedForest(n, "class");
  FailureOr<Value> x = featureMatrix(n, 0);
  if (failed(forest) || failed(x))
    return failure();
  SmallVector<int64_t> classes = n.attrInts("class_ids");
  bool isBinary =
      labels.size() == 2 && !classes.empty() && llvm::all_equal(classes);
  bool isProbability = true;
  for (auto &votes : forest->leaves)
    for (Vote &vote : votes) {
      isProbability &= vote.weight >= 0;
      if (isBinary)
        vote.target = 0;
    }
  forest->targets = isBinary ? 1 : labels.size();
  FailureOr<Value> scores = ForestBuilder(n, *forest).build(*x, Sum);
  if (failed(scores) || failed(scores = addBase(n, *scores, forest->targets)))
    return failure();
  std::string transform = n.attrString("post_transform", "NONE");
  if (isBinary) {
    scores = setBinaryClassifier(n, *scores, isProbability, transform, labels);
  } else {
    n.set(0, pickLabels(g, *scores, labels));
    scores = postTransform(n, *scores, transform);
  }
  if (failed(scores))
    return failure();
  n.set(1, g.cast(*scores, g.b.getF32Type()));
  return success();
}

void registerTrees(Registry &registry) {
  registry.add("ai.onnx.ml", "TreeEnsemble", convertTreeEnsemble);
  registry.add("ai.onnx.ml", "TreeEnsembleClassifier",
               convertTreeEnsembleClassifier);
  registry.add("ai.onnx.ml", "TreeEnsembleRegressor",
               convertTreeEnsembleRegressor);
}

} // namespace ds::onnx
