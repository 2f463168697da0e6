#pragma once

#include <cerrno>
#include <concepts>
#include <optional>
#include <string_view>
#include <utility>

#include "coro/clock.hpp"
#include "http/failure.hpp"
#include "http/own/borrowed_parser.hpp"
#include "http/own/connection_pool.hpp"
#include "http/parse_status.hpp"
#include "http/phase_timer.hpp"

namespace cppworker::http::own {

/// What a user's class decides about an exchange.
template <class T>
concept RoundTripCaller = requires(T caller) {
  /// Writes the request's head, for example to the engine's send buffer. Called when the connection
  /// is there. The result must be valid until the coroutine suspends.
  { caller.write_head() } -> std::same_as<std::string_view>;
  /// The request's body, valid during the exchange.
  { caller.body() } -> std::same_as<std::string_view>;
  /// The request's method is HEAD.
  { caller.is_head() } -> std::same_as<bool>;
  /// The request asks for another protocol.
  { caller.is_upgrade() } -> std::same_as<bool>;
  /// The head of the response is complete: whether the exchange ends with it.
  { caller.ends_with_head() } -> std::same_as<bool>;
  /// Bytes of the response have arrived and are about to be read.
  caller.before_receiving();
};

struct TimeLimits {
  std::optional<coro::Duration> send;  ///< for sending the request
  std::optional<coro::Duration> read;  ///< for each wait for bytes of the response
};

/// The server has closed or reset the connection.
[[nodiscard]] inline bool is_lost(const Failure& failure) {
  return failure.cause == Failure::Cause::kSystemError &&
         (failure.number == ECONNRESET || failure.number == EPIPE);
}

/// One request and its response over one of our connections: takes a connection, sends the request
/// and receives the response into `parser`. Suspends. Throws StopUser.
template <class Parser, RoundTripCaller Caller>
class RoundTrip {
 public:
  RoundTrip(ConnectionPool::Lease& connection, BorrowedParser<Parser>& parser, Deadline& deadline,
            Caller& caller)
      : connection_(connection), parser_(parser), deadline_(deadline), caller_(caller) {}

  Failure run(const Target& target, const TimeLimits& limits) {
    phases_ = target.phases;
    Failure failure = exchange(target, limits);
    if (phases_ != nullptr) phases_->leave();
    return failure;
  }

 private:
  Failure exchange(const Target& target, const TimeLimits& limits) {
    parser_.give_back();
    if (Failure failure = connection_.acquire(target, deadline_)) {
      return failure;
    }
    deadline_.restart(limits.send);
    if (Failure failure = send(limits.read)) {
      connection_->forbid_reuse();
      if (!is_lost(failure)) {
        return failure;
      }  // if the server has closed the connection, its response may have the reason
    }
    if (is_answered()) {
      return {};
    }
    return receive(limits.read);
  }

  void enter(stats::Phase phase) {
    if (phases_ != nullptr && !phases_->is_in(stats::Phase::kReceive)) phases_->enter(phase);
  }

  Parser& begun() { return parser_.begun(caller_.is_head(), caller_.is_upgrade()); }

  /// The caller has all of the response that it waits for.
  [[nodiscard]] bool is_answered() const {
    return parser_ &&
           (parser_->complete() || (parser_->head_complete() && caller_.ends_with_head()));
  }

  /// Sends the request. Stops when the server has answered before it has taken all. Until the
  /// response is complete, the server may be waiting for the rest.
  Failure send(const std::optional<coro::Duration>& read_limit) {
    enter(stats::Phase::kSend);
    Upload upload(caller_.write_head(), caller_.body());
    for (;;) {
      if (Failure failure = connection_->send(upload, deadline_)) {
        if (parser_ && parser_->answered()) {
          failure.phase = Failure::Phase::kBody;
        }
        return failure;
      }
      if (upload.done()) {
        return {};
      }
      std::string_view bytes;
      if (Failure failure = connection_->receive_now(bytes, deadline_)) {
        return failure.cause == Failure::Cause::kClosed ? Failure::of_errno(EPIPE)
                                                        : std::move(failure);
      }
      if (bytes.empty()) {
        continue;
      }
      enter(stats::Phase::kReceive);  // while the rest of the request is sent
      const ParseStatus status = begun().feed(bytes);
      if (status == ParseStatus::kFailed) {
        return parser_->take_failure();
      }
      if (is_answered()) {
        connection_->forbid_reuse();
        return {};
      }
      if (parser_->head_complete()) {  // not an interim response
        deadline_.restart(read_limit);
      }
    }
  }

  Failure receive(const std::optional<coro::Duration>& limit) {
    enter(stats::Phase::kWait);
    for (;;) {
      std::string_view bytes;
      deadline_.restart(limit);
      Failure failure = connection_->wait_readable(deadline_);
      if (!failure) {
        caller_.before_receiving();
        failure = connection_->receive(bytes, deadline_);
      }
      ParseStatus status{};
      if (!failure) {
        enter(stats::Phase::kReceive);
        status = begun().feed(bytes);
      } else if (failure.cause == Failure::Cause::kClosed && parser_) {
        status = parser_->finish();
      } else {
        failure.phase =
            parser_ && parser_->answered() ? Failure::Phase::kBody : Failure::Phase::kResponse;
        return failure;
      }
      if (status == ParseStatus::kFailed) {
        return parser_->take_failure();
      }
      if (is_answered()) {
        return {};
      }
    }
  }

  ConnectionPool::Lease& connection_;
  BorrowedParser<Parser>& parser_;
  Deadline& deadline_;
  Caller& caller_;
  PhaseTimer* phases_ = nullptr;
};

}  // namespace cppworker::http::own
