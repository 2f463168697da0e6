#pragma once

#include <cstdint>

#include "net/tls_error.hpp"

namespace cppworker::net {

/// Why an operation on a connection has failed.
struct Failure {
  enum class Cause : std::uint8_t {
    kNone,
    kStopped,      ///< no failure: the coroutine is unwinding and can't wait
    kNoAddress,    ///< the host name has no address; `number`: EAI_…
    kSystemError,  ///< `number`: errno
    kTimedOut,     ///< the deadline has passed
    kClosed,       ///< by the peer, in order, or by close()
    kTls,          ///< `tls`
    kOutOfMemory
  };

  Cause cause = Cause::kNone;
  int number = 0;
  TlsError tls{};

  /// True if there is a failure, or the coroutine has to unwind.
  explicit operator bool() const { return cause != Cause::kNone; }

  static Failure of_errno(int error) { return {.cause = Cause::kSystemError, .number = error}; }
};

}  // namespace cppworker::net
