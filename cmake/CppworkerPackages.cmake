# `cpack` makes the Debian packages cpp-worker, cpp-worker-dev and cpp-worker-grpc-dynamic, and one
# relocatable tarball with all of them and the shared libraries that they need.
set(CPACK_PACKAGE_NAME cpp-worker)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Native worker for Locust, with users in C++")
set(CPACK_PACKAGE_CONTACT "The cpp-worker authors <cpp-worker@users.noreply.github.com>")
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_SOURCE_GENERATOR "")
# Chooses the components of each kind of package.
set(CPACK_PROJECT_CONFIG_FILE "${PROJECT_SOURCE_DIR}/cmake/CppworkerPackageOptions.cmake")

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME cpp-worker)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION net)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)  # needs dpkg-dev
configure_file("${PROJECT_SOURCE_DIR}/packaging/debian/shlibs.in" debian/shlibs @ONLY)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA "${CMAKE_CURRENT_BINARY_DIR}/debian/shlibs"
                                               "${PROJECT_SOURCE_DIR}/packaging/debian/triggers")
# `-f locustfile.cpp` needs the headers and the compiler; `-f libshop.so` doesn't.
set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS "cpp-worker-dev, ca-certificates")
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION
    "It joins a stock `locust --master`, alone or together with Python workers,
and runs users that are written in C++.
.
This package has the program and its library, which run compiled
locustfiles. The package cpp-worker-dev compiles them.")
set(CPACK_DEBIAN_DEV_PACKAGE_NAME cpp-worker-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "cpp-worker (= ${PROJECT_VERSION}), g++ (>= 4:12)")
set(CPACK_DEBIAN_DEV_PACKAGE_RECOMMENDS python3)  # for --from
set(CPACK_COMPONENT_DEV_DESCRIPTION
    "Headers, CMake package and pkg-config file for locustfiles in C++.
.
With this package `cpp-worker -f locustfile.cpp` compiles a locustfile.")
if(TARGET cppworker_grpc_dynamic)
  set(CPACK_CPPWORKER_OPTIONAL_COMPONENTS grpc_dynamic)
endif()
set(CPACK_DEBIAN_GRPC_DYNAMIC_PACKAGE_NAME cpp-worker-grpc-dynamic)
set(CPACK_DEBIAN_GRPC_DYNAMIC_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_GRPC_DYNAMIC_PACKAGE_DEPENDS "cpp-worker (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_GRPC_DYNAMIC_PACKAGE_RECOMMENDS cpp-worker-dev)
set(CPACK_DEBIAN_GRPC_DYNAMIC_PACKAGE_SHLIBDEPS ON)
# libcppworker.so, which DEPENDS has.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}")
set(CPACK_DEBIAN_GRPC_DYNAMIC_PACKAGE_CONTROL_EXTRA
    "${PROJECT_SOURCE_DIR}/packaging/debian/triggers")
set(CPACK_COMPONENT_GRPC_DYNAMIC_DESCRIPTION
    "A library for locustfiles: gRPC calls whose messages are known at run time
only, from a .proto file, a protoset or server reflection.")
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # or that of SOURCE_DATE_EPOCH
configure_file("${PROJECT_SOURCE_DIR}/packaging/debian/changelog.in" debian/changelog @ONLY)
set(CPACK_CPPWORKER_BUILD_DIR "${CMAKE_CURRENT_BINARY_DIR}")
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/cmake/CppworkerDebianFiles.cmake")

set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
string(TOLOWER "${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}" system)
set(CPACK_PACKAGE_FILE_NAME "cpp-worker-${PROJECT_VERSION}-${system}")
set(CPACK_ARCHIVE_FILE_NAME "${CPACK_PACKAGE_FILE_NAME}")

# The C and C++ libraries belong to the system and its compiler. A locustfile is compiled with them.
install(
  RUNTIME_DEPENDENCY_SET cppworker_needs
  PRE_EXCLUDE_REGEXES "^lib(c|m|dl|rt|pthread|resolv|stdc\\+\\+|gcc_s)\\.so" "^ld-linux"
                      "^libcppworker\\.so"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/cpp-worker"
  COMPONENT bundle
  EXCLUDE_FROM_ALL)
install(
  SCRIPT "${PROJECT_SOURCE_DIR}/cmake/CppworkerLicenses.cmake"
  COMPONENT bundle
  EXCLUDE_FROM_ALL)
include(CPack)
