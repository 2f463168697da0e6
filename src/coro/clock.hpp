#pragma once

#include <chrono>
#include <ctime>

namespace cppworker::coro {

using Duration = std::chrono::steady_clock::duration;
using TimePoint = std::chrono::steady_clock::time_point;

/// What one of the kernel's clocks says; 0 if it was of a thread that has ended.
inline Duration read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

/// Where a scheduler's time comes from.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() = 0;

  /// Called when a scheduler has nothing to do before `deadline`. A virtual clock jumps there and
  /// returns true; the real one returns false, and the scheduler waits in the kernel. With a
  /// deadline that has passed it only tells which of the two it is.
  virtual bool skip_to(TimePoint deadline) = 0;
};

/// std::chrono::steady_clock, without the way through the C++ library: a request reads it thrice.
class RealClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() override { return TimePoint{read_clock(CLOCK_MONOTONIC)}; }
  bool skip_to(TimePoint) override { return false; }
};

/// Time that passes only when nothing else can happen: a test of an hour takes microseconds.
class VirtualClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() override { return now_; }
  bool skip_to(TimePoint deadline) override {
    if (deadline > now_) {
      now_ = deadline;
    }
    return true;
  }
  /// A task that computes for `duration`, as seen by the clock.
  void advance(Duration duration) { now_ += duration; }

 private:
  TimePoint now_{std::chrono::hours{1}};  // not the epoch: 0 often means "never"
};

}  // namespace cppworker::coro
