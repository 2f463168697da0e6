#include "http/own/connection.hpp"

#include <chrono>

namespace cppworker::http::own {

namespace {

/// A user that sends its next request later than this, in the turn in which its last response came,
/// may have missed an event. Looking at the socket costs 0.3 µs, 5 % of a request.
constexpr coro::Duration kEventsOutdated = std::chrono::microseconds{100};

Failure::Cause cause_of(net::Failure::Cause cause) {
  switch (cause) {
    case net::Failure::Cause::kNone:
      return Failure::Cause::kNone;
    case net::Failure::Cause::kStopped:
      return Failure::Cause::kStopped;
    case net::Failure::Cause::kNoAddress:
      return Failure::Cause::kNoAddress;
    case net::Failure::Cause::kSystemError:
      return Failure::Cause::kSystemError;
    case net::Failure::Cause::kTimedOut:
      return Failure::Cause::kTimedOut;
    case net::Failure::Cause::kClosed:
      return Failure::Cause::kClosed;
    case net::Failure::Cause::kTls:
      return Failure::Cause::kTls;
    case net::Failure::Cause::kOutOfMemory:
      break;
  }
  return Failure::Cause::kOutOfMemory;
}

}  // namespace

Failure Connection::convert(Failure::Phase phase, const net::Failure& failure) {
  Failure converted = failure.cause == net::Failure::Cause::kTls
                          ? Failure::with(Failure::Cause::kTls, {.tls = failure.tls})
                          : Failure{.cause = cause_of(failure.cause), .number = failure.number};
  converted.phase = phase;
  return converted;
}

void Connection::set_idle(const coro::Scheduler& scheduler) {
  idle_since_ = scheduler.turn_time();
  net::Connection::set_idle();
}

bool Connection::usable(coro::Scheduler& scheduler, bool checks_always) {
  return is_silent(checks_always && scheduler.turn_time() == idle_since_ &&
                   scheduler.clock().now() - idle_since_ > kEventsOutdated);
}

}  // namespace cppworker::http::own
