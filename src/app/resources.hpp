#pragma once

#include <cstddef>
#include <exception>
#include <string>

namespace cppworker::app {

/// What a part of the program needs at the same time.
struct Resources {
  std::size_t file_descriptors = 0;
  std::size_t threads = 0;
  std::size_t memory_bytes = 0;  ///< of address space, besides the threads' stacks
};

/// Takes these and gives them back: for a library that ends the process when it can't have them.
/// Throws std::system_error or std::bad_alloc when they can't be had.
void check_available(const Resources& needed);

/// The text of an exception for a person. If the process ran out of file descriptors, threads or
/// memory, with the limits that count here and how to raise them.
[[nodiscard]] std::string describe_error(const std::exception& error);

/// From now on an exception that nobody catches is logged with its type and text. The process then
/// ends with exit code 1 when a resource has run out, and by SIGABRT otherwise.
void log_uncaught_exceptions();

}  // namespace cppworker::app
