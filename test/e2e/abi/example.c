/* Uses a compiled library from C: describes it, runs it on ones, prints sums.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Takes any model whose inputs are float32 tensors; dynamic extents become the
 * number given as first argument. */
#include "ds/runtime.h"

#include <stdio.h>
#include <stdlib.h>

static void require(ds_status_t status, const ds_instance_t *instance) {
  if (status == DS_OK)
    return;
  fprintf(stderr, "error: %s\n",
          instance ? ds_instance_error(instance) : "wrong use");
  exit(status);
}

/* A tensor of ones that fits the input; never freed, as the program is short.
 */
static ds_tensor_t make_ones(const ds_value_info_t *info, int64_t extent) {
  int64_t count = 1;
  int64_t *dims = calloc(DS_MAX_RANK, sizeof *dims);
  for (int32_t i = 0; i < info->rank; ++i) {
    dims[i] = info->dims[i] < 0 ? extent : info->dims[i];
    count *= dims[i];
  }
  float *data = calloc((size_t)count, sizeof *data);
  for (int64_t i = 0; i < count; ++i)
    data[i] = 1;
  ds_tensor_t tensor = {sizeof tensor, data, DS_FLOAT32,
                        info->rank,    dims, (size_t)count * sizeof *data};
  return tensor;
}

int main(int argc, char **argv) {
  int64_t extent = argc > 1 ? atoll(argv[1]) : 1;
  if (ds_runtime_version() / 1000 != DS_RUNTIME_VERSION / 1000)
    return DS_UNSUPPORTED;
  ds_model_description_t model = {.struct_size = sizeof model};
  require(ds_model_describe(&model), NULL);
  printf("%d inputs, %d outputs\n", model.input_count, model.output_count);

  ds_instance_t *instance = NULL;
  require(ds_instance_open(NULL, &instance), instance);
  for (int32_t i = 0; i < model.input_count; ++i) {
    ds_value_info_t info = {.struct_size = sizeof info};
    require(ds_model_input(i, &info), NULL);
    ds_tensor_t ones = make_ones(&info, extent);
    require(ds_instance_bind_input(instance, i, &ones), instance);
  }
  require(ds_instance_run(instance), instance);
  for (int32_t i = 0; i < model.output_count; ++i) {
    ds_tensor_t output = {.struct_size = sizeof output};
    require(ds_instance_output(instance, i, &output), instance);
    double sum = 0;
    for (size_t k = 0; k < output.byte_size / sizeof(float); ++k)
      sum += ((const float *)output.data)[k];
    ds_value_info_t info = {.struct_size = sizeof info};
    require(ds_model_output(i, &info), NULL);
    printf("%s: %s, rank %d, sum %g\n", info.name,
           ds_element_type_name(output.element_type), output.rank, sum);
  }
  ds_instance_close(instance);
  return 0;
}
