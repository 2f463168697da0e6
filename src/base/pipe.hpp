#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace cppworker::base {

/// A pipe that programs which this process starts do not inherit. The destructor closes the ends
/// that are still open.
struct Pipe {
  /// Throws std::system_error.
  Pipe() {
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw std::system_error(errno, std::generic_category(), "Could not create a pipe");
    }
  }
  ~Pipe() {
    for (std::size_t i = 0; i < ends.size(); ++i) close_end(i);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void close_end(std::size_t which) {
    if (ends.at(which) >= 0) close(std::exchange(ends.at(which), -1));
  }

  std::array<int, 2> ends{-1, -1};  ///< to read, to write; -1: closed, or owned by someone else
};

}  // namespace cppworker::base
