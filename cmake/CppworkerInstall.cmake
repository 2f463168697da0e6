# `cmake --install`: the binary, the library, the headers and the package for find_package().
# Component `runtime` runs compiled locustfiles; `dev` compiles them. `bundle` has copies of the
# shared libraries that both need, for the tarball (CppworkerPackages.cmake). `grpc_dynamic` has the
# component of the same name, which needs protobuf.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/cppworker")
install(
  TARGETS cppworker cppworker_main cpp-worker
  EXPORT cppworkerTargets
  RUNTIME_DEPENDENCY_SET cppworker_needs
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT runtime
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
          COMPONENT runtime
          NAMELINK_COMPONENT dev
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT dev
  FILE_SET HEADERS
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  COMPONENT dev)
# What --from runs.
install(
  DIRECTORY "${PROJECT_SOURCE_DIR}/tools/from_python"
  DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/cpp-worker"
  COMPONENT dev
  PATTERN __pycache__ EXCLUDE)
install(
  EXPORT cppworkerTargets
  NAMESPACE cppworker::
  DESTINATION "${package_dir}"
  COMPONENT dev)
if(TARGET cppworker_grpc_dynamic)
  install(
    TARGETS cppworker_grpc_dynamic
    EXPORT cppworker_grpc_dynamicTargets
    RUNTIME_DEPENDENCY_SET cppworker_needs
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT grpc_dynamic
    FILE_SET HEADERS
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
    COMPONENT grpc_dynamic)
  install(
    EXPORT cppworker_grpc_dynamicTargets
    NAMESPACE cppworker::
    DESTINATION "${package_dir}"
    COMPONENT grpc_dynamic)
endif()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/cppworkerConfig.cmake.in"
                              cppworkerConfig.cmake INSTALL_DESTINATION "${package_dir}")
# Before 1.0 a minor version may break the ABI.
write_basic_package_version_file(cppworkerConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/cppworkerConfig.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/cppworkerConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/CppworkerDependencies.cmake"
        DESTINATION "${package_dir}"
        COMPONENT dev)

file(RELATIVE_PATH CPPWORKER_PREFIX_FROM_PC "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" CPPWORKER_PREFIX_FROM_PC "${CPPWORKER_PREFIX_FROM_PC}")
configure_file("${PROJECT_SOURCE_DIR}/cmake/cppworker.pc.in" cppworker.pc @ONLY)
install(
  FILES "${CMAKE_CURRENT_BINARY_DIR}/cppworker.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig"
  COMPONENT dev)
install(
  FILES "${PROJECT_SOURCE_DIR}/packaging/debian/copyright"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}"
  COMPONENT runtime)

include(CppworkerDocuments)
include(CppworkerPackages)
