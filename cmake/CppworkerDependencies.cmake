# What a consumer of the shared library needs. Every other library is private to it.
macro(cppworker_find_public_dependencies)
  set(THREADS_PREFER_PTHREAD_FLAG ON)
  find_package(Threads REQUIRED)
endmacro()

# What the build needs.
macro(cppworker_find_dependencies)
  cppworker_find_public_dependencies()
  set(Boost_USE_STATIC_LIBS OFF)
  find_package(Boost 1.74 REQUIRED COMPONENTS context)
  find_package(CLI11 REQUIRED)
  find_package(CURL 7.85 REQUIRED)
  find_package(OpenSSL 3.0 REQUIRED)
  find_package(fmt REQUIRED)
  find_package(spdlog REQUIRED)
  find_package(tomlplusplus REQUIRED)
  find_package(ZLIB REQUIRED)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(cppzmq REQUIRED IMPORTED_TARGET cppzmq libzmq>=4.3)
  pkg_check_modules(brotlidec REQUIRED IMPORTED_TARGET libbrotlidec)
  pkg_check_modules(libidn2 REQUIRED IMPORTED_TARGET libidn2)
  pkg_check_modules(libnghttp2 REQUIRED IMPORTED_TARGET libnghttp2>=1.50)
  pkg_check_modules(pcre2 REQUIRED IMPORTED_TARGET libpcre2-8)

  # Finds the lines of exceptions. g++ has it in its own directory; clang++ searches there, too. It is
  # static, and its symbols stay in the library.
  execute_process(
    COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libbacktrace.a
    OUTPUT_VARIABLE CPPWORKER_LIBBACKTRACE
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT EXISTS "${CPPWORKER_LIBBACKTRACE}")
    message(STATUS "No libbacktrace: the tracebacks of exceptions will have no lines")
    set(CPPWORKER_LIBBACKTRACE "")
  endif()

  # msgpack-c's C++ library goes by two package names.
  find_package(msgpack QUIET NAMES msgpack-cxx msgpack msgpackc-cxx)
  if(NOT msgpack_FOUND)
    message(FATAL_ERROR "msgpack-c for C++ was not found (libmsgpack-cxx-dev, msgpack-cxx)")
  endif()
  if(NOT TARGET cppworker_msgpack)
    add_library(cppworker_msgpack INTERFACE)
    if(TARGET msgpack-cxx)
      target_link_libraries(cppworker_msgpack INTERFACE msgpack-cxx)
    else()
      target_link_libraries(cppworker_msgpack INTERFACE msgpackc-cxx)
    endif()
  endif()
endmacro()
