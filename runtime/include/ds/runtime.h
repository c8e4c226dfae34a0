/* The public C ABI of a compiled model.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Describe it, open instances of it, bind tensors, run, read the results.
 *
 * C11, no dependencies. A program made by `ds-compile` is a thin main over
 * these calls; a library made by `ds-compile --emit lib` exports exactly these
 * calls. A library holds one model; several libraries in one process are loaded
 * with dlopen(RTLD_LOCAL) and reached through dlsym.
 *
 * Rules for every call, unless it says otherwise:
 *
 * Pointers handed out belong to the callee. Those of ds_model_* calls live as
 * long as the library; those of an instance live until the next run or close of
 * that instance.
 *
 * Memory bound to an instance belongs to the caller and must live and stay in
 * place until it is unbound, bound anew, or the instance is closed.
 *
 * Instances are independent and may be used from different threads at once.
 * Calls on one instance may come from any thread; the runtime serialises them,
 * so a call waits while another thread runs the instance. No call blocks on
 * anything but that, and none throws.
 *
 * A struct with `struct_size` first grows at its end only. The caller sets it
 * to sizeof of the struct it was compiled with; the callee neither reads nor
 * writes beyond it. */
#ifndef DS_RUNTIME_H
#define DS_RUNTIME_H

#include "ds/types.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DS_API __attribute__((visibility("default")))

/* Version of this header: major * 1000 + minor. The minor part grows when calls
 * or trailing fields are added; the major part when anything existing changes
 * its meaning. A caller may use a library whose major part is the same and
 * whose minor part is not smaller. See runtime/CHANGELOG.md. */
#define DS_RUNTIME_VERSION 1002u

/* What became of a call. The numbers are also the exit codes of the tools and
 * never change. */
typedef enum {
  DS_OK = 0,
  DS_FAILED = 1, /* the work failed: out of memory, the model rejected its input
                    while running, a NaN was found */
  DS_WRONG_USE = 2, /* a wrong argument: unknown index, wrong type, rank, shape
                       or alignment, missing input */
  DS_UNSUPPORTED = 3, /* the machine or this runtime cannot do it */
  DS_BAD_FILE = 4     /* a malformed file */
} ds_status_t;

/* A dense row-major tensor. Strings are an array of ds_string_t. */
typedef struct {
  size_t struct_size;
  void *data; /* may be NULL when a dimension is 0 */
  int32_t element_type;
  int32_t rank;
  const int64_t *dims; /* `rank` extents; may be NULL when the rank is 0 */
  size_t byte_size; /* of `data`; for an output that is bound: its capacity */
} ds_tensor_t;

/* An input or output of the model's signature. Type and extents of a sequence
 * or optional are those of its elements. */
typedef struct {
  size_t struct_size;
  const char *name;
  int32_t kind; /* ds_value_kind_t */
  int32_t element_type;
  int32_t rank;        /* -1: any rank, only of sequences and optionals */
  int32_t has_default; /* inputs: 1 when it may be left unbound */
  const int64_t *dims; /* `rank` extents, -1 where dynamic */
  const char *const *dim_names; /* `rank` names, NULL where a dimension has
                                   none; equal names are hints only */
  int32_t role;                 /* ds_role_t */
  int32_t donor; /* outputs: index of the input that this output replaces, -1:
                    none */
} ds_value_info_t;

/* The model, with its first entry point. */
typedef struct {
  size_t struct_size;
  const char *name;
  const char *compiler;
  const char *target;   /* of the code version that this machine runs */
  const char *features; /* CPU features that code needs, comma separated */
  int32_t input_count;
  int32_t output_count;
  int32_t metadata_count;
  int32_t launch_count;
  int64_t arena_bytes; /* what every instance allocates for the model's static
                          buffers: the plan's peak */
  int64_t weights_bytes;
  const char *plan_json; /* the memory plan, or NULL */
  int32_t function_count;
  int32_t code_version_count;
} ds_model_description_t;

/* The model's code for one kind of CPU. */
typedef struct {
  size_t struct_size;
  const char *name;     /* of the CPU, such as "x86-64-v3" or "znver4" */
  const char *target;   /* architecture and CPU */
  const char *features; /* CPU features the code needs, comma separated */
  int32_t is_supported; /* 1: this machine has them */
} ds_code_version_info_t;

/* An entry point of the model: "main" of an inference model; "step" and
 * "evaluate" of a training job. */
typedef struct {
  size_t struct_size;
  const char *name;
  int32_t input_count;
  int32_t output_count;
  int32_t launch_count;
  int64_t arena_bytes;
  const char *plan_json; /* the memory plan, or NULL */
} ds_function_description_t;

/* Options of an instance; zero is the default of every field. */
typedef struct {
  size_t struct_size;
  int32_t check_numerics;   /* 1: a run fails at the first NaN or Inf that a
                               kernel writes, and names its nodes */
  int32_t profile;          /* 1: launches are timed for ds_instance_profile */
  int32_t function;         /* index of the entry point; 0: the first */
  const char *code_version; /* name of the code version to run; NULL: the first
                               that this machine can run */
} ds_instance_options_t;

typedef struct {
  size_t struct_size;
  int64_t runs;            /* finished without an error */
  int64_t arena_bytes;     /* allocated for static buffers: the model's plan */
  int64_t pool_peak_bytes; /* most bytes in use at once for buffers whose size
                              only the run knew */
  int64_t output_bytes;    /* held for outputs that the caller did not bind */
} ds_instance_statistics_t;

typedef struct ds_instance ds_instance_t;

/* DS_RUNTIME_VERSION of the library. Thread-safe. */
DS_API uint32_t ds_runtime_version(void);

/* "float32", "bool", ...; NULL for a number that is no element type.
 * Thread-safe. */
DS_API const char *ds_element_type_name(int32_t element_type);
/* Bytes of one element in a tensor; 0 for a number that is no element type.
 * Thread-safe. */
DS_API size_t ds_element_type_size(int32_t element_type);

/* Fills in what the model is. Thread-safe. */
DS_API ds_status_t ds_model_describe(ds_model_description_t *out_description);
/* Fills in the code version at `index`, the best first; DS_WRONG_USE when there
 * is none. Thread-safe. */
DS_API ds_status_t ds_model_code_version(int32_t index,
                                         ds_code_version_info_t *out_info);
/* Fills in the entry point at `index`; DS_WRONG_USE when there is none.
 * Thread-safe. */
DS_API ds_status_t
ds_function_describe(int32_t index, ds_function_description_t *out_description);
/* Fills in the input or output at `index` of an entry point; DS_WRONG_USE when
 * there is none. Thread-safe. */
DS_API ds_status_t ds_function_input(int32_t function, int32_t index,
                                     ds_value_info_t *out_info);
DS_API ds_status_t ds_function_output(int32_t function, int32_t index,
                                      ds_value_info_t *out_info);
/* The same of the first entry point. Thread-safe. */
DS_API ds_status_t ds_model_input(int32_t index, ds_value_info_t *out_info);
DS_API ds_status_t ds_model_output(int32_t index, ds_value_info_t *out_info);
/* The index of a name, or -1. Thread-safe. */
DS_API int32_t ds_model_input_index(const char *name);
DS_API int32_t ds_model_output_index(const char *name);
/* The key and value at `index` of the model's metadata; DS_WRONG_USE when there
 * is none. Thread-safe. */
DS_API ds_status_t ds_model_metadata(int32_t index, const char **out_key,
                                     const char **out_value);

/* Sets how many threads kernels use, the caller's included; 0: as many as the
 * process may use CPUs. One pool serves all instances of a program or library.
 * Not while an instance runs. The same count gives the same bits. */
DS_API void ds_threads_set(int32_t count);
DS_API int32_t ds_threads_get(void);

/* Opens an instance; `options` may be NULL. Checks the CPU and allocates all
 * static memory, so that a run needs none. Unless memory for the handle itself
 * ran out, *out_instance is set even when the call fails: ds_instance_error
 * then says why, every other call fails, and it must still be closed. */
DS_API ds_status_t ds_instance_open(const ds_instance_options_t *options,
                                    ds_instance_t **out_instance);
/* Frees the instance and all it owns; NULL is allowed. No other call on it may
 * be in progress. */
DS_API void ds_instance_close(ds_instance_t *instance);
/* Text of the last error of the instance, "" when its last call succeeded.
 * Valid until the next call on the instance; threads that share one instance
 * must agree on who reads it. */
DS_API const char *ds_instance_error(const ds_instance_t *instance);

/* Binds an input without copying it: element type, rank, static dimensions,
 * byte size and alignment are checked now, the data is read by each run. NULL
 * unbinds, so that the default is used again. The struct and its dims are
 * copied. */
DS_API ds_status_t ds_instance_bind_input(ds_instance_t *instance,
                                          int32_t index,
                                          const ds_tensor_t *tensor);
/* Binds the tensors of an input that is a sequence, or an optional: then at
 * most one. Checks each as above; `count` 0 with NULL binds the empty value, a
 * negative `count` unbinds. The structs are copied, the data is not. */
DS_API ds_status_t ds_instance_bind_input_list(ds_instance_t *instance,
                                               int32_t index,
                                               const ds_tensor_t *tensors,
                                               int64_t count);
/* Binds memory of `byte_size` bytes that the output is written to, whatever its
 * shape; rank and dims are ignored. The run fails if it needs more. Sequences
 * and optionals cannot be bound. NULL unbinds: the instance owns the output
 * again. Outputs must not overlap inputs, but for an output and its donor,
 * which may share their memory. */
DS_API ds_status_t ds_instance_bind_output(ds_instance_t *instance,
                                           int32_t index,
                                           const ds_tensor_t *tensor);
/* Runs the model on the calling thread and the pool's. Returns when all outputs
 * are written. */
DS_API ds_status_t ds_instance_run(ds_instance_t *instance);
/* Fills in an output of the last run; DS_WRONG_USE when there was no successful
 * one. The data of an unbound output and the bytes of strings belong to the
 * instance. */
DS_API ds_status_t ds_instance_output(ds_instance_t *instance, int32_t index,
                                      ds_tensor_t *out_tensor);
/* Points at the tensors of an output of the last run that is a sequence or an
 * optional; they belong to the instance. */
DS_API ds_status_t ds_instance_output_list(ds_instance_t *instance,
                                           int32_t index,
                                           const ds_tensor_t **out_tensors,
                                           int64_t *out_count);

/* Fills in what the instance used so far. */
DS_API ds_status_t ds_instance_statistics(
    ds_instance_t *instance, ds_instance_statistics_t *out_statistics);
/* The launches of all runs so far as a Chrome trace (JSON); DS_WRONG_USE
 * without the option `profile`. */
DS_API ds_status_t ds_instance_profile(ds_instance_t *instance,
                                       const char **out_json);

#ifdef __cplusplus
}
#endif

#endif /* DS_RUNTIME_H */
