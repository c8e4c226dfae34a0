//===- TrainOps.td - the train dialect -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_TRAIN_TRAINOPS_TD
#define DS_DIALECTS_TRAIN_TRAINOPS_TD

include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/CommonTypeConstraints.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Train_Dialect : Dialect {
  let name = "train";
  let cppNamespace = "::ds::train";
  let summary = "what is learned: gradients asked for, updates of parameters";
  let description = [{
    Created when a training job is built around a model. `train.vjp` is removed by `ds-autodiff`, `train.seed` by
    `ds-lower-train` once no pass needs to tell backward from forward any more.

    Not here: what the model and its gradient compute (nn), what crosses ranks (dist).
  }];
}

class Train_Op<string mnemonic, list<Trait> traits = []> : Op<Train_Dialect, mnemonic, traits>;

def Train_VjpOp : Train_Op<"vjp", [Pure, AttrSizedOperandSegments, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "call a function and ask for gradients";
  let description = [{
    Yields the results of `callee` on `args`, and then, for each entry of `wrt`, the gradient of the sum over `seeded` of
    (result times its seed), by the argument of that number. A seed is thus the cotangent of one result of the callee: for a
    loss, `train.seed`. Results that are not seeded count as constant. Where the function has a kink the gradient is PyTorch's.

    ```mlir
    func.func @square(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = nn.mul %x, %x : tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    func.func @f(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
      %y, %dx = train.vjp @square(%x) seeds(%g : tensor<4xf32>) {wrt = array<i64: 0>, seeded = array<i64: 0>}
        : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
      return %dx : tensor<4xf32>
    }
    ```

    C1: `callee` is a function, and the arguments have the types of its inputs.
    C2: `seeded` are numbers of results of the callee, strictly increasing, and each seed has the type of its result.
    C3: `wrt` are numbers of arguments, strictly increasing.
    C4: the results are those of the callee, then one of the type of each argument in `wrt`.
    C5: what is differentiated are ranked tensors of floats.
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<AnyType>:$args, Variadic<AnyRankedTensor>:$seeds,
                   DenseI64ArrayAttr:$wrt, DenseI64ArrayAttr:$seeded);
  let results = (outs Variadic<AnyType>:$results);
  let assemblyFormat = [{
    $callee `(` $args `)` (`seeds` `(` $seeds^ `:` type($seeds) `)`)? attr-dict `:` functional-type($args, $results)
  }];
}

def Train_SeedOp : Train_Op<"seed", [Pure]> {
  let summary = "the cotangent of a loss by itself";
  let description = [{
    The number 1. Opaque to folding: everything that depends on it is backward.

    ```mlir
    func.func @f() -> tensor<f32> {
      %0 = train.seed : tensor<f32>
      return %0 : tensor<f32>
    }
    ```
  }];
  let results = (outs 0DTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

include "dialects/Train/TrainJobOps.td"

#endif // DS_DIALECTS_TRAIN_TRAINOPS_TD
