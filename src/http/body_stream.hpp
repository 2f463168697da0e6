#pragma once

#include <memory>
#include <string>

namespace cppworker::net {
class Connection;
}

namespace cppworker::http {

/// The unread body of a streamed response. Used on the shard's thread. Closes the connection if it
/// is destroyed before the end of the body.
class BodyStream {
 public:
  BodyStream() = default;
  virtual ~BodyStream() = default;
  BodyStream(const BodyStream&) = delete;
  BodyStream& operator=(const BodyStream&) = delete;

  /// Waits for the next part of the body and stores it, decoded, in `piece`. False at the end of
  /// the body. Suspends. Throws StreamError, StopUser.
  virtual bool next(std::string& piece) = 0;
  /// See ExchangeBody::hand_over().
  virtual std::unique_ptr<net::Connection> hand_over(std::string& rest) = 0;
};

}  // namespace cppworker::http
