#pragma once

#include <memory>
#include <string>

#include "coro/clock.hpp"

namespace cppworker {
class Environment;
class User;
}  // namespace cppworker
namespace cppworker::net {
class Connection;
}

namespace cppworker::http {

/// The unread body of a streamed response. Used on the shard's thread. Closes the connection if it
/// is destroyed before the end of the body.
class BodyStream {
 public:
  /// The request that was answered, for the rows that are reported while its body is read.
  struct Request {
    Environment* environment = nullptr;  ///< not owned
    User* user = nullptr;                ///< not owned, may be null
    std::string name{};                  ///< of its row
    coro::TimePoint start{};
  };

  BodyStream() = default;
  virtual ~BodyStream() = default;
  BodyStream(const BodyStream&) = delete;
  BodyStream& operator=(const BodyStream&) = delete;

  /// Waits for the next part of the body and stores it, decoded, in `piece`. False at the end of
  /// the body. Suspends. Throws StreamError, StopUser.
  virtual bool next(std::string& piece) = 0;
  /// When the first bytes of the last part arrived; before that, the end of the head; after the end
  /// of the body, when that arrived.
  [[nodiscard]] virtual coro::TimePoint received_at() const = 0;

  /// See ExchangeBody::hand_over().
  virtual std::unique_ptr<net::Connection> hand_over(std::string& rest) = 0;

  Request answered;  ///< set by the client
};

}  // namespace cppworker::http
