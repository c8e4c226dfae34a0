"""Turns a model in ONNX's text form into an ONNX file, for lit tests: make_onnx.py TEXT -o FILE.

A text file may carry RUN and CHECK lines as `#` comments; the checks of onnx are not run, so that
broken models can be made too.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import argparse
import re
from pathlib import Path

import onnx
import onnx.parser

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("text", type=Path)
parser.add_argument("-o", dest="output", type=Path, required=True)
args = parser.parse_args()
# The parser knows comments, but not before the first token.
text = re.sub(r"^\s*#.*$", "", args.text.read_text(), flags=re.MULTILINE)
args.output.parent.mkdir(parents=True, exist_ok=True)
onnx.save(onnx.parser.parse_model(text), args.output)
