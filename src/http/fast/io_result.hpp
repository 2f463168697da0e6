#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace cppworker::http::fast {

/// What came of an operation on a connection.
struct IoResult {
  enum class Kind : std::uint8_t {
    kDone,
    kClosed,    ///< by the server, in order
    kTimedOut,  ///< the caller's patience has ended
    kStopped,   ///< the coroutine unwinds and can't wait
    kOsError,
    kFailed  ///< `failure` says it all
  };

  Kind kind = Kind::kDone;
  int os_error = 0;       ///< errno
  std::string failure{};  ///< as Python shows it

  [[nodiscard]] bool done() const { return kind == Kind::kDone; }
  static IoResult of_errno(int error) { return {.kind = Kind::kOsError, .os_error = error}; }
  static IoResult failed(std::string text) {
    return {.kind = Kind::kFailed, .failure = std::move(text)};
  }
};

}  // namespace cppworker::http::fast
