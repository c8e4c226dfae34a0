"""A runtime of ONNX files as a contestant of ds-bench: see there for what it reads and prints."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path

import numpy as np


def process_start():
    """When this process was started, on the clock of time.time()."""
    ticks = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")


def onnxruntime(model, inputs, threads):
    import onnxruntime as runtime

    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return lambda: dict(zip(names, session.run(None, inputs)))


def openvino(model, inputs, threads):
    import openvino as runtime

    settings = {
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
    }
    compiled = runtime.Core().compile_model(model, "CPU", settings)
    request = compiled.create_infer_request()
    names = [output.get_any_name() for output in compiled.outputs]

    def step():
        results = request.infer(inputs, share_inputs=True, share_outputs=True)
        return {name: results[number] for number, name in enumerate(names)}

    return step


RUNTIMES = {"onnxruntime": onnxruntime, "openvino": openvino}


def file_name(output):
    return "".join(c if c.isalnum() or c in "._-" else "_" for c in output) + ".npy"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runtime", choices=RUNTIMES)
    parser.add_argument("model")
    parser.add_argument("--input", action="append", default=[])
    parser.add_argument("--output-dir", type=Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    args = parser.parse_args()
    files = dict(word.split("=", 1) for word in args.input)
    inputs = {name: np.load(path) for name, path in files.items()}
    # What a runtime prints is no answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    step = RUNTIMES[args.runtime](args.model, inputs, args.threads)
    outputs = step()
    first = time.time() - process_start()
    for name, array in outputs.items():
        np.save(args.output_dir / file_name(name), np.asarray(array))
    print(json.dumps({"first_result_s": first}), file=answers, flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            step()
            times.append((time.perf_counter() - start) * 1e3)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"ms": times, "rss_mb": peak}), file=answers, flush=True)


if __name__ == "__main__":
    main()
