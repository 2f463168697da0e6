#pragma once

#include <optional>

#include "coro/clock.hpp"
#include "coro/coroutine.hpp"
#include "coro/scheduler.hpp"
#include "coro/timers.hpp"

namespace cppworker::http::fast {

/// How long a coroutine still waits: its timer. Lives on the coroutine's stack during a request;
/// arming it for each wait costs no entry in the wheel.
class Patience {
 public:
  Patience(coro::Scheduler& scheduler, coro::Coroutine& self)
      : scheduler_(scheduler), self_(self), timer_(scheduler, &Patience::on_due, this) {}

  /// From now on: so long for all waits until the next call; none: for ever.
  void limit(const std::optional<coro::Duration>& duration) {
    ended_ = false;
    if (duration) {
      timer_.arm(scheduler_.turn_time() + *duration);
    } else {
      timer_.cancel();
    }
  }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] coro::Coroutine& self() const { return self_; }

 private:
  static void on_due(void* self) {
    auto& patience = *static_cast<Patience*>(self);
    patience.ended_ = true;
    patience.self_.resume();
  }

  coro::Scheduler& scheduler_;
  coro::Coroutine& self_;
  coro::Timer timer_;
  bool ended_ = false;
};

}  // namespace cppworker::http::fast
