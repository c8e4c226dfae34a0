"""Training jobs, held against a training loop in NumPy.

The model is computed in f64 on both sides, so what is compared are definitions: losses, gradients,
optimizers, schedules. The bound is rounding: a step has about a hundred roundings of 1.1e-16 on the
way to a loss, a run has a dozen steps, and nothing here amplifies errors by more than a few times;
1e-11 leaves a wide margin and is still far from what any wrong formula gives.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import math
import subprocess

import numpy as np
import onnx
import pytest
from training_jobs import BIN, make_model, train_model

BATCH, FEATURES, HIDDEN, CLASSES, STEPS = 8, 6, 5, 3, 12
BOUND = 1e-11

MODEL = """
net (double[batch, 6] x) => (double[batch, 3] y) {
  a = MatMul(x, w1)
  h = Tanh(a)
  b = MatMul(h, w2)
  y = Add(b, bias)
}
"""


def parameters():
    rng = np.random.default_rng(1)
    return {
        "w1": rng.normal(size=(FEATURES, HIDDEN)),
        "w2": rng.normal(size=(HIDDEN, CLASSES)),
        "bias": rng.normal(size=CLASSES),
    }


def examples(integer):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(3 * BATCH, FEATURES))
    if integer:
        return x, rng.integers(0, CLASSES, size=3 * BATCH)
    return x, rng.uniform(0, 1, size=(3 * BATCH, CLASSES))


def log_softmax(y):
    shifted = y - y.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def cross_entropy(y, label, smoothing=0.0, ignored=None):
    """The loss and its derivative by the scores."""
    counts = np.ones(len(y)) if ignored is None else (label != ignored).astype(float)
    truth = np.full_like(y, smoothing / CLASSES)
    truth[np.arange(len(y)), np.where(counts > 0, label, 0)] += 1 - smoothing
    logs = log_softmax(y)
    loss = -(truth * logs).sum(axis=-1)
    gradient = (np.exp(logs) - truth) * counts[:, None]
    return (loss * counts).sum() / counts.sum(), gradient / counts.sum()


def sigmoid(y):
    return 1 / (1 + np.exp(-y))


def nll(y, label):
    picked = np.zeros_like(y)
    picked[np.arange(len(y)), label] = 1
    return -(picked * y).sum() / len(y), -picked / len(y)


def huber(y, t):
    d = y - t
    small = np.abs(d) < 1
    loss = np.where(small, 0.5 * d * d, np.abs(d) - 0.5)
    return loss.mean(), np.where(small, d, np.sign(d)) / d.size


LOSSES = {
    "softmax_cross_entropy": cross_entropy,
    "nll": nll,
    "binary_cross_entropy_with_logits": lambda y, t: (
        (np.maximum(y, 0) - y * t + np.log1p(np.exp(-np.abs(y)))).mean(),
        (sigmoid(y) - t) / y.size,
    ),
    "mse": lambda y, t: (((y - t) ** 2).mean(), 2 * (y - t) / y.size),
    "l1": lambda y, t: (np.abs(y - t).mean(), np.sign(y - t) / y.size),
    "huber": huber,
}


def gradients(p, x, label, loss):
    h = np.tanh(x @ p["w1"])
    value, dy = loss(h @ p["w2"] + p["bias"], label)
    da = (dy @ p["w2"].T) * (1 - h * h)
    return value, {"w1": x.T @ da, "w2": h.T @ dy, "bias": dy.sum(axis=0)}


def adam(s, g, t, b1=0.9, b2=0.999, eps=1e-8):
    s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
    s["v"] = b2 * s.get("v", 0) + (1 - b2) * g * g
    return s["m"] / (1 - b1**t), np.sqrt(s["v"] / (1 - b2**t)) + eps


def momentum(s, g, mu):
    s["m"] = mu * s.get("m", 0) + g
    return s["m"]


def step_sgd(w, g, s, lr, t, wd):
    return w - lr * (g + wd * w)


def step_momentum(w, g, s, lr, t, wd):
    return w - lr * momentum(s, g + wd * w, 0.9)


def step_nesterov(w, g, s, lr, t, wd):
    g = g + wd * w
    return w - lr * (g + 0.9 * momentum(s, g, 0.9))


def step_adam(w, g, s, lr, t, wd):
    m, root = adam(s, g + wd * w, t)
    return w - lr * m / root


def step_adamw(w, g, s, lr, t, wd):
    m, root = adam(s, g, t)
    return w * (1 - lr * wd) - lr * m / root


def step_adagrad(w, g, s, lr, t, wd):
    g = g + wd * w
    s["sum"] = s.get("sum", 0) + g * g
    return w - lr * g / (np.sqrt(s["sum"]) + 1e-10)


def step_rmsprop(w, g, s, lr, t, wd):
    g = g + wd * w
    s["v"] = 0.99 * s.get("v", 0) + 0.01 * g * g
    return w - lr * g / (np.sqrt(s["v"]) + 1e-8)


def step_lion(w, g, s, lr, t, wd):
    m = s.get("m", 0)
    s["m"] = 0.99 * m + 0.01 * g
    return w - lr * (np.sign(0.9 * m + 0.1 * g) + wd * w)


def step_lamb(w, g, s, lr, t, wd):
    m, root = adam(s, g, t, eps=0)
    direction = m / (root + 1e-6) + wd * w
    return w - lr * np.linalg.norm(w) / np.linalg.norm(direction) * direction


#          formula, learning rate, weight decay by default
OPTIMIZERS = {
    "sgd": (step_sgd, 0.1, 0),
    "momentum": (step_momentum, 0.05, 0),
    "nesterov": (step_nesterov, 0.05, 0),
    "adam": (step_adam, 0.01, 0),
    "adamw": (step_adamw, 0.01, 0.01),
    "adagrad": (step_adagrad, 0.05, 0),
    "rmsprop": (step_rmsprop, 0.01, 0),
    "lion": (step_lion, 0.01, 0),
    "lamb": (step_lamb, 0.01, 0.01),
}


def reference(
    optimizer="sgd",
    loss=cross_entropy,
    decay=None,
    clip=None,
    accumulate=1,
    rate=lambda step, lr: lr,
    frozen=(),
    data=None,
    seen=None,
):
    """The losses that a loop in NumPy sees; `seen` takes the parameters at the end."""
    formula, lr, default_decay = OPTIMIZERS[optimizer]
    x, label = examples(True) if data is None else data
    p, slots = parameters(), {name: {} for name in parameters()}
    losses, position = [], 0
    for t in range(1, STEPS + 1):
        parts = []
        for _ in range(accumulate):
            rows = np.arange(position, position + BATCH) % len(x)
            parts.append(gradients(p, x[rows], label[rows], loss))
            position += BATCH
        losses.append(np.mean([value for value, _ in parts]))
        g = {
            name: np.mean([grad[name] for _, grad in parts], axis=0)
            for name in p
            if name not in frozen
        }
        if clip:
            norm = math.sqrt(sum((v * v).sum() for v in g.values()))
            g = {name: v * min(1.0, clip / (norm + 1e-6)) for name, v in g.items()}
        for name, v in g.items():
            wd = default_decay if decay is None else decay
            p[name] = formula(p[name], v, slots[name], rate(t, lr), t, wd)
    if seen is not None:
        seen.update(p)
    return losses


def train(tmp_path, *options, data=None, steps=STEPS, run=()):
    """The losses of a job that ds-compile and ds-run make."""
    x, label = examples(True) if data is None else data
    data = {"x": x, "label": label}
    model = make_model(MODEL, parameters())
    return train_model(tmp_path, model, data, *options, batch=BATCH, steps=steps, run=run)


def options_of(optimizer):
    return ["--optimizer", optimizer, "--lr", str(OPTIMIZERS[optimizer][1])]


CROSS_ENTROPY = ["--loss", "softmax_cross_entropy"]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_is_pytorchs(tmp_path, optimizer):
    have = train(tmp_path, *CROSS_ENTROPY, *options_of(optimizer))
    np.testing.assert_allclose(have, reference(optimizer), rtol=BOUND)


def test_sgd_with_momentum_is_momentum(tmp_path):
    options = ["--optimizer", "sgd", "--lr", "0.05", "--momentum", "0.9"]
    have = train(tmp_path, *CROSS_ENTROPY, *options)
    np.testing.assert_allclose(have, reference("momentum"), rtol=BOUND)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_weight_decay(tmp_path, optimizer):
    have = train(tmp_path, *CROSS_ENTROPY, *options_of(optimizer), "--weight-decay", "0.1")
    np.testing.assert_allclose(have, reference(optimizer, decay=0.1), rtol=BOUND)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_pytorchs(tmp_path, name):
    data = examples(name in ("softmax_cross_entropy", "nll"))
    have = train(tmp_path, "--loss", name, *options_of("sgd"), data=data)
    want = reference(loss=LOSSES[name], data=data)
    np.testing.assert_allclose(have, want, rtol=BOUND, atol=BOUND)


def test_label_smoothing_and_ignored_labels(tmp_path):
    x, label = examples(True)
    label[::5] = -100
    options = ["--label-smoothing", "0.2", "--ignore-label", "-100"]
    have = train(tmp_path, *CROSS_ENTROPY, *options_of("sgd"), *options, data=(x, label))
    want = reference(loss=lambda y, t: cross_entropy(y, t, 0.2, -100), data=(x, label))
    np.testing.assert_allclose(have, want, rtol=BOUND)


def test_gradients_are_clipped_together(tmp_path):
    have = train(tmp_path, *CROSS_ENTROPY, *options_of("momentum"), "--clip-norm", "0.1")
    np.testing.assert_allclose(have, reference("momentum", clip=0.1), rtol=BOUND)


def test_gradients_of_several_batches_are_averaged(tmp_path):
    have = train(tmp_path, *CROSS_ENTROPY, *options_of("adamw"), "--accumulate", "3")
    np.testing.assert_allclose(have, reference("adamw", accumulate=3), rtol=BOUND)


def test_frozen_parameters_stay(tmp_path):
    have = train(tmp_path, *CROSS_ENTROPY, *options_of("sgd"), "--freeze", "w.*")
    np.testing.assert_allclose(have, reference(frozen=("w1", "w2")), rtol=BOUND)


SCHEDULES = {
    "linear": lambda t: 1 - t / (STEPS - 2),
    "cosine": lambda t: (1 + math.cos(math.pi * t / (STEPS - 2))) / 2,
    "step": lambda t: 0.5 ** (t // 3),
}


@pytest.mark.parametrize("kind", SCHEDULES)
def test_learning_rates_follow_their_schedule(tmp_path, kind):
    extra = ["--lr-step-size", "3", "--lr-gamma", "0.5"] if kind == "step" else []
    options = [*options_of("sgd"), "--lr-schedule", kind, "--warmup", "2", *extra]
    have = train(tmp_path, *CROSS_ENTROPY, *options)

    def rate(t, lr):
        return lr * t / 2 if t <= 2 else lr * SCHEDULES[kind](t - 2 - 1)

    np.testing.assert_allclose(have, reference(rate=rate), rtol=BOUND)


def test_options_come_from_a_file_and_go_to_one(tmp_path):
    (tmp_path / "train.toml").write_text(
        'loss = "softmax_cross_entropy"\noptimizer = "momentum"\nlr = 1.0\nclip-norm = 0.1\n'
    )
    config = ["--config", tmp_path / "train.toml", "--lr", "0.05"]
    have = train(tmp_path, *config, "--save-config", tmp_path / "saved.toml")
    np.testing.assert_allclose(have, reference("momentum", clip=0.1), rtol=BOUND)
    again = tmp_path / "again"
    again.mkdir()
    assert train(again, "--config", tmp_path / "saved.toml") == have


def refused(tmp_path, *options):
    onnx.save(make_model(MODEL, parameters()), tmp_path / "net.onnx")
    command = [BIN / "ds-compile", tmp_path / "net.onnx", *options, "-o", tmp_path / "job"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2 and not (tmp_path / "job").exists(), done.stderr
    return done.stderr


def test_wrong_use_says_what_was_expected(tmp_path):
    assert "'--train' needs a loss" in refused(tmp_path, "--train")
    assert "did you mean 'adam'" in refused(
        tmp_path, "--train", *CROSS_ENTROPY, "--optimizer", "adamv"
    )
    for optimizer, setting in (("adam", "momentum"), ("sgd", "beta1"), ("lion", "eps")):
        options = ["--optimizer", optimizer, f"--{setting}", "0.5"]
        expected = f"'--{setting}' is no setting of '--optimizer {optimizer}'"
        assert expected in refused(tmp_path, "--train", *CROSS_ENTROPY, *options)
    assert "it needs --train" in refused(tmp_path, "--lr", "0.1")
    assert 'is no output of the model: expected "y"' in refused(
        tmp_path, "--train", *CROSS_ENTROPY, "--output", "z"
    )
    assert "nothing to train" in refused(tmp_path, "--train", *CROSS_ENTROPY, "--freeze", ".*")
    assert "expects batches of a fixed size" in refused(
        tmp_path, "--train", *CROSS_ENTROPY, "--accumulate", "2"
    )
