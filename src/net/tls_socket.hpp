#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <sys/types.h>

namespace cppworker::net {

/// The non-blocking socket below a TLS connection, owned by somebody else, and what its last
/// operations have shown.
struct TlsSocket {
  int fd = -1;
  bool emptied = false;  ///< the last receive() took all bytes that had come
  bool ended = false;    ///< the peer has closed its side

  /// As recv(2) and send(2), but they call again after a signal.
  ssize_t receive(std::span<char> buffer);
  [[nodiscard]] ssize_t send(std::string_view bytes) const;
};

}  // namespace cppworker::net
