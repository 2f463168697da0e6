# Warnings, sanitizers, the compiler cache, and what the loader must know about this build.

# Never exported: whoever uses the library chooses warnings of their own.
add_library(cppworker_warnings INTERFACE)
target_compile_options(cppworker_warnings INTERFACE -Wall -Wextra -Wconversion -Wshadow -Wpedantic)
set(CPPWORKER_GCC FALSE)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  set(CPPWORKER_GCC TRUE)
else()  # g++'s -Wconversion does not include it
  target_compile_options(cppworker_warnings INTERFACE -Wno-sign-conversion)
endif()
# In a unity build every source is included, so that the first warning takes it for a header. The second
# one does not see that a destructor takes the address away again, if another source's size keeps the
# compiler from inlining it.
if(CPPWORKER_GCC AND CMAKE_UNITY_BUILD)
  target_compile_options(cppworker_warnings INTERFACE -Wno-subobject-linkage -Wno-dangling-pointer)
endif()

# Ubuntu 24.04 has both. The warnings are false positives where fmt 9 formats a double.
if(CPPWORKER_GCC AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13 AND fmt_VERSION VERSION_LESS 10)
  target_compile_options(cppworker_warnings INTERFACE -Wno-array-bounds -Wno-stringop-overflow)
endif()

option(CPPWORKER_DCHECKS "Run all assertions in a release build too; scripts/test does" OFF)

set(CPPWORKER_SANITIZER "" CACHE STRING "Sanitizer: nothing, asan (with UBSan) or tsan")
set_property(CACHE CPPWORKER_SANITIZER PROPERTY STRINGS "" asan tsan)
if(CPPWORKER_SANITIZER STREQUAL "")
  set(CPPWORKER_SANITIZER_FLAGS "")
elseif(CPPWORKER_SANITIZER STREQUAL "asan")
  # The checks left out triple the time to compile; ASan itself notices null pointers.
  set(CPPWORKER_SANITIZER_FLAGS
      -fsanitize=address,undefined -fno-sanitize=null,alignment,vptr
      -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
elseif(CPPWORKER_SANITIZER STREQUAL "tsan")
  set(CPPWORKER_SANITIZER_FLAGS -fsanitize=thread -fno-omit-frame-pointer)
else()
  message(FATAL_ERROR "CPPWORKER_SANITIZER is '${CPPWORKER_SANITIZER}': use asan, tsan or nothing")
endif()
# scripts/fuzz: with clang++ and asan.
option(CPPWORKER_LIBFUZZER "Build tests/fuzz as a program of libFuzzer" OFF)
if(CPPWORKER_LIBFUZZER)
  list(APPEND CPPWORKER_SANITIZER_FLAGS -fsanitize=fuzzer-no-link)
endif()
if(CPPWORKER_GCC AND CPPWORKER_SANITIZER)
  # GCC's manual: this warning has false positives with sanitizers. The release build has it.
  target_compile_options(cppworker_warnings INTERFACE -Wno-maybe-uninitialized)
endif()

# Debian's own hardening flags, in optimised builds: servers send any bytes. tests/package checks the binaries.
set(CPPWORKER_HARDENING_FLAGS "")
if(NOT CPPWORKER_SANITIZER AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(CPPWORKER_HARDENING_FLAGS -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(CPPWORKER_CCACHE ccache)
  if(CPPWORKER_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CPPWORKER_CCACHE}")
  endif()
endif()

# build_info.hpp: how `cpp-worker -f x.cpp` compiles a locustfile that fits this build
set(CPPWORKER_GENERATED_DIR "${PROJECT_BINARY_DIR}/cpp-worker-generated")
list(JOIN CPPWORKER_SANITIZER_FLAGS " " CPPWORKER_SANITIZER_FLAGS_TEXT)
file(RELATIVE_PATH CPPWORKER_INCLUDE_FROM_LIB "/${CMAKE_INSTALL_LIBDIR}"
     "/${CMAKE_INSTALL_INCLUDEDIR}")
file(RELATIVE_PATH CPPWORKER_TOOLS_FROM_LIB "/${CMAKE_INSTALL_LIBDIR}"
     "/${CMAKE_INSTALL_DATAROOTDIR}/cpp-worker")
configure_file("${PROJECT_SOURCE_DIR}/cmake/build_info.hpp.in"
               "${CPPWORKER_GENERATED_DIR}/build_info.hpp" @ONLY)
