//===- Evaluator.h - the reference evaluator ---------------------*- C++
//-*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs IR at the nn level on host tensors with plain loops and f64
// accumulation: the semantic oracle behind constant folding, `ds-opt
// --nn-evaluate` and numeric bisection. Slow and obviously right; no compiled
// program carries it.
//
//===----------------------------------------------------------------------===//
#ifndef DS_PASSES_ANALYSIS_EVALUATOR_H
#define DS_PASSES_ANALYSIS_EVALUATOR_H

#include "dialects/Interfaces/HostTensor.h"

#include "mlir/Support/LLVM.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>

namespace mlir {
class DialectRegistry;
class ModuleOp;
class Operation;
class Value;
namespace func {
class FuncOp;
} // namespace func
} // namespace mlir

namespace ds {

/// Element `position` of `nn.random_bits`, whose description gives the formula.
uint64_t randomBitsAt(uint64_t key, uint64_t position);

/// Attaches the reference semantics of the nn ops and of the tensor ops used on
/// the host.
void registerEvaluators(mlir::DialectRegistry &registry);

/// Runs one op without regions: an nn op, or a scalar arith, math or tensor op
/// of the host. `inputs` has one entry per operand; scalars are rank-0 tensors.
/// On failure a diagnostic has been emitted. Every result has its op's element
/// type and a shape that its type allows.
llvm::LogicalResult evaluateOp(mlir::Operation *op,
                               llvm::ArrayRef<HostTensor> inputs,
                               llvm::SmallVectorImpl<HostTensor> &results);

/// Called after every op with its results, in the order of execution; failure
/// ends the run.
using EvaluationObserver = llvm::function_ref<llvm::LogicalResult(
    mlir::Operation *, llvm::ArrayRef<HostTensor>)>;

/// Runs a function whose body is nn ops, host scalars and structured control
/// flow. On failure a diagnostic has been emitted, unless the observer failed.
llvm::LogicalResult evaluateFunction(mlir::func::FuncOp function,
                                     llvm::ArrayRef<HostTensor> inputs,
                                     llvm::SmallVectorImpl<HostTensor> &results,
                                     EvaluationObserver observe = {});

/// Runs every function without arguments and prints its results, a line each:
/// `@name: type = value`.
llvm::LogicalResult evaluateModule(mlir::ModuleOp module,
                                   llvm::raw_ostream &os);

/// The data of `value` if it is known: a constant, or a `tensor.cast`,
/// `nn.broadcast` or `nn.iota` of known values that takes at most
/// `maxDerivedBytes`. Those ops are worth more than their expanded data, so
/// folding looks through them.
std::optional<HostTensor> getKnownValue(mlir::Value value,
                                        int64_t maxDerivedBytes);

/// The results of an op whose operands are all known and whose results take no
/// more than `maxResultBytes` in total. Emits nothing: an op that cannot be run
/// is left to fail at run time.
std::optional<llvm::SmallVector<HostTensor>>
tryEvaluate(mlir::Operation *op, int64_t maxResultBytes);

/// A constant op holding `tensor`: `arith.constant` where `type` is a scalar,
/// otherwise `nn.constant` (with a `tensor.cast` where `type` is a less static
/// tensor type).
mlir::Value materializeConstant(mlir::OpBuilder &builder, mlir::Location loc,
                                const HostTensor &tensor, mlir::Type type);

} // namespace ds

#endif // DS_PASSES_ANALYSIS_EVALUATOR_H
