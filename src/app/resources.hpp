#pragma once

#include <cstddef>
#include <exception>
#include <string>

namespace cppworker::app {

/// The resources that a part of the program needs at the same time.
struct Resources {
  std::size_t file_descriptors = 0;
  std::size_t threads = 0;
  std::size_t memory_bytes = 0;  ///< of address space, besides the threads' stacks
};

/// Allocates these resources and releases them again. Call it before using a library that ends the
/// process if it can't allocate them. Throws std::system_error or std::bad_alloc.
void check_available(const Resources& needed);

/// The message for an exception. If the process has run out of file descriptors, threads or memory,
/// the message includes the limits that apply and how to raise them.
[[nodiscard]] std::string describe_error(const std::exception& error);

/// From now on an uncaught exception is logged with its type and text. The process then ends with
/// exit code 1 if a resource has run out, else by SIGABRT.
void log_uncaught_exceptions();

}  // namespace cppworker::app
