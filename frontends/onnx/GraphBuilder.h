//===- GraphBuilder.h - builds nn IR with folded constants and sizes
//-------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_GRAPHBUILDER_H
#define DS_FRONTENDS_ONNX_GRAPHBUILDER_H

#include "dialects/NN/NN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

#include "llvm/ADT/DenseMap.h"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace ds::onnx {

using Sizes = llvm::SmallVector<mlir::OpFoldResult, 6>;

/// Makes ops at the end of the current block. What can be known while importing
/// is folded at once:
/// - an nn op on constants becomes a constant (small results only);
/// - the sizes of a value are asked for once, so that equal sizes are one SSA
/// value; index arithmetic is folded, made unique
///   and placed right behind its last operand, so that it is visible wherever
///   that is;
/// - a small integer tensor whose elements are known as index values (the
/// output of Shape, and what is computed from it)
///   is followed element by element, so that shape arithmetic never becomes a
///   kernel.
class GraphBuilder {
public:
  GraphBuilder(mlir::MLIRContext *context, int64_t maxFoldBytes)
      : b(context), maxFoldBytes(maxFoldBytes) {}

  /// Insertion point of new ops; tensor ops go here, index arithmetic as far up
  /// as possible.
  mlir::OpBuilder b;
  mlir::Location loc() const {
    return location.value_or(mlir::UnknownLoc::get(b.getContext()));
  }
  void setLoc(mlir::Location loc) { location = loc; }
  /// The block that holds the constants: the entry block of the function.
  void setEntry(mlir::Block *block) { entry = block; }
  /// From here on random numbers depend on an argument of the function.
  void drawByKey() { drawsByKey = true; }
  /// That argument, made with its first use; null where there is none.
  mlir::Value randomKey();
  mlir::Value randomKeyIfUsed() const { return key; }

  /// Moves the insertion point to where constants are visible from everywhere.
  void insertAtEntry() { b.setInsertionPointToStart(entry); }

  //===--- Ops ---===//

  /// Makes an op and returns its first result, folded where possible.
  template <typename OpTy, typename... Args>
  mlir::Value emit(Args &&...args) {
    return finish(OpTy::create(b, loc(), std::forward<Args>(args)...))[0];
  }
  /// The same for all results.
  template <typename OpTy, typename... Args>
  llvm::SmallVector<mlir::Value> emitAll(Args &&...args) {
    return finish(OpTy::create(b, loc(), std::forward<Args>(args)...));
  }
  /// Folds a fresh op; returns what stands for its results, which may erase the
  /// op.
  llvm::SmallVector<mlir::Value> finish(mlir::Operation *op);

  //===--- Types ---===//

  static mlir::RankedTensorType typeOf(mlir::Value v) {
    return mlir::cast<mlir::RankedTensorType>(v.getType());
  }
  static mlir::Type elementOf(mlir::Value v) {
    return typeOf(v).getElementType();
  }
  static int64_t rank(mlir::Value v) { return typeOf(v).getRank(); }
  /// Type of a tensor of these sizes.
  mlir::RankedTensorType typeFor(llvm::ArrayRef<mlir::OpFoldResult> sizes,
                                 mlir::Type element);
  /// The operands for the `?` of `typeFor`.
  llvm::SmallVector<mlir::Value>
  dynamicSizes(llvm::ArrayRef<mlir::OpFoldResult> sizes);

  //===--- Sizes and index arithmetic ---===//

  /// Sizes of a value: attributes where static.
  Sizes dims(mlir::Value v);
  mlir::OpFoldResult dim(mlir::Value v, int64_t i) { return dims(v)[i]; }
  /// States what is known of a value's sizes (the caller vouches for it).
  void setDims(mlir::Value v, Sizes sizes) { knownDims[v] = std::move(sizes); }
  /// Number of elements.
  mlir::OpFoldResult count(mlir::Value v) { return product(dims(v)); }

  mlir::OpFoldResult index(int64_t value) { return b.getIndexAttr(value); }
  /// What is marked as a parameter, without the mark. For converters that need
  /// a value at compile time: a parameter that is used like this alone is none.
  static mlir::Value unmarked(mlir::Value value);
  static std::optional<int64_t> constantIndex(mlir::OpFoldResult v) {
    return mlir::getConstantIntValue(v);
  }
  static bool isIndex(mlir::OpFoldResult v, int64_t value) {
    return constantIndex(v) == value;
  }
  /// As an SSA value of index type.
  mlir::Value asValue(mlir::OpFoldResult v);

  /// Whether the index surely is not negative: made from sizes.
  static bool isSize(mlir::OpFoldResult v, int depth = 8);

  mlir::OpFoldResult add(mlir::OpFoldResult x, mlir::OpFoldResult y);
  mlir::OpFoldResult sub(mlir::OpFoldResult x, mlir::OpFoldResult y);
  mlir::OpFoldResult mul(mlir::OpFoldResult x, mlir::OpFoldResult y);
  /// Quotient towards zero; a divisor of 0 counts as 1.
  mlir::OpFoldResult div(mlir::OpFoldResult x, mlir::OpFoldResult y);
  /// Remainder with the sign of the dividend; a divisor of 0 counts as 1.
  mlir::OpFoldResult rem(mlir::OpFoldResult x, mlir::OpFoldResult y);
  mlir::OpFoldResult min(mlir::OpFoldResult x, mlir::OpFoldResult y);
  mlir::OpFoldResult max(mlir::OpFoldResult x, mlir::OpFoldResult y);
  /// i1 value or attribute.
  mlir::OpFoldResult compare(mlir::arith::CmpIPredicate predicate,
                             mlir::OpFoldResult x, mlir::OpFoldResult y);
  mlir::OpFoldResult select(mlir::OpFoldResult condition, mlir::OpFoldResult x,
                            mlir::OpFoldResult y);
  /// The entry of `values` whose entry of `keys` is `key`, or `otherwise`.
  mlir::OpFoldResult find(llvm::ArrayRef<mlir::OpFoldResult> keys,
                          llvm::ArrayRef<mlir::OpFoldResult> values,
                          int64_t key, mlir::OpFoldResult otherwise);
  mlir::OpFoldResult product(llvm::ArrayRef<mlir::OpFoldResult> factors);
  /// product(numerator) / product(denominator), equal factors cancelled first.
  /// The caller knows that it is exact.
  mlir::OpFoldResult quotient(llvm::ArrayRef<mlir::OpFoldResult> numerator,
                              llvm::ArrayRef<mlir::OpFoldResult> denominator);
  /// Stops the run with `message` unless the i1 `condition` holds. Returns
  /// false when it is known not to hold.
  [[nodiscard]] bool require(mlir::OpFoldResult condition,
                             const llvm::Twine &message);

  //===--- Constants ---===//

  /// The data of a constant.
  std::optional<HostTensor> constant(mlir::Value v);
  mlir::Value makeConstant(const HostTensor &tensor);
  /// Rank-1 (or `shape`) constant of integers.
  mlir::Value
  makeInts(llvm::ArrayRef<int64_t> values, mlir::Type element = {},
           std::optional<llvm::ArrayRef<int64_t>> shape = std::nullopt);
  mlir::Value makeFloats(llvm::ArrayRef<double> values, mlir::Type element,
                         llvm::ArrayRef<int64_t> shape);
  /// Rank-0 constant of any number type.
  mlir::Value makeScalar(mlir::Type element, double value);
  mlir::Value makeScalarInt(mlir::Type element, int64_t value);
  /// An index value as a tensor of these sizes.
  mlir::Value spread(mlir::OpFoldResult v,
                     llvm::ArrayRef<mlir::OpFoldResult> sizes,
                     mlir::Type element) {
    return broadcastTo(cast(fromElements(v, b.getI64Type(), {}), element),
                       sizes);
  }
  /// A tensor of these sizes, all elements the number.
  mlir::Value makeFilled(llvm::ArrayRef<mlir::OpFoldResult> sizes,
                         mlir::Type element, double value);
  /// A tensor of `like`'s type and sizes, all elements the number.
  mlir::Value makeLike(mlir::Value like, double value) {
    return makeFilled(dims(like), elementOf(like), value);
  }

  //===--- Small integer tensors, element by element ---===//

  /// Elements of an integer or boolean tensor if they are known without
  /// computing (constants included); index values or attributes, row-major.
  std::optional<Sizes> elements(mlir::Value v);
  /// The same, reading them at run time where need be; the tensor's shape must
  /// be static.
  Sizes readElements(mlir::Value v);
  /// A tensor of known elements.
  mlir::Value fromElements(llvm::ArrayRef<mlir::OpFoldResult> elements,
                           mlir::Type element, llvm::ArrayRef<int64_t> shape);

  //===--- Composed ops; `sizes` are full lists ---===//

  mlir::Value cast(mlir::Value v, mlir::Type element);
  mlir::Value reshape(mlir::Value v, llvm::ArrayRef<mlir::OpFoldResult> sizes);
  /// Inserts extents of 1 in front of the listed result dimensions
  /// (increasing).
  mlir::Value unsqueeze(mlir::Value v, llvm::ArrayRef<int64_t> axes);
  /// Drops the listed dimensions, whose extents are 1.
  mlir::Value squeeze(mlir::Value v, llvm::ArrayRef<int64_t> axes);
  mlir::Value transpose(mlir::Value v, llvm::ArrayRef<int64_t> permutation);
  mlir::Value slice(mlir::Value v, llvm::ArrayRef<mlir::OpFoldResult> offsets,
                    llvm::ArrayRef<mlir::OpFoldResult> sizes,
                    llvm::ArrayRef<int64_t> strides = {});
  /// Elements [offset, offset + size) of one axis.
  mlir::Value sliceAxis(mlir::Value v, int64_t axis, mlir::OpFoldResult offset,
                        mlir::OpFoldResult size);
  mlir::Value concat(llvm::ArrayRef<mlir::Value> values, int64_t axis);
  /// Pads with a number.
  mlir::Value pad(mlir::Value v, llvm::ArrayRef<mlir::OpFoldResult> low,
                  llvm::ArrayRef<mlir::OpFoldResult> high,
                  nn::PadMode mode = nn::PadMode::constant,
                  mlir::Value value = {});
  /// Repeats `v`, whose dimension i becomes dimension dims[i].
  mlir::Value broadcastDims(mlir::Value v,
                            llvm::ArrayRef<mlir::OpFoldResult> sizes,
                            llvm::ArrayRef<int64_t> dims);
  /// NumPy broadcasting (right-aligned) to given sizes.
  mlir::Value broadcastTo(mlir::Value v,
                          llvm::ArrayRef<mlir::OpFoldResult> sizes);
  /// The common sizes of NumPy broadcasting; nothing when static extents clash.
  std::optional<Sizes> broadcastSizes(llvm::ArrayRef<mlir::Value> values);
  mlir::Value reduce(nn::ReduceKind kind, mlir::Value v,
                     llvm::ArrayRef<int64_t> axes, bool keepDims);
  /// Average over axes, computed in f32 for narrower floats.
  mlir::Value mean(mlir::Value v, llvm::ArrayRef<int64_t> axes, bool keepDims);
  mlir::Value iota(llvm::ArrayRef<mlir::OpFoldResult> sizes, int64_t axis,
                   mlir::Type element);
  mlir::Value compare(nn::ComparePredicate predicate, mlir::Value x,
                      mlir::Value y) {
    return emit<nn::CompareOp>(predicate, x, y);
  }
  /// Binary op of a value and a number, which is broadcast to it.
  template <typename OpTy>
  mlir::Value withScalar(mlir::Value x, double y) {
    return emit<OpTy>(x, makeLike(x, y));
  }
  mlir::Value
  dot(mlir::Value lhs, mlir::Value rhs, llvm::ArrayRef<int64_t> lhsBatch,
      llvm::ArrayRef<int64_t> rhsBatch, llvm::ArrayRef<int64_t> lhsContracting,
      llvm::ArrayRef<int64_t> rhsContracting, mlir::Type element = {});
  /// Softmax and the like on floats narrower than f32 happen in f32 by the op's
  /// definition; chains of elementwise ops that ONNX computes in f32 use this:
  /// f16 and bf16 to f32, others unchanged.
  mlir::Value widen(mlir::Value v);
  /// Gives a value another type of the same rank and element (static where
  /// dynamic, or the reverse).
  mlir::Value refine(mlir::Value v, mlir::RankedTensorType type);

  /// The value as one of these sizes, which a run checks where they are not
  /// known to be the same.
  mlir::Value withSizes(mlir::Value v,
                        llvm::ArrayRef<mlir::OpFoldResult> sizes);

  //===--- Regions ---===//

  /// Erases all blocks of a region, forgetting what was known of the values in
  /// it.
  void eraseRegion(mlir::Region &region);
  /// Erases ops without effect and without use in a function.
  void eraseDeadOps(mlir::Region &region);

private:
  /// An index op, folded, or the one made before on the same operands.
  mlir::OpFoldResult
  indexOp(llvm::StringRef name, llvm::ArrayRef<mlir::Value> operands,
          mlir::Type type,
          llvm::ArrayRef<mlir::NamedAttribute> attributes = {});
  mlir::OpFoldResult castIndex(mlir::Value v, mlir::Type type);
  mlir::Value elementValue(mlir::OpFoldResult element, mlir::Type type);
  mlir::Value constantValue(mlir::TypedAttr attribute);
  void insertAfterOperands(mlir::OpBuilder &builder,
                           llvm::ArrayRef<mlir::Value> operands);
  void askSizes(mlir::Value v, Sizes &sizes);
  void renumber(mlir::Operation *op,
                llvm::DenseMap<mlir::Value, mlir::OpFoldResult> &replaced);
  std::optional<llvm::SmallVector<mlir::Value>>
  foldElements(mlir::Operation *op);
  std::optional<Sizes> foldElementwise(mlir::Operation *op,
                                       llvm::ArrayRef<Sizes> operands,
                                       int64_t count);
  std::optional<Sizes> foldMovement(mlir::Operation *op,
                                    llvm::ArrayRef<Sizes> operands);
  void forget(mlir::Operation *op);
  void forgetIndexOps(llvm::function_ref<bool(mlir::Operation *)> erased);

  using IndexKey =
      std::tuple<std::string, const void *, std::vector<const void *>>;

  int64_t maxFoldBytes;
  std::optional<mlir::Location> location;
  bool drawsByKey = false;
  mlir::Value key;
  mlir::Block *entry = nullptr;
  /// The last of the scalar constants, which stand at the start of the entry
  /// block.
  mlir::Operation *lastConstant = nullptr;
  llvm::DenseMap<mlir::Value, Sizes> knownDims;
  llvm::DenseMap<mlir::Value, Sizes> knownElements;
  llvm::DenseMap<mlir::Attribute, mlir::Value> scalarConstants;
  std::map<IndexKey, mlir::Operation *> indexOps;
};

/// The comparison of index values that a predicate means.
mlir::arith::CmpIPredicate toArith(nn::ComparePredicate predicate);

} // namespace ds::onnx

#endif // DS_FRONTENDS_ONNX_GRAPHBUILDER_H
