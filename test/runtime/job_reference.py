"""The training job of job_model.cpp once more, in NumPy, and readers for the files a run writes."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import csv
import json
import struct
from pathlib import Path

import numpy as np

BATCH, FEATURES, CLASSES = 8, 4, 3
WEIGHTS = np.array(
    [0.1, -0.2, 0.3, 0.05, 0.15, -0.25, -0.1, 0.2, -0.3, 0.0, 0.1, 0.2], np.float32
).reshape(FEATURES, CLASSES)
MOMENTUM, NOISE, MEAN_RATE = 0.9, 1e-3, 0.1
BASE_RATE, WARMUP = 0.5, 3
MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def derive_key(seed, position):
    return mix((mix((seed + GOLDEN) & MASK) + position * GOLDEN) & MASK)


def noise(key, count):
    bits = [mix((key + (i + 1) * GOLDEN) & MASK) for i in range(count)]
    return np.array([(b >> 11) * 2.0**-53 - 0.5 for b in bits])


def learning_rate(step, total):
    """A linear schedule after a warm-up, as CLI.md's --lr-schedule linear --warmup 3."""
    if step <= WARMUP:
        return BASE_RATE * step / WARMUP
    return BASE_RATE * (1 - (step - 1 - WARMUP) / (total - WARMUP))


def shuffled(count, seed, epoch):
    """Fisher-Yates with splitmix64, bounded without bias."""
    state = derive_key(seed, epoch)
    order = list(range(count))

    def below(bound):
        nonlocal state
        while True:
            state = (state + GOLDEN) & MASK
            product = mix(state) * bound
            if product & MASK >= (1 << 64) % bound:
                return product >> 64

    for left in range(count, 1, -1):
        other = below(left)
        order[left - 1], order[other] = order[other], order[left - 1]
    return order


def forward(x, label, w, b, mean, weights):
    scores = (x - mean) @ w + b
    top = scores.max(1, keepdims=True)
    log_probability = scores - top - np.log(np.exp(scores - top).sum(1, keepdims=True))
    picked = log_probability[np.arange(len(x)), label]
    loss = -(weights * picked).sum() / weights.sum()
    accuracy = (weights * (scores.argmax(1) == label)).sum() / weights.sum()
    return np.exp(log_probability), loss, accuracy


def train(x, label, batches, total, seed=7):
    """The losses and the final weights of a run over these batches of indices, in f64."""
    w, b, mean = WEIGHTS.astype(np.float64), np.zeros(CLASSES), np.zeros(FEATURES)
    w_slot, b_slot = np.zeros_like(w), np.zeros_like(b)
    losses = []
    for number, indices in enumerate(batches, start=1):
        xs, labels = x[indices].astype(np.float64), label[indices]
        probability, loss, _ = forward(xs, labels, w, b, mean, np.ones(BATCH))
        losses.append(loss)
        g = (probability - np.eye(CLASSES)[labels]) / BATCH
        w_gradient = (xs - mean).T @ g + NOISE * noise(derive_key(seed, number), w.size).reshape(
            w.shape
        )
        rate = learning_rate(number, total)
        w_slot = MOMENTUM * w_slot + w_gradient
        b_slot = MOMENTUM * b_slot + g.sum(0)
        w, b = w - rate * w_slot, b - rate * b_slot
        mean = mean + MEAN_RATE * (xs.mean(0) - mean)
    return losses, {"w": w, "b": b, "norm.mean": mean}


def read_rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def read_safetensors(path):
    """By the public description of the format, not by our code."""
    data = Path(path).read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    kinds = {"F32": np.float32, "I64": np.int64}
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        body = data[8 + size + begin : 8 + size + end]
        tensors[name] = np.frombuffer(body, kinds[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def fields(data):
    """The fields of a protocol buffer message: (number, value)."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            value = varint()
        else:
            size = {1: 8, 5: 4}.get(kind) or varint()
            value = data[at : at + size]
            at += size
        yield key >> 3, value


def read_events(path):
    """What TensorFlow's record and event descriptions make of a file: a list of events."""
    data = Path(path).read_bytes()
    events = []
    while data:
        (size,) = struct.unpack("<Q", data[:8])
        assert struct.unpack("<I", data[8:12])[0] == masked(data[:8])
        body = data[12 : 12 + size]
        assert struct.unpack("<I", data[12 + size : 16 + size])[0] == masked(body)
        data = data[16 + size :]
        event = {"scalars": {}}
        for number, value in fields(body):
            if number == 1:
                event["wall_time"] = struct.unpack("<d", value)[0]
            elif number == 2:
                event["step"] = value
            elif number == 3:
                event["file_version"] = value.decode()
            elif number == 7:
                event["session"] = dict(fields(value))
            elif number == 5:
                for _, entry in fields(value):
                    parts = dict(fields(entry))
                    event["scalars"][parts[1].decode()] = struct.unpack("<f", parts[2])[0]
        events.append(event)
    return events
