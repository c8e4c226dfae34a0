//===- main.cpp - ds-run: launches training jobs --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/launcher/ds_run.h"

int main(int argc, char **argv) { return ds::dsRunMain(argc, argv); }
