# `cmake --install`: the binary, the library, the headers and the package for find_package().
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/cppworker")
install(
  TARGETS cppworker cppworker_main cpp-worker
  EXPORT cppworkerTargets
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
# What --from runs.
install(
  DIRECTORY "${PROJECT_SOURCE_DIR}/tools/from_python"
  DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/cpp-worker"
  PATTERN __pycache__ EXCLUDE)
install(
  EXPORT cppworkerTargets
  NAMESPACE cppworker::
  DESTINATION "${package_dir}")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/cppworkerConfig.cmake.in"
                              cppworkerConfig.cmake INSTALL_DESTINATION "${package_dir}")
# Before 1.0 a minor version may break the ABI.
write_basic_package_version_file(cppworkerConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/cppworkerConfig.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/cppworkerConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/CppworkerDependencies.cmake"
        DESTINATION "${package_dir}")
