//===- TrainJobOps.td - parameters and their updates -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_TRAIN_TRAINJOBOPS_TD
#define DS_DIALECTS_TRAIN_TRAINJOBOPS_TD

def Train_ParameterOp : Train_Op<"parameter", [Pure, SameOperandsAndResultType]> {
  let summary = "mark a constant of the model as something that training may change";
  let description = [{
    The value itself. Opaque to folding, so that nothing is computed from it before training begins. Created by frontends that import
    for training; removed when the job is built: the value becomes an argument of its functions, or is a constant again.

    ```mlir
    func.func @f() -> tensor<2xf32> {
      %0 = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
      %1 = train.parameter %0 {name = "bias"} : tensor<2xf32>
      return %1 : tensor<2xf32>
    }
    ```
  }];
  let arguments = (ins AnyRankedTensor:$operand, StrAttr:$name);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($result)";
}

def Train_UpdateOp : Train_Op<"update", [Pure]> {
  let summary = "one step of an optimizer on one parameter";
  let description = [{
    Yields the new parameter and the new values of the optimizer's slots. The optimizers, their slots and formulas are the table in
    `Optimizers.cpp`; definitions are PyTorch's. `lr` is the learning rate of this step, `step` its number, from 1. Floats narrower
    than f32 are computed in f32. Nothing of it is in place: that the new value takes the old one's memory is buffer donation.

    ```mlir
    func.func @f(%w: tensor<4xf32>, %g: tensor<4xf32>, %m: tensor<4xf32>, %lr: tensor<f64>, %step: tensor<i64>)
        -> (tensor<4xf32>, tensor<4xf32>) {
      %w1, %m1 = train.update "momentum" %w, %g slots(%m) at %lr, %step {beta1 = 0.9 : f64, beta2 = 0.999 : f64,
        eps = 1.0e-8 : f64, momentum = 0.9 : f64, weight_decay = 0.0 : f64}
        : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f64>, tensor<i64>) -> (tensor<4xf32>, tensor<4xf32>)
      return %w1, %m1 : tensor<4xf32>, tensor<4xf32>
    }
    ```

    C1: `optimizer` is in the table.
    C2: there is one slot of the parameter's type for each that the optimizer has.
    C3: the results are of the parameter's type, one more than there are slots.
  }];
  let arguments = (ins StrAttr:$optimizer, TensorOf<[AnyFloat]>:$parameter, TensorOf<[AnyFloat]>:$gradient,
                   Variadic<TensorOf<[AnyFloat]>>:$slots, 0DTensorOf<[F64]>:$lr, 0DTensorOf<[I64]>:$step,
                   F64Attr:$momentum, F64Attr:$beta1, F64Attr:$beta2, F64Attr:$eps, F64Attr:$weight_decay);
  let results = (outs Variadic<TensorOf<[AnyFloat]>>:$results);
  let assemblyFormat = [{
    $optimizer $parameter `,` $gradient `slots` `(` $slots `)` `at` $lr `,` $step attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // DS_DIALECTS_TRAIN_TRAINJOBOPS_TD
