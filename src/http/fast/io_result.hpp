#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace cppworker::http::fast {

/// The result of an operation on a connection.
struct IoResult {
  enum class Kind : std::uint8_t {
    kDone,
    kClosed,    ///< by the server, in order
    kTimedOut,  ///< the caller's deadline has passed
    kStopped,   ///< the coroutine is unwinding and can't wait
    kOsError,
    kFailed  ///< `failure` has the complete text
  };

  Kind kind = Kind::kDone;
  bool lost =
      false;  ///< the connection was lost before a response began: the request may be sent again
  int os_error = 0;                              ///< errno
  std::unique_ptr<const std::string> failure{};  ///< of kFailed: as Python shows it

  [[nodiscard]] std::string failure_text() const {
    return failure == nullptr ? std::string() : *failure;
  }
  [[nodiscard]] bool done() const { return kind == Kind::kDone; }
  static IoResult of_errno(int error) { return {.kind = Kind::kOsError, .os_error = error}; }
  static IoResult failed(std::string text) {
    return {.kind = Kind::kFailed, .failure = std::make_unique<const std::string>(std::move(text))};
  }
};

}  // namespace cppworker::http::fast
