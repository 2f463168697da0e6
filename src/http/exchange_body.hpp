#pragma once

#include <memory>
#include <string>

#include "coro/clock.hpp"
#include "http/failure.hpp"

namespace cppworker::net {
class Connection;
}

namespace cppworker::http {

/// The body of a response whose head has arrived, as an engine receives it: still encoded. It is
/// received as fast as it is read. Used on the shard's thread. Closes the connection if it is
/// destroyed before the end of the body.
class ExchangeBody {
 public:
  ExchangeBody() = default;
  virtual ~ExchangeBody() = default;
  ExchangeBody(const ExchangeBody&) = delete;
  ExchangeBody& operator=(const ExchangeBody&) = delete;

  /// Waits for the next part of the body and stores it in `piece`; "": the end of the body.
  /// A failure ends the body, too: further calls return only its end. Suspends. Throws StreamError
  /// (the test run has ended), Error (outside of a coroutine), StopUser.
  virtual Failure next(std::string& piece) = 0;
  /// When the first bytes of the last part arrived; before that, the end of the head.
  [[nodiscard]] virtual coro::TimePoint received_at() const = 0;
  /// Ends the body and returns its connection, if it is one of our own; otherwise null.
  /// @param rest the bytes that have been received after the head and were not returned
  virtual std::unique_ptr<net::Connection> hand_over(std::string& rest) = 0;
};

}  // namespace cppworker::http
