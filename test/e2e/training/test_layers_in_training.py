"""Layers that do something else in training than in inference: batch normalisation, dropout."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import numpy as np
import onnx.parser
import pytest
from onnx import numpy_helper
from training_jobs import BIN, load_weights, make_model, succeed, train_model

BATCH, FEATURES, HIDDEN, STEPS, LR, EPS = 8, 6, 5, 12, 0.1, 1e-5
# As in test_training.py: a hundred roundings a step in f64, a dozen steps.
BOUND = 1e-11


def examples():
    rng = np.random.default_rng(2)
    shape = (3 * BATCH, FEATURES)
    return {"x": rng.normal(size=shape), "label": rng.normal(size=(3 * BATCH, HIDDEN))}


MSE = ["--loss", "mse", "--optimizer", "sgd", "--lr", str(LR)]


def test_batch_normalization_uses_the_batch_and_moves_the_running_statistics(tmp_path):
    rng = np.random.default_rng(3)
    p = {
        "w": rng.normal(size=(FEATURES, HIDDEN)),
        "scale": rng.normal(size=HIDDEN),
        "bias": rng.normal(size=HIDDEN),
        "mean": rng.normal(size=HIDDEN),
        "var": rng.uniform(0.5, 2, size=HIDDEN),
    }
    net = make_model(
        f"""net (double[batch, 6] x) => (double[batch, 5] y) {{
          a = MatMul(x, w)
          y = BatchNormalization<epsilon = {EPS}, momentum = 0.8>(a, scale, bias, mean, var)
        }}""",
        p,
    )
    data = examples()
    checkpoints = ["--checkpoint-dir", tmp_path / "ckpt"]
    have = train_model(tmp_path, net, data, *MSE, batch=BATCH, steps=STEPS, run=checkpoints)

    # ONNX attributes are f32. Ioffe and Szegedy, ICML 2015, section 3.
    epsilon, momentum = float(np.float32(EPS)), float(np.float32(0.8))
    want = []
    for step in range(STEPS):
        rows = np.arange(step * BATCH, (step + 1) * BATCH) % (3 * BATCH)
        x, t = data["x"][rows], data["label"][rows]
        a = x @ p["w"]
        mean, var = a.mean(axis=0), a.var(axis=0)
        root = np.sqrt(var + epsilon)
        n = (a - mean) / root
        y = n * p["scale"] + p["bias"]
        want.append(((y - t) ** 2).mean())
        dy = 2 * (y - t) / y.size
        dn = dy * p["scale"]
        da = (dn - dn.mean(axis=0) - n * (dn * n).mean(axis=0)) / root
        p["w"] = p["w"] - LR * x.T @ da
        p["scale"] = p["scale"] - LR * (dy * n).sum(axis=0)
        p["bias"] = p["bias"] - LR * dy.sum(axis=0)
        p["mean"] = momentum * p["mean"] + (1 - momentum) * mean
        # As torch.nn.BatchNorm1d has it: the batch's is estimated without bias.
        unbiased = var * BATCH / (BATCH - 1)
        p["var"] = momentum * p["var"] + (1 - momentum) * unbiased
    np.testing.assert_allclose(have, want, rtol=BOUND)

    weights = tmp_path / "weights.safetensors"
    command = ["export", tmp_path / "job", *("--checkpoint", tmp_path / "ckpt"), "-o", weights]
    succeed(BIN / "ds-run", *command)
    trained = load_weights(weights)
    for name, value in p.items():
        np.testing.assert_allclose(trained[name], value, rtol=BOUND, atol=BOUND, err_msg=name)


def dropout(ratio):
    rng = np.random.default_rng(4)
    return make_model(
        """net (double[batch, 6] x) => (double[batch, 5] y) {
          d = Dropout(x, ratio)
          y = MatMul(d, w)
        }""",
        {"w": rng.normal(size=(FEATURES, HIDDEN)), "ratio": np.float32(ratio)},
    )


def test_dropout_of_nothing_is_the_identity(tmp_path):
    (tmp_path / "without").mkdir()
    have = train_model(tmp_path, dropout(0), examples(), *MSE, batch=BATCH, steps=STEPS)
    options = [*MSE, "--no-dropout"]
    without = tmp_path / "without"
    assert have == train_model(
        without, dropout(0.5), examples(), *options, batch=BATCH, steps=STEPS
    )


@pytest.mark.parametrize("ratio", [0.25, 0.5])
def test_dropout_drops_its_share_and_draws_anew_each_step(tmp_path, ratio):
    # Ones go in, the weights are one and stay as they are: an output is the sum of what was kept,
    # over 1 - ratio, and the loss against zero is the mean of its squares.
    wide, rows = 1000, 50
    net = make_model(
        """net (double[batch, 1000] x) => (double[batch, 1] y) {
          d = Dropout(x, ratio)
          y = MatMul(d, w)
        }""",
        {"w": np.full((wide, 1), 1 / wide), "ratio": np.float32(ratio)},
    )
    data = {"x": np.ones((rows, wide)), "label": np.zeros((rows, 1))}
    still = ["--loss", "mse", "--optimizer", "sgd", "--lr", "0"]
    for seed in ("1", "2"):
        (tmp_path / seed).mkdir()
    first, again, other = (
        train_model(
            tmp_path / seed, net, data, *still, batch=rows, steps=STEPS, run=["--seed", seed]
        )
        for seed in ("1", "1", "2")
    )
    assert first == again
    assert first != other
    assert len(set(first)) == STEPS
    # The mean of the squares is 1 + q / ((1 - q) wide); that of one row has a standard deviation of
    # about 2 sqrt(q / ((1 - q) wide)), and a step has 50 rows: six of them is never seen by chance.
    spread = 2 * np.sqrt(ratio / (1 - ratio) / wide / rows)
    expected = 1 + ratio / (1 - ratio) / wide
    assert np.abs(np.array(first) - expected).max() < 6 * spread


def test_a_loss_that_holds_a_gradient(tmp_path):
    rng = np.random.default_rng(5)
    w, x = rng.normal(size=FEATURES), rng.normal(size=(3 * BATCH, FEATURES))
    net = onnx.parser.parse_model(
        """<ir_version: 8, opset_import: ["": 17, "ai.onnx.preview.training": 1]>
        net (double[batch, 6] x) => (double loss) {
          p = Mul(x, w)
          t = Tanh(p)
          slope = ai.onnx.preview.training.Gradient<xs = ["x"], zs = ["w"], y = "t">(x, w)
          squares = Mul(slope, slope)
          loss = ReduceMean<keepdims = 0>(squares)
        }"""
    )
    net.graph.initializer.append(numpy_helper.from_array(w, "w"))
    options = ["--loss", "none", "--optimizer", "sgd", "--lr", str(LR)]
    have = train_model(tmp_path, net, {"x": x}, *options, batch=BATCH, steps=STEPS)

    want = []
    for step in range(STEPS):
        rows = np.arange(step * BATCH, (step + 1) * BATCH) % (3 * BATCH)
        t = np.tanh(x[rows] * w)
        slope = w * (1 - t * t)
        want.append((slope**2).mean())
        by_w = (1 - t * t) * (1 - 2 * w * x[rows] * t)
        w = w - LR * (2 * slope * by_w).sum(axis=0) / slope.size
    np.testing.assert_allclose(have, want, rtol=BOUND)


def test_inputs_may_have_the_names_of_what_a_job_adds(tmp_path):
    rng = np.random.default_rng(6)
    w = rng.normal(size=HIDDEN)
    net = make_model(
        """net (double[batch, 5] mask, double[batch, 5] lr) => (double[batch, 5] y) {
          p = Mul(mask, w)
          y = Add(p, lr)
        }""",
        {"w": w},
    )
    shape = (3 * BATCH, HIDDEN)
    data = {name: rng.normal(size=shape) for name in ("mask", "lr", "label")}
    np.savez(tmp_path / "eval.npz", **{name: value[:-3] for name, value in data.items()})
    run = ["--eval", tmp_path / "eval.npz"]
    have = train_model(tmp_path, net, data, *MSE, batch=BATCH, steps=STEPS, run=run)
    want = []
    for step in range(STEPS):
        rows = np.arange(step * BATCH, (step + 1) * BATCH) % (3 * BATCH)
        x = data["mask"][rows]
        error = x * w + data["lr"][rows] - data["label"][rows]
        want.append((error**2).mean())
        w = w - LR * (2 * error * x).sum(axis=0) / error.size
    np.testing.assert_allclose(have, want, rtol=BOUND)


def note(proto, key, value):
    proto.metadata_props.add(key=f"pkg.{key}", value=value)


def test_what_the_exporter_calls_constant_is_not_trained(tmp_path):
    rng = np.random.default_rng(7)
    w, table, scale = rng.normal(size=(FEATURES, HIDDEN)), rng.normal(size=HIDDEN), np.array([0.5])
    net = make_model(
        """net (double[batch, 6] x) => (double[batch, 5] y) {
          a = MatMul(x, w)
          b = Mul(a, scale)
          y = Add(b, table)
        }""",
        {"w": w, "table": table, "scale": scale},
    )
    # As torch.onnx.export(dynamo=True) writes it; the weight is a folded transpose.
    note(
        net.graph,
        "torch.export.ExportedProgram.graph_signature",
        "\n# inputs\np_fc_weight: PARAMETER target='fc.weight'\n"
        "b_table: BUFFER target='table' persistent=True\nx: USER_INPUT\n",
    )
    for name, sources in (("w", "['fc.weight', 'val_1']"), ("scale", "['val_2', 'val_3']")):
        value = net.graph.value_info.add(name=name)
        note(value, "onnxscript.optimizer.folded_from", sources)

    def reference(trained):
        p, losses = {"w": w, "table": table, "scale": scale}, []
        for step in range(STEPS):
            rows = np.arange(step * BATCH, (step + 1) * BATCH) % (3 * BATCH)
            x, t = data["x"][rows], data["label"][rows]
            a = x @ p["w"]
            error = a * p["scale"] + p["table"] - t
            losses.append((error**2).mean())
            dy = 2 * error / error.size
            gradients = {
                "w": x.T @ dy * p["scale"],
                "table": dy.sum(axis=0),
                "scale": (dy * a).sum(keepdims=True)[0],
            }
            for name in trained:
                p[name] = p[name] - LR * gradients[name]
        return losses

    data = examples()
    for options, trained in (([], ["w"]), (["--trainable", "w|table"], ["w", "table"])):
        folder = tmp_path / str(len(trained))
        folder.mkdir()
        have = train_model(folder, net, data, *MSE, *options, batch=BATCH, steps=STEPS)
        np.testing.assert_allclose(have, reference(trained), rtol=BOUND)
