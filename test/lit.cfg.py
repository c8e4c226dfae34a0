# The lit suite: every .mlir, .onnxtxt and .test file below. Folders mirror the source tree.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import os
import shutil

import lit.formats

config.name = "ds"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".onnxtxt", ".test"]
# Catch2 and pytest folders. A folder whose Python files are lit tests has a lit.local.cfg for that.
config.excludes = ["Inputs", "conformance", "lit.cfg.py", "runtime", "unit"]
config.test_source_root = os.path.join(config.ds_source_root, "test")
config.test_exec_root = os.path.join(config.ds_binary_root, "test", "lit")

bin_dir = os.path.join(config.ds_binary_root, "bin")
config.environment["PATH"] = os.pathsep.join([bin_dir, config.llvm_tools_dir, os.environ["PATH"]])
config.environment["PYTHONPATH"] = os.path.join(config.ds_source_root, "frontends", "python")
for name in ("ASAN_OPTIONS", "CCACHE_DIR", "HOME", "UBSAN_OPTIONS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

# %build: the build folder; %root: the source tree; %cxx: the compiler that built us;
# %plugin_build_type: of a plugin that fits this build; %unfit_build_type: of one that does not;
# %make_onnx %s -o FILE: an ONNX file of a model in ONNX's text form.
make_onnx = os.path.join(config.test_source_root, "Inputs", "make_onnx.py")
config.substitutions += [
    ("%build", config.ds_binary_root),
    ("%cxx", config.ds_cxx),
    ("%llvm_tools", config.llvm_tools_dir),
    ("%make_onnx", f"{config.python} {make_onnx}"),
    ("%mlir_dir", config.mlir_dir),
    ("%plugin_build_type", "Debug" if config.ds_assertions else "Release"),
    ("%unfit_build_type", "Release" if config.ds_assertions else "Debug"),
    ("%python", config.python),
    ("%root", config.ds_source_root),
]

# What a test may ask for with REQUIRES; without it the test is reported as unsupported.
with open("/proc/cpuinfo") as cpuinfo:
    cpu_flags = set(next((line for line in cpuinfo if line.startswith("flags")), "").split())
for feature, flag in (
    ("avx2", "avx2"),
    ("avx512", "avx512f"),
    ("avx512-bf16", "avx512_bf16"),
    ("amx", "amx_tile"),
):
    if flag in cpu_flags:
        config.available_features.add(feature)
if shutil.which("ptxas") or os.access("/usr/local/cuda/bin/ptxas", os.X_OK):
    config.available_features.add("ptxas")
    config.environment["PATH"] += os.pathsep + "/usr/local/cuda/bin"
if os.path.exists("/dev/nvidiactl"):
    config.available_features.add("cuda")
if shutil.which("mpirun"):
    config.available_features.add("mpi")
for tool in ("ds-run",):
    if os.access(os.path.join(bin_dir, tool), os.X_OK):
        config.available_features.add(tool)
if config.ds_sanitizer:
    config.available_features.add("sanitizer")
