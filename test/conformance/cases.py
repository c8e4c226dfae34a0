"""The backend tests that come with the onnx package: which there are, what they feed and expect."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import dataclasses
import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

import values

KINDS = ("node", "simple", "pytorch-converted", "pytorch-operator", "light")
# onnx wrote down one run of a random generator; no other generator is expected to repeat it.
RANDOM = re.compile(r"test_(bernoulli.*|training_dropout(_default)?(_mask)?)")


@dataclasses.dataclass(frozen=True)
class Case:
    """One test: `name` is KIND/NAME, `model` the ONNX file, None where the test makes it."""

    name: str
    model: Path | None

    @property
    def kind(self):
        """One of KINDS, or another suite's own."""
        return self.name.partition("/")[0]


@dataclasses.dataclass(frozen=True)
class DataSet:
    """Values by position; `inputs` may be fewer than the graph has (the rest has defaults)."""

    inputs: list
    outputs: list


@dataclasses.dataclass(frozen=True)
class Loaded:
    """What a Case says once its files are read."""

    inputs: list[str]
    outputs: list[str]
    data: list[DataSet]
    tolerance: values.Tolerance


def default_folder():
    """The folder onnx/backend/test/data of the installed package."""
    spec = importlib.util.find_spec("onnx")
    return Path(spec.origin).parent / "backend" / "test" / "data"


def find(folder):
    """Every Case below the folder, in a fixed order."""
    found = []
    for kind in KINDS:
        models = Path(folder, kind).glob("*.onnx" if kind == "light" else "*/model.onnx")
        named = [(m.stem if kind == "light" else m.parent.name, m) for m in models]
        found += [Case(f"{kind}/{name}", model) for name, model in sorted(named)]
    return found


def _parse(path, type_proto):
    """The value in a .pb file, whose kind only the graph's signature tells."""
    message = {"sequence_type": onnx.SequenceProto, "optional_type": onnx.OptionalProto}.get(
        type_proto.WhichOneof("value"), onnx.TensorProto
    )()
    message.ParseFromString(path.read_bytes())
    if isinstance(message, onnx.SequenceProto):
        return numpy_helper.to_list(message)
    if isinstance(message, onnx.OptionalProto):
        value = numpy_helper.to_optional(message)
        return values.EMPTY if value is None else value
    return numpy_helper.to_array(message)


def _parse_all(folder, what, signature):
    """input_0.pb, input_1.pb, ... (or output_...) of a data set, in the order of the signature."""
    count = len(list(folder.glob(f"{what}_*.pb")))
    return [_parse(folder / f"{what}_{i}.pb", signature[i].type) for i in range(count)]


def _ramp(value_info):
    """What onnx's own runner feeds the light models: a ramp from 0 to 1."""
    dims = [
        d.dim_value if d.HasField("dim_value") else 1 for d in value_info.type.tensor_type.shape.dim
    ]
    size = int(np.prod(dims))
    return (np.arange(size) / size).astype(np.float32).reshape(dims)


def load(case):
    """Reads the files of a case."""
    graph = onnx.load(case.model, load_external_data=False).graph
    inputs, outputs = list(graph.input), list(graph.output)
    tolerance = values.Tolerance()
    if case.kind == "light":
        stored = {x.name for x in graph.initializer}
        inputs = [x for x in inputs if x.name not in stored]
        expected = [
            case.model.with_name(f"{case.model.stem}_output_{i}.pb") for i in range(len(outputs))
        ]
        data = [
            DataSet(
                [_ramp(x) for x in inputs], [_parse(p, o.type) for p, o in zip(expected, outputs)]
            )
        ]
    else:
        folder = case.model.parent
        sets = sorted(folder.glob("test_data_set_*"))
        data = [
            DataSet(_parse_all(s, "input", inputs), _parse_all(s, "output", outputs)) for s in sets
        ]
        if (folder / "data.json").exists():
            own = json.loads((folder / "data.json").read_text())
            # Tests that demand more than f32 summation order allows are held at our floor.
            tolerance = values.Tolerance(
                own.get("rtol", tolerance.rtol),
                max(own.get("atol", tolerance.atol), tolerance.atol),
            )
    if RANDOM.fullmatch(case.name.partition("/")[2]):
        tolerance = dataclasses.replace(tolerance, shape_only=True)
    return Loaded([x.name for x in inputs], [x.name for x in outputs], data, tolerance)
