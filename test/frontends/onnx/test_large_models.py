"""Models beyond 2 GiB are read through mappings. The files are sparse, so little is written."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import os
import subprocess
from pathlib import Path

import onnx
from onnx import TensorProto, helper

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("DS_BUILD_DIR", ROOT / "build"))
ROWS, COLUMNS = 1024, 600_000
BYTES = ROWS * COLUMNS * 4
assert BYTES > 2**31


def varint(number):
    return bytes([number]) if number < 128 else bytes([number % 128 + 128]) + varint(number // 128)


def net(weight=None):
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, ROWS])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, COLUMNS])]
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "net",
        inputs,
        outputs,
        [weight] if weight else [],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def import_model(path):
    """The IR, and the compiler's peak of memory of its own in bytes."""
    code = (
        "import resource, subprocess, sys;"
        "r = subprocess.run(sys.argv[1:]);"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss;"
        "print('peak', used * 1024, file=sys.stderr);"
        "sys.exit(r.returncode)"
    )
    command = ["python3", "-c", code, BUILD / "bin" / "ds-compile", path, "--emit", "nn"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return result.stdout, int(result.stderr.split("peak")[1])


def check(path):
    text, peak = import_model(path)
    assert f'nn.constant #nn.weight<"{path}", "w"> : tensor<{ROWS}x{COLUMNS}xf32>' in text
    assert peak < BYTES // 4, "the weight was copied"


def test_external_data_beyond_2_gib(tmp_path):
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[ROWS, COLUMNS])
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="w.bin")
    weight.external_data.add(key="offset", value="4096")
    with open(tmp_path / "w.bin", "wb") as file:
        file.truncate(4096 + BYTES)
    onnx.save(net(weight), tmp_path / "model.onnx")
    check(tmp_path / "model.onnx")


def test_a_file_beyond_2_gib(tmp_path):
    """No protobuf library writes this, but the format allows it: the message is made by hand."""
    model = net()
    tensor = TensorProto(
        name="w", data_type=TensorProto.FLOAT, dims=[ROWS, COLUMNS]
    ).SerializeToString()
    raw = varint(9 << 3 | 2) + varint(BYTES)
    initializer = varint(5 << 3 | 2) + varint(len(tensor) + len(raw) + BYTES)
    graph = model.graph.SerializeToString()
    header = varint(7 << 3 | 2) + varint(
        len(graph) + len(initializer) + len(tensor) + len(raw) + BYTES
    )
    model.ClearField("graph")
    path = tmp_path / "model.onnx"
    with open(path, "wb") as file:
        file.write(model.SerializeToString() + header + graph + initializer + tensor + raw)
        file.truncate(file.tell() + BYTES)
    check(path)
