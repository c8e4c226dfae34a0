"""What a trained model becomes: weights, an ONNX file, an inference program."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper
from training_jobs import BIN, load_weights, make_model, succeed, train_model

BATCH, FEATURES, CLASSES, STEPS = 8, 6, 3, 10
OPTIONS = ["--loss", "softmax_cross_entropy", "--optimizer", "adam", "--lr", "0.05"]


def net():
    """Trained weights in the graph and in a branch, running statistics, and what stays: a table in
    a Constant node and a frozen initialiser."""
    rng = np.random.default_rng(5)
    text = """
        net (double[batch, 6] x) => (double[batch, 3] y) {
          a = MatMul(x, w)
          n = BatchNormalization(a, scale, bias, mean, var)
          r = Relu(n)
          f = Mul(r, frozen)
          rows = Shape <start = 0, end = 1> (x)
          one = Constant <value = int64[1] {1}> ()
          many = Greater(rows, one)
          some = Squeeze(many)
          h = If (some) <
            then_branch = branch () => (double[batch, 40] t) { t = Add(f, inner) },
            else_branch = branch () => (double[batch, 40] e) { e = Identity(f) }
          >
          y = MatMul(h, v)
        }"""
    wide = 40  # large enough for the importer to leave the data in the file
    weights = {
        "w": rng.normal(size=(FEATURES, wide)),
        "scale": rng.normal(size=wide),
        "bias": rng.normal(size=wide),
        "mean": rng.normal(size=wide),
        "var": rng.uniform(0.5, 2, size=wide),
        "frozen": rng.normal(size=wide),
        "v": rng.normal(size=(wide, CLASSES)),
    }
    model = make_model(text, weights)
    condition = next(node for node in model.graph.node if node.op_type == "If")
    branch = next(a.g for a in condition.attribute if a.name == "then_branch")
    branch.initializer.append(numpy_helper.from_array(rng.normal(size=wide), "inner"))
    onnx.checker.check_model(model)
    return model


def examples():
    rng = np.random.default_rng(6)
    x = rng.normal(size=(3 * BATCH, FEATURES))
    return {"x": x, "label": rng.integers(0, CLASSES, 3 * BATCH)}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    run = ["--checkpoint-dir", folder / "ckpt"]
    options = [*OPTIONS, "--freeze", "frozen"]
    losses = train_model(folder, net(), examples(), *options, batch=BATCH, steps=STEPS, run=run)
    assert losses[-1] < losses[0]
    return folder


def export(folder, name):
    path = folder / name
    succeed(BIN / "ds-run", "export", folder / "job", "--checkpoint", folder / "ckpt", "-o", path)
    return path


def run_program(program, x, folder):
    np.save(folder / "x.npy", x)
    succeed(program, "--input", folder / "x.npy", "--output-dir", folder / "out")
    return np.load(folder / "out" / "y.npy")


def test_the_onnx_file_is_the_model_with_the_trained_weights(trained):
    model = onnx.load(export(trained, "trained.onnx"))
    onnx.checker.check_model(model, full_check=True)
    weights = load_weights(export(trained, "w.safetensors"))
    assert set(weights) == {"w", "scale", "bias", "mean", "var", "inner", "v"}
    have = {tensor.name: tensor for tensor in model.graph.initializer}
    assert set(have) == {*weights, "frozen"}
    before = {tensor.name: tensor for tensor in net().graph.initializer}
    for name, value in weights.items():
        np.testing.assert_array_equal(numpy_helper.to_array(have[name]), value, err_msg=name)
        if name in before:
            assert not np.array_equal(numpy_helper.to_array(before[name]), value), name
    np.testing.assert_array_equal(*(numpy_helper.to_array(m["frozen"]) for m in (have, before)))
    # All but initialisers is as it was.
    original = onnx.load(trained / "net.onnx")
    for graph in (model.graph, original.graph):
        del graph.initializer[:]
        condition = next(node for node in graph.node if node.op_type == "If")
        del next(a.g for a in condition.attribute if a.name == "then_branch").initializer[:]
    assert model == original


def test_onnxruntime_and_both_ways_to_an_inference_program_agree(trained):
    # Of f64: two matrix products and a normalisation, some hundred roundings.
    bound = {"rtol": 1e-12, "atol": 1e-12}
    x = examples()["x"]
    exported = export(trained, "t.onnx")
    # It is used with as many rows as it likes, whatever the batch of training was.
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    want = session.run(None, {"x": x})[0]
    succeed(BIN / "ds-compile", exported, "-o", trained / "from_onnx")
    np.testing.assert_allclose(run_program(trained / "from_onnx", x, trained), want, **bound)
    original = trained / "net.onnx"
    # A safetensors file, a checkpoint, and a folder of them: the newest is taken.
    for weights in (export(trained, "w.safetensors"), trained / "ckpt" / "step-00000010",
                    trained / "ckpt"):  # fmt: skip
        succeed(BIN / "ds-compile", original, "--weights", weights, "-o", trained / "program")
        np.testing.assert_allclose(run_program(trained / "program", x, trained), want, **bound)


def test_data_of_other_files_move_inside(tmp_path):
    (tmp_path / "job").mkdir()
    onnx.save(net(), tmp_path / "ext.onnx", save_as_external_data=True, location="ext.bin",
              size_threshold=64)  # fmt: skip
    np.savez(tmp_path / "data.npz", **examples())
    fixed = ["--train", "--dim", f"batch={BATCH}", *OPTIONS, "--freeze", "frozen|w"]
    succeed(BIN / "ds-compile", tmp_path / "ext.onnx", *fixed, "-o", tmp_path / "job" / "job")
    (tmp_path / "ext.bin").unlink()
    words = ["--data", tmp_path / "data.npz", "--steps", "2", "--checkpoint-dir", tmp_path / "c"]
    succeed(BIN / "ds-run", tmp_path / "job" / "job", *words)
    out = tmp_path / "out.onnx"
    words = ["export", tmp_path / "job" / "job", "--checkpoint", tmp_path / "c", "-o", out]
    succeed(BIN / "ds-run", *words)
    have = {tensor.name: tensor for tensor in onnx.load(out).graph.initializer}
    kept = [tensor for tensor in net().graph.initializer if tensor.name in ("frozen", "w")]
    assert len(kept) == 2
    for tensor in kept:
        values = numpy_helper.to_array(have[tensor.name])
        np.testing.assert_array_equal(values, numpy_helper.to_array(tensor))
