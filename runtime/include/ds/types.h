/* Types shared by the public C ABI, the compiler and compiled models.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * C11, no dependencies. */
#ifndef DS_TYPES_H
#define DS_TYPES_H

#include <stdint.h>

/* Element types. The numbers are part of the ABI and never change. */
typedef enum {
  DS_BOOL = 1,
  DS_INT2 = 2, /* 2- and 4-bit elements take a byte each in buffers */
  DS_INT4 = 3,
  DS_INT8 = 4,
  DS_INT16 = 5,
  DS_INT32 = 6,
  DS_INT64 = 7,
  DS_UINT2 = 8,
  DS_UINT4 = 9,
  DS_UINT8 = 10,
  DS_UINT16 = 11,
  DS_UINT32 = 12,
  DS_UINT64 = 13,
  DS_FLOAT16 = 14,
  DS_BFLOAT16 = 15,
  DS_FLOAT32 = 16,
  DS_FLOAT64 = 17,
  DS_FLOAT8E4M3FN = 18,
  DS_FLOAT8E4M3FNUZ = 19,
  DS_FLOAT8E5M2 = 20,
  DS_FLOAT8E5M2FNUZ = 21,
  DS_FLOAT8E8M0FNU = 22,
  DS_FLOAT4E2M1FN = 23, /* a byte each, the code in the low four bits */
  DS_COMPLEX64 = 24,
  DS_COMPLEX128 = 25,
  DS_STRING = 26 /* ds_string_t each */
} ds_element_type_t;

/* What a value of a signature is. */
typedef enum {
  DS_TENSOR = 0,
  DS_SEQUENCE = 1,
  DS_OPTIONAL = 2
} ds_value_kind_t;

/* What a value of a signature is for. */
typedef enum {
  DS_ROLE_DATA = 0,      /* what the caller computes with, or wants computed */
  DS_ROLE_PARAMETER = 1, /* what training changes */
  DS_ROLE_STATE =
      2,             /* what else a step hands to the next: an optimizer's
                        slots,     named "<parameter>/<slot>", running statistics */
  DS_ROLE_HYPER = 3, /* rank 0, chosen by whoever trains: "lr", "step" (from 1),
                        "key" (of the random stream) */
  DS_ROLE_METRIC = 4 /* outputs of rank 0 to be reported: "loss", ... */
} ds_role_t;

/* UTF-8 text; not terminated. */
typedef struct {
  const char *data;
  int64_t size;
} ds_string_t;

#define DS_MAX_RANK 16

#endif /* DS_TYPES_H */
