"""Runs a command and checks its exit status: status.py EXPECTED COMMAND...

lit's `not` knows success and failure only.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import subprocess
import sys

found = subprocess.run(sys.argv[2:], check=False).returncode
if found != int(sys.argv[1]):
    sys.exit(f"expected exit status {sys.argv[1]}, found {found}: {' '.join(sys.argv[2:])}")
