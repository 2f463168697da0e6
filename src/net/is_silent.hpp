#pragma once

#include <cerrno>

#include <sys/socket.h>

namespace cppworker::net {

/// Whether nothing has happened on a connected socket: no data, no end, no error. One system call;
/// does not wait.
[[nodiscard]] inline bool is_silent(int fd) {
  char byte = 0;
  return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

}  // namespace cppworker::net
