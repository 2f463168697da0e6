#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "coro/clock.hpp"
#include "stats/phases.hpp"

namespace cppworker::http {

/// Measures the phases of a call's requests, one after the other. The time between two phases, for
/// example a wait for a free connection, belongs to none. Each call reads the clock once.
class PhaseTimer {
 public:
  explicit PhaseTimer(coro::Clock& clock) : clock_(clock) {}

  /// The present phase ends, and another one begins.
  void enter(stats::Phase phase) {
    const coro::TimePoint now = clock_.now();
    end_present(now);
    present_ = phase;
    since_ = now;
  }
  /// The present phase ends, if there is one.
  void leave() {
    if (!present_) return;
    end_present(clock_.now());
    present_.reset();
  }
  /// The present phase, if there is one, has ended `duration` after it began. `next` began then, or
  /// later at `next_since`, and ends now.
  void leave_after(coro::Duration duration, stats::Phase next,
                   std::optional<coro::TimePoint> next_since = {}) {
    if (!present_) return;
    const coro::TimePoint now = clock_.now();
    const coro::TimePoint ended = std::min(since_ + duration, now);
    end_present(ended);
    present_ = next;
    since_ = std::max(ended, next_since.value_or(ended));
    end_present(now);
    present_.reset();
  }
  [[nodiscard]] bool is_in(stats::Phase phase) const { return present_ == phase; }

  /// A TCP connection was opened.
  void add_connection() { ++times_.new_connections; }

  /// Without the present phase.
  [[nodiscard]] stats::PhaseTimes& times() { return times_; }
  [[nodiscard]] const stats::PhaseTimes& times() const { return times_; }

 private:
  void end_present(coro::TimePoint now) {
    if (present_) {
      times_.add(*present_, std::chrono::duration<double, std::milli>(now - since_).count());
    }
  }

  coro::Clock& clock_;
  stats::PhaseTimes times_;
  std::optional<stats::Phase> present_;
  coro::TimePoint since_{};
};

}  // namespace cppworker::http
