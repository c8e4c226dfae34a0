//===- Passes.td - passes that make and finish gradients -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_AUTODIFF_PASSES_TD
#define DS_PASSES_AUTODIFF_PASSES_TD

include "mlir/Pass/PassBase.td"

def AutodiffPass : Pass<"ds-autodiff", "::mlir::ModuleOp"> {
  let summary = "replace gradient requests by code";
  let description = [{
    Replaces each `train.vjp` by the body of its callee and the code of the gradients, in reverse mode. Every op on the way says
    its own derivative (`DifferentiableOpInterface`).

    Requires nn-level IR whose functions have one block, and control flow in `scf`; guarantees that no `train.vjp` is left.
    Callees that hold requests themselves are expanded first, so second derivatives come by nesting. Runs first after import:
    everything later sees backward as it sees forward.

    Fails at an op on the way from a seeded result to an argument in `wrt` that has no derivative: the error is at that op, and
    a note at each step of the way says how the gradient came there.

    Example:
    ```mlir
    func.func private @model(%x: tensor<4xf32>, %w: tensor<4xf32>) -> tensor<f32> {
      %0 = nn.mul %x, %w : tensor<4xf32>
      %1 = nn.reduce sum %0 {dims = array<i64: 0>} : tensor<4xf32> -> tensor<f32>
      return %1 : tensor<f32>
    }
    func.func @step(%x: tensor<4xf32>, %w: tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
      %seed = train.seed : tensor<f32>
      %loss, %dw = train.vjp @model(%x, %w) seeds(%seed : tensor<f32>) {wrt = array<i64: 1>, seeded = array<i64: 0>}
        : (tensor<4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>)
      return %loss, %dw : tensor<f32>, tensor<4xf32>
    }
    ```
    becomes
    ```mlir
    func.func @step(%x: tensor<4xf32>, %w: tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
      %seed = train.seed : tensor<f32>
      %0 = nn.mul %x, %w : tensor<4xf32>
      %loss = nn.reduce sum %0 {dims = array<i64: 0>} : tensor<4xf32> -> tensor<f32>
      %1 = nn.broadcast %seed [] {dims = array<i64>} : tensor<f32> -> tensor<4xf32>
      %dw = nn.mul %1, %x : tensor<4xf32>
      return %loss, %dw : tensor<f32>, tensor<4xf32>
    }
    ```
  }];
  let dependentDialects = ["::ds::nn::NNDialect", "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def LowerTrainPass : Pass<"ds-lower-train", "::mlir::func::FuncOp"> {
  let summary = "replace seeds by the number that they are";
  let description = [{
    Replaces each `train.seed` by the constant 1. Requires that no later pass has to tell backward from forward; guarantees that
    no `train.seed` is left. Runs behind everything that plans backward, before simplification and layout. Never gives up.

    Example:
    ```mlir
    func.func @f() -> tensor<f32> {
      %0 = train.seed : tensor<f32>
      return %0 : tensor<f32>
    }
    ```
    becomes
    ```mlir
    func.func @f() -> tensor<f32> {
      %0 = nn.constant dense<1.0> : tensor<f32>
      return %0 : tensor<f32>
    }
    ```
  }];
  let dependentDialects = ["::ds::nn::NNDialect"];
}

def LowerUpdatesPass : Pass<"ds-lower-updates", "::mlir::func::FuncOp"> {
  let summary = "replace updates of parameters by their formulas";
  let description = [{
    Replaces each `train.update` by nn ops, after the table of optimizers. Requires that no later pass shards or combines updates;
    guarantees that no `train.update` is left. Runs behind everything that plans training, so that the formulas fuse like any other
    elementwise code. Never gives up.

    Example:
    ```mlir
    func.func @f(%w: tensor<4xf32>, %g: tensor<4xf32>, %lr: tensor<f64>, %step: tensor<i64>) -> tensor<4xf32> {
      %0 = train.update "sgd" %w, %g slots() at %lr, %step {beta1 = 0.9 : f64, beta2 = 0.999 : f64, eps = 1.0e-8 : f64,
        momentum = 0.0 : f64, weight_decay = 0.0 : f64}
        : (tensor<4xf32>, tensor<4xf32>, tensor<f64>, tensor<i64>) -> tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```
    becomes
    ```mlir
    func.func @f(%w: tensor<4xf32>, %g: tensor<4xf32>, %lr: tensor<f64>, %step: tensor<i64>) -> tensor<4xf32> {
      %0 = nn.cast %lr : tensor<f64> -> tensor<f32>
      %1 = nn.broadcast %0 [] {dims = array<i64>} : tensor<f32> -> tensor<4xf32>
      %2 = nn.mul %1, %g : tensor<4xf32>
      %3 = nn.sub %w, %2 : tensor<4xf32>
      return %3 : tensor<4xf32>
    }
    ```
  }];
  let dependentDialects = ["::ds::nn::NNDialect", "::mlir::arith::ArithDialect"];
}

def RequestGradientsPass : Pass<"ds-request-gradients", "::mlir::ModuleOp"> {
  let summary = "make a model the function of its gradients";
  let description = [{
    Replaces the one public function by one of the same name that also takes a cotangent for each result of floats,
    `NAME/cotangent`, and also yields a gradient by each argument of floats, `NAME/gradient`: compiled, a model becomes the
    program of its own gradients.

    Requires nn-level IR in front of `ds-autodiff`; guarantees a `train.vjp`, and a private function under a new name. In no
    pipeline: `ds-compile --at after-import=ds-request-gradients` asks for it. Fails with an error when there is not one public
    function, or nothing of floats in it.

    Example:
    ```mlir
    func.func @main(%x: tensor<4xf32> {ds.name = "x"}) -> (tensor<4xf32> {ds.name = "y"}) {
      %0 = nn.exp %x : tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```
    becomes
    ```mlir
    func.func private @main_0(%x: tensor<4xf32> {ds.name = "x"}) -> (tensor<4xf32> {ds.name = "y"}) {
      %0 = nn.exp %x : tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    func.func @main(%x: tensor<4xf32> {ds.name = "x"}, %g: tensor<4xf32> {ds.name = "y/cotangent"})
        -> (tensor<4xf32> {ds.name = "y"}, tensor<4xf32> {ds.name = "x/gradient"}) {
      %0:2 = train.vjp @main_0(%x) seeds(%g : tensor<4xf32>) {wrt = array<i64: 0>, seeded = array<i64: 0>}
        : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
      return %0#0, %0#1 : tensor<4xf32>, tensor<4xf32>
    }
    ```
  }];
  let dependentDialects = ["::ds::train::TrainDialect", "::mlir::func::FuncDialect"];
}

def WidenFloatsPass : Pass<"ds-widen-floats", "::mlir::ModuleOp"> {
  let summary = "compute in f64 what is computed in narrower floats";
  let description = [{
    Gives every tensor of floats f64 elements: arguments, results, what loops carry, and defaults of arguments. Constants keep
    their data and are cast; so does an op that is not one of f64, such as `nn.bitcast` of f32. Scalars of the host keep their
    type, since sizes are computed from them.

    Requires nn-level IR; guarantees the same, without the rounding of narrow floats. In no pipeline: central differences, which
    gradients are held against, need it. Fails with an error when the default of an argument cannot be read.

    Example:
    ```mlir
    func.func @main(%x: tensor<2xf32>) -> tensor<2xi32> {
      %c = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
      %0 = nn.mul %x, %c : tensor<2xf32>
      %1 = nn.bitcast %0 : tensor<2xf32> -> tensor<2xi32>
      return %1 : tensor<2xi32>
    }
    ```
    becomes
    ```mlir
    func.func @main(%x: tensor<2xf64>) -> tensor<2xi32> {
      %c = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
      %wide = nn.cast %c : tensor<2xf32> -> tensor<2xf64>
      %0 = nn.mul %x, %wide : tensor<2xf64>
      %narrow = nn.cast %0 : tensor<2xf64> -> tensor<2xf32>
      %1 = nn.bitcast %narrow : tensor<2xf32> -> tensor<2xi32>
      return %1 : tensor<2xi32>
    }
    ```
  }];
  let dependentDialects = ["::ds::nn::NNDialect"];
}

#endif // DS_PASSES_AUTODIFF_PASSES_TD
