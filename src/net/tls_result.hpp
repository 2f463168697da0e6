#pragma once

#include <cstddef>
#include <cstdint>

#include "net/tls_error.hpp"

namespace cppworker::net {

/// What an operation on a TLS connection returns. No operation waits.
struct TlsResult {
  enum class Kind : std::uint8_t {
    kDone,
    kWantsRead,   ///< call again when the socket is readable
    kWantsWrite,  ///< call again when the socket is writable
    kClosed,      ///< the peer has closed the connection
    kFailed       ///< `error` says why
  };

  Kind kind = Kind::kDone;
  std::size_t size = 0;  ///< bytes read or written
  TlsError error{};      ///< of kFailed
};

}  // namespace cppworker::net
