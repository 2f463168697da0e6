# `cpack` makes the Debian packages cpp-worker and cpp-worker-dev, and a relocatable tarball of both.
# Configure with -DCMAKE_INSTALL_PREFIX=/usr for Debian's folders.
set(CPACK_PACKAGE_NAME cpp-worker)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_CONTACT "the cpp-worker authors <cpp-worker@localhost>")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_SOURCE_GENERATOR "")
set(CPACK_COMPONENTS_ALL runtime dev)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME cpp-worker)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)  # needs dpkg-dev
# `-f locustfile.cpp` needs the headers and the compiler; `-f libshop.so` doesn't.
set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS cpp-worker-dev)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION
    "${PROJECT_DESCRIPTION}\n The program and its library. cpp-worker-dev compiles locustfiles.")
set(CPACK_DEBIAN_DEV_PACKAGE_NAME cpp-worker-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "cpp-worker (= ${PROJECT_VERSION}), g++ (>= 4:12), libc6-dev")
set(CPACK_DEBIAN_DEV_DESCRIPTION
    "${PROJECT_DESCRIPTION} (development files)\n Headers and CMake package, and the compiler for `cpp-worker -f locustfile.cpp`.")

set(CPACK_ARCHIVE_COMPONENT_INSTALL OFF)
include(CPack)
