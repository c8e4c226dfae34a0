# What `cmake --install` lays out: bin, lib, headers in the tree's own shape, and the package that find_package(ds) reads.
#
# Everything finds everything else by its own place, so the installed folder may be moved as a whole.
include(CMakePackageConfigHelpers)

set(ds_headers ${CMAKE_INSTALL_INCLUDEDIR}/ds-compiler)
set(ds_package ${CMAKE_INSTALL_LIBDIR}/cmake/ds)

install(TARGETS DSCompiler LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
set_target_properties(DSCompiler PROPERTIES INSTALL_RPATH "$ORIGIN;${LLVM_LIBRARY_DIR}")

# Sources of a plugin include "dialects/NN/NN.h" in and out of tree alike. Headers named Internal stay here, and so do
# those over foreign types that a plugin has no use for.
foreach(folder compiler dialects passes)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder}/ DESTINATION ${ds_headers}/${folder}
    FILES_MATCHING PATTERN "*.h" PATTERN "*.td"
    PATTERN "*Internal.h" EXCLUDE PATTERN cmake EXCLUDE PATTERN PluginTemplate EXCLUDE)
  install(DIRECTORY ${PROJECT_BINARY_DIR}/${folder}/ DESTINATION ${ds_headers}/${folder}
    FILES_MATCHING PATTERN "*.h" PATTERN "*.h.inc" PATTERN CMakeFiles EXCLUDE)
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/frontends/onnx/Importer.h DESTINATION ${ds_headers}/frontends/onnx)

configure_package_config_file(${PROJECT_SOURCE_DIR}/compiler/cmake/dsConfig.cmake.in
  ${PROJECT_BINARY_DIR}/cmake/dsConfig.cmake INSTALL_DESTINATION ${ds_package}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
# IR classes change between any two versions: only the exact one will do.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/dsConfigVersion.cmake COMPATIBILITY ExactVersion)
install(FILES ${PROJECT_BINARY_DIR}/cmake/dsConfig.cmake ${PROJECT_BINARY_DIR}/cmake/dsConfigVersion.cmake
  DESTINATION ${ds_package})
