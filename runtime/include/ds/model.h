/* The contract between a compiled model and the runtime linked beside it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What a model object exports (`ds_model`), and the calls that generated host
 * code makes. Programs use ds/runtime.h instead.
 *
 * C11, no dependencies. Every pointer in a ds_model_t is constant data of the
 * program and lives as long as it does. */
#ifndef DS_MODEL_H
#define DS_MODEL_H

#include "ds/types.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define DS_NORETURN [[noreturn]]
#else
#define DS_NORETURN _Noreturn
#endif

#define DS_MODEL_MAGIC 0x4C444F4D53444E4EULL
/* Raised whenever a field or a call of this file changes; runtime and model
 * object must agree exactly. */
#define DS_MODEL_VERSION 3u

/* State of one run of one instance; generated code only passes it on. */
typedef struct ds_run ds_run_t;

/* A sequence of tensors, or an optional: a list of one tensor or none. Lists
 * and their tensors never change; NULL is the empty list. They live until the
 * instance starts its next run. */
typedef struct ds_list ds_list_t;

/* A value of the model's signature. Type and extents of a sequence or optional
 * are those of its elements. */
typedef struct {
  const char *name;
  int32_t kind;         /* ds_value_kind_t */
  int32_t element_type; /* ds_element_type_t */
  int32_t rank;         /* -1: any rank, only of sequences and optionals */
  const int64_t *dims;  /* `rank` extents, -1 where dynamic */
  const char *const
      *dim_names;         /* `rank` names, NULL where a dimension has none */
  int64_t default_offset; /* inputs: byte offset of the default value in the
                             weights, DS_NO_DEFAULT or DS_ZERO_DEFAULT */
  int32_t role;           /* ds_role_t */
  int32_t donor; /* outputs: index of the input that this output replaces, -1:
                    none. Both may be bound to the same memory: the function
                    reads that input to the end before it writes the output. */
} ds_tensor_info_t;

#define DS_NO_DEFAULT (-1)
#define DS_ZERO_DEFAULT (-2) /* all bytes 0, from the caller */

/* One argument of a kernel launch. The argument array holds, for every tensor
 * in order, its data pointer followed by its dynamic extents (int64_t in a
 * pointer-sized slot); tensors are dense and row-major. */
typedef struct {
  int32_t slot; /* position of the data pointer in the argument array */
  int32_t element_type;
  int32_t rank;
  int32_t is_output;
  const int64_t *dims; /* `rank` extents; -1 - k means: slot k holds it */
} ds_launch_argument_t;

typedef struct {
  const char *kernel; /* symbol of the kernel */
  const char *nodes;  /* names of the model's nodes this launch computes,
                         separated by ", " */
  int32_t argument_count;
  const ds_launch_argument_t *arguments;
} ds_launch_info_t;

/* A key and its value from the model's metadata. */
typedef struct {
  const char *key;
  const char *value;
} ds_metadata_t;

/* An entry point: one for inference, "main"; a training job has "step" and
 * "evaluate", whose inputs of one name are one value to whoever keeps it. */
typedef struct {
  const char *name;
  int32_t input_count;
  int32_t output_count;
  int32_t launch_count;
  int32_t reserved;
  const ds_tensor_info_t *inputs;
  const ds_tensor_info_t *outputs;
  const ds_launch_info_t *launches;
  int64_t arena_bytes;   /* one 64-byte aligned block per instance; the plan's
                            peak for static buffers */
  const char *plan_json; /* the memory plan */
  void (*const *run)(ds_run_t *run); /* one per code version */
} ds_function_t;

/* One version of the code, for one kind of CPU. */
typedef struct {
  const char *target; /* what the code was made for: architecture and CPU, such
                         as "x86-64 znver4" */
  const char *features; /* CPU features that the code needs, "avx2,fma"; checked
                           before anything runs */
} ds_code_version_t;

typedef struct {
  uint64_t magic;             /* DS_MODEL_MAGIC */
  uint32_t version;           /* DS_MODEL_VERSION */
  int32_t code_version_count; /* at least 1 */
  int32_t function_count;     /* at least 1 */
  int32_t metadata_count;
  const char *name;
  const char *compiler;                   /* name and version of the compiler */
  const ds_code_version_t *code_versions; /* the best first */
  const ds_function_t *functions;
  const ds_metadata_t *metadata;
  const void *weights; /* NULL when there are none */
  int64_t weights_bytes;
} ds_model_t;

/* Defined by the model object. */
extern const ds_model_t ds_model;

/* ---- Called by generated host code, on the thread that runs the model ---- */

/* A call that cannot succeed records the error and leaves the run by longjmp;
 * generated code has nothing to clean up. */

/* Data of an input: dense, row-major, aligned for its element type. */
const void *ds_rt_input_data(ds_run_t *run, int32_t index);
int64_t ds_rt_input_dim(ds_run_t *run, int32_t index, int32_t dimension);
/* Where output `index` of extents `dims` is to be written: bound by the caller,
 * or owned by the instance. Called once per output and run. */
void *ds_rt_output_data(ds_run_t *run, int32_t index, const int64_t *dims);
/* The instance's arena of the function's arena_bytes; 64-byte aligned. */
void *ds_rt_arena(ds_run_t *run);
/* Buffers whose size is known at run time only. 64-byte aligned, from a pool of
 * the instance. Bytes may be 0. A negative size fails the run. What is not
 * freed lives until the instance starts its next run: the bytes of string
 * outputs belong there. */
void *ds_rt_alloc(ds_run_t *run, int64_t bytes);
void ds_rt_free(ds_run_t *run, void *data);
/* Runs kernel(arguments); profiles it, and checks its outputs for NaN and Inf,
 * where that was asked for. */
void ds_rt_launch(ds_run_t *run, int32_t launch,
                  void (*kernel)(void **arguments), void **arguments);
/* Ends the run with an error of the user's input: `message` says what was
 * expected. */
DS_NORETURN void ds_rt_fail(ds_run_t *run, const char *message);

/* ---- Sequences and optionals, on the same thread ---------------------------
 */

/* The list bound to an input that is a sequence or an optional. */
const ds_list_t *ds_rt_input_list(ds_run_t *run, int32_t index);
/* Gives an output that is a sequence or an optional its value. Called once per
 * such output and run. */
void ds_rt_output_list(ds_run_t *run, int32_t index, const ds_list_t *list);
/* `list` with a copy of a tensor in front of `position`, and `list` without the
 * tensor at `position`. Positions count from the end where negative, as in
 * ONNX; one that is out of range fails the run. */
const ds_list_t *ds_rt_list_insert(ds_run_t *run, const ds_list_t *list,
                                   int64_t position, int32_t element_type,
                                   int32_t rank, const int64_t *dims,
                                   const void *data);
const ds_list_t *ds_rt_list_erase(ds_run_t *run, const ds_list_t *list,
                                  int64_t position);
int64_t ds_rt_list_size(const ds_list_t *list);
/* Data and extents of the tensor at `position`, which is checked like above; so
 * is `dimension`. */
const void *ds_rt_list_data(ds_run_t *run, const ds_list_t *list,
                            int64_t position);
int64_t ds_rt_list_dim(ds_run_t *run, const ds_list_t *list, int64_t position,
                       int32_t dimension);

/* ---- Called by kernels --------------------------------------------------- */

/* Calls body(context, begin, end) on disjoint ranges that cover [0, count), on
 * several threads. What an index computes must not depend on the borders, which
 * may differ from run to run. Never fails. */
void ds_parallel_for(void (*body)(void *context, int64_t begin, int64_t end),
                     void *context, int64_t count);
/* Scratch memory of the calling thread, 64-byte aligned, valid until the thread
 * asks again. Kept between calls. */
void *ds_rt_scratch(int64_t bytes);
/* An angle beyond 2^27 in quarter turns: returns a number whose low two bits
 * are those of the nearest whole one, and writes what is left, at most an
 * eighth of a turn, to `rests` as a sum in radians. NaN for what is not finite.
 */
int64_t ds_rt_reduce_angle(double angle, double rests[2]);
/* The remainder of a division that is truncated, without rounding, of operands
 * that are not negative. NaN for an infinite dividend and for division by 0. */
double ds_rt_remainder(double dividend, double divisor);

#ifdef __cplusplus
}
#endif

#endif /* DS_MODEL_H */
