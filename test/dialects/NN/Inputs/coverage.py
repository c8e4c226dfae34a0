"""Holds the nn dialect's tests against its definition.

Every op is in ops.mlir, every numbered constraint in invalid.mlir.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import pathlib
import re
import subprocess
import sys


def documented(tblgen: str, root: pathlib.Path, includes: str) -> dict[str, set[str]]:
    """The constraints that each op's description numbers, from mlir-tblgen's documentation."""
    command = [
        tblgen,
        "-gen-op-doc",
        "-dialect=nn",
        "-I",
        str(root),
        "-I",
        includes,
        str(root / "dialects/NN/NNOps.td"),
    ]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    sections = re.findall(r"^### `nn\.(\w+)`.*?\n(.*?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL)
    return {name: set(re.findall(r"^C(\d+): ", body, re.MULTILINE)) for name, body in sections}


def main(tblgen: str, includes: str, root: str) -> int:
    folder = pathlib.Path(root) / "test/dialects/NN"
    round_trip = set(re.findall(r"CHECK: .*?\bnn\.(\w+)", (folder / "ops.mlir").read_text()))
    negative = set(
        re.findall(r"func\.func @(\w+?_c\d+)(?=[_(])", (folder / "invalid.mlir").read_text())
    )
    ops = documented(tblgen, pathlib.Path(root), includes)
    missing = [f"ops.mlir: no round trip of nn.{name}" for name in ops if name not in round_trip]
    missing += [
        f"invalid.mlir: no @{name}_c{number}"
        for name, numbers in ops.items()
        for number in sorted(numbers)
        if f"{name}_c{number}" not in negative
    ]
    if missing:
        print("\n".join(missing))
    print(
        f"{len(ops)} ops, {sum(map(len, ops.values()))} constraints, {len(missing)} without a test"
    )
    return 1 if missing or not ops else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
