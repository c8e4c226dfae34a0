"""The files of the repository, for the tools beside this one."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CXX = (".c", ".cpp", ".h")


@functools.cache
def names():
    """Every file that git tracks or would track, relative to ROOT."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted(name for name in set(listed.split("\0")) if name and (ROOT / name).is_file())


def with_suffix(*suffixes, below=""):
    """Those of names() that end in one of the suffixes and lie below the folder."""
    return [name for name in names() if name.endswith(suffixes) and name.startswith(below)]


@functools.cache
def text(name):
    """The text of a file; empty when it is not text."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def python():
    """Python files, with the suffix or without."""
    return [n for n in names() if n.endswith(".py") or text(n).startswith("#!/usr/bin/env python3")]


def lines(name):
    """(number from 1, line) of a file."""
    return enumerate(text(name).splitlines(), 1)
