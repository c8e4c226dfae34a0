# Usage requirements and helpers shared by every folder that uses LLVM. The runtime uses none of this.

# What code on LLVM/MLIR needs: include roots, warnings, the two dylibs.
add_library(ds_usage INTERFACE)
target_include_directories(ds_usage INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}>
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/runtime/include>)
target_include_directories(ds_usage SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
separate_arguments(ds_llvm_definitions NATIVE_COMMAND ${LLVM_DEFINITIONS})
target_compile_options(ds_usage INTERFACE ${ds_llvm_definitions} -fPIC -Wall -Wextra -Werror -Wno-unused-parameter
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-comment;-Wno-maybe-uninitialized>)
target_link_libraries(ds_usage INTERFACE MLIR LLVM)
if(DS_ENABLE_SANITIZER)
  target_compile_options(ds_usage INTERFACE -fsanitize=${DS_ENABLE_SANITIZER} -fno-omit-frame-pointer)
  target_link_options(ds_usage INTERFACE -fsanitize=${DS_ENABLE_SANITIZER} -shared-libasan)
endif()

# The precompiled header is the big lever on build time; its owner has the same flags as every user.
add_library(ds_pch OBJECT ${PROJECT_SOURCE_DIR}/compiler/cmake/Precompiled.cpp)
target_link_libraries(ds_pch PRIVATE ds_usage)
target_compile_options(ds_pch PRIVATE -fno-exceptions)
# In angle brackets CMake writes no path of this checkout, so that checkouts share their cache.
target_precompile_headers(ds_pch PRIVATE <compiler/cmake/Precompiled.h>)

# ds_add_library(NAME sources... [DEPENDS targets...]): objects of libDSCompiler.
function(ds_add_library name)
  cmake_parse_arguments(arg "NO_PCH;EXCEPTIONS" "" "DEPENDS;LINK" ${ARGN})
  add_library(${name} OBJECT ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ds_usage ${arg_LINK})
  if(arg_EXCEPTIONS)
    target_compile_options(${name} PRIVATE -fexceptions)
  else()
    target_compile_options(${name} PRIVATE -fno-exceptions)
    if(NOT arg_NO_PCH)
      target_precompile_headers(${name} REUSE_FROM ds_pch)
    endif()
  endif()
  if(arg_DEPENDS)
    add_dependencies(${name} ${arg_DEPENDS})
  endif()
  set_property(GLOBAL APPEND PROPERTY DS_COMPILER_LIBRARIES ${name})
endfunction()

# ds_tablegen(TARGET TD OUTPUT ACTION... [OUTPUT ACTION...]...): one IncGen target over several outputs of one file.
function(ds_tablegen target td)
  set(LLVM_TARGET_DEFINITIONS ${td})
  foreach(pair ${ARGN})
    string(REPLACE "|" ";" words "${pair}")
    list(POP_FRONT words output)
    mlir_tablegen(${output} ${words} EXTRA_INCLUDES ${MLIR_INCLUDE_DIRS} ${PROJECT_SOURCE_DIR})
  endforeach()
  add_public_tablegen_target(${target})
endfunction()

# ds_add_passes(TOPIC): Passes.h.inc of passes/TOPIC/Passes.td.
function(ds_add_passes topic)
  ds_tablegen(DS${topic}PassesIncGen Passes.td "Passes.h.inc|-gen-pass-decls|-name=${topic}")
endfunction()
