"""Writes what stands for a shared library at link time: names, versions and sizes, no code.

Symbols newer than the oldest glibc that programs support are left out, so that a program cannot
come to need one.

usage: make_stub.py READELF LIBRARY STEM
writes STEM.s (assembler) and STEM.map (a version script)."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import re
import subprocess
import sys

FLOOR = (2, 34)  # the newest symbol version that programs may need


def version_key(version):
    return tuple(int(number) for number in re.findall(r"\d+", version))


def read_symbols(readelf, library):
    """Maps each name to (version, type, size, is_weak) in the newest version allowed."""
    command = [readelf, "--dyn-syms", "--wide", library]
    table = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    symbols = {}
    for line in table.splitlines():
        fields = line.split()
        # Num: Value Size Type Bind Vis Ndx Name@Version
        if (
            len(fields) < 8
            or fields[6] in ("UND", "ABS")
            or fields[4] not in ("GLOBAL", "WEAK")
            or "@" not in fields[7]
        ):
            continue
        name, version = re.split("@+", fields[7])
        if not version.startswith("GLIBC_2") or version_key(version) > FLOOR:
            continue
        if name not in symbols or version_key(symbols[name][0]) < version_key(version):
            symbols[name] = (version, fields[3], int(fields[2]), fields[4] == "WEAK")
    return symbols


def print_assembler(symbols, out):
    for name, (_, kind, size, weak) in sorted(symbols.items()):
        section, mark = {
            "OBJECT": (".data", "object"),
            "TLS": ('.section .tdata,"awT",@progbits', "tls_object"),
        }.get(kind, (".text", "function"))
        binding = "weak" if weak else "globl"
        out.write(
            f"{section}\n.{binding} {name}\n.type {name},@{mark}\n.size {name},{size}\n{name}:\n"
        )
        if mark != "function":
            out.write(f".zero {max(size, 1)}\n")


def print_version_script(symbols, out):
    previous = ""
    for version in sorted({symbol[0] for symbol in symbols.values()}, key=version_key):
        names = "".join(
            f"  {name};\n" for name, symbol in sorted(symbols.items()) if symbol[0] == version
        )
        local = "" if previous else "local:\n  *;\n"
        out.write(f"{version} {{\nglobal:\n{names}{local}}}{previous};\n")
        previous = " " + version


def main():
    readelf, library, stem = sys.argv[1:]
    symbols = read_symbols(readelf, library)
    if not symbols:
        sys.exit(f"make_stub.py: no symbols up to glibc {FLOOR[0]}.{FLOOR[1]} in {library}")
    with open(stem + ".s", "w") as out:
        print_assembler(symbols, out)
    with open(stem + ".map", "w") as out:
        print_version_script(symbols, out)


main()
