#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <cppworker/exception.hpp>
#include <cppworker/http_response.hpp>

#include "base/check.hpp"
#include "coro/clock.hpp"
#include "http/exchange_body.hpp"
#include "http/own/connection_pool.hpp"
#include "http/own/own_engine.hpp"
#include "http/parse_status.hpp"

namespace cppworker::http::own {

/// A body that is received over one of our connections. At its end, the connection returns to the
/// pool.
template <class Parser>
class OwnBody final : public ExchangeBody {
 public:
  struct Owners {  // a response may outlive its session
    std::shared_ptr<OwnEngine> engine;
    std::shared_ptr<ConnectionPool> pool;
  };

  /// @param lease of `owners.pool`
  /// @param parser has the head of the response
  OwnBody(Owners owners, ConnectionPool::Lease lease, std::unique_ptr<Parser> parser,
          std::optional<coro::Duration> read_timeout)
      : owners_(std::move(owners)),
        read_timeout_(read_timeout),
        parser_(std::move(parser)),
        lease_(std::move(lease)),
        received_at_(lease_->arrived_at()) {
    DCHECK(parser_->head_complete());
    if (parser_->complete()) {
      end();
    }
  }

  Failure next(std::string& piece) override {
    while (parser_->body.empty() && !ended_) {
      read_more();
    }
    piece = std::exchange(parser_->body, {});
    return piece.empty() ? std::exchange(failure_, {}) : Failure{};
  }
  [[nodiscard]] coro::TimePoint received_at() const override { return received_at_; }
  std::unique_ptr<net::Connection> hand_over(std::string& rest) override {
    rest = std::exchange(parser_->body, {});
    ended_ = true;
    return lease_.take();
  }

 private:
  void read_more() {
    if (owners_.engine->is_shut_down()) {
      throw StreamError("The response can't be read: its test run has ended.");
    }
    coro::Coroutine* const self = owners_.engine->scheduler().running();
    if (self == nullptr) {
      throw Error("A streamed response can be read only by a user or a listener of an event.");
    }
    Deadline deadline(owners_.engine->scheduler(), *self);
    deadline.restart(read_timeout_);
    std::string_view bytes;
    failure_ = lease_->receive(bytes, deadline);
    received_at_ = lease_->arrived_at();
    ParseStatus status = ParseStatus::kNeedMore;
    if (!failure_) {
      status = parser_->feed(bytes);
    } else if (failure_.cause == Failure::Cause::kClosed) {
      failure_ = {};
      status = parser_->finish();
    }
    if (status == ParseStatus::kFailed) {
      failure_ = parser_->take_failure();
    }
    if (failure_ || status == ParseStatus::kComplete) {
      end();
    }
  }

  /// The body is complete or has failed: returns or closes the connection.
  void end() {
    ended_ = true;
    failure_.phase = Failure::Phase::kBody;
    if (!failure_ && parser_->keep_alive()) {
      lease_.keep();
    } else {
      lease_.end();
    }
  }

  const Owners owners_;
  const std::optional<coro::Duration> read_timeout_;
  const std::unique_ptr<Parser> parser_;
  ConnectionPool::Lease lease_;
  coro::TimePoint received_at_;
  Failure failure_;  // to be returned after the part that has not been read yet
  bool ended_ = false;
};

}  // namespace cppworker::http::own
