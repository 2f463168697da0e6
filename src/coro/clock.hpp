#pragma once

#include <atomic>
#include <chrono>
#include <ctime>
#include <functional>
#include <mutex>
#include <utility>

namespace cppworker::coro {

using Duration = std::chrono::steady_clock::duration;
using TimePoint = std::chrono::steady_clock::time_point;

/// The process's clock_gettime() without the one of this library (http/curl/curl_clock.cpp): the C
/// library's, or that of a sanitizer or a preloaded library before it. Any thread, also before
/// main().
int system_clock_gettime(clockid_t clock, timespec* time) noexcept;

/// The time of one of the kernel's clocks; 0 if it was of a thread that has ended.
inline Duration read_clock(clockid_t clock) {
  timespec time{};
  system_clock_gettime(clock, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

/// The Unix time of points of a scheduler's time. The offset of the two is read again when it is a
/// second old: it changes when the system clock is set or slewed, and when the machine is suspended
/// (the monotonic clock stands still meanwhile). Any thread.
class WallClock {
 public:
  /// A change of the offset beyond this is a step of the system clock: it is logged, once.
  static constexpr std::chrono::seconds kStep{1};

  /// @param read_offset Unix time minus the scheduler's time, as it is now
  explicit WallClock(std::function<Duration()> read_offset);

  /// What to add to the scheduler's time to get the Unix time. `now` may be a little ago.
  [[nodiscard]] Duration offset(TimePoint now) {
    if (now >= TimePoint{Duration{next_look_.load(std::memory_order_relaxed)}}) return look(now);
    return Duration{offset_.load(std::memory_order_relaxed)};
  }
  /// The same, read afresh.
  Duration look(TimePoint now);

  /// The system's own clock against CLOCK_MONOTONIC; one for the process.
  static WallClock& system();

  [[nodiscard]] static bool is_step(Duration change) { return change > kStep || change < -kStep; }

 private:
  const std::function<Duration()> read_offset_;
  std::mutex looking_;
  std::atomic<Duration::rep> offset_;
  std::atomic<Duration::rep> next_look_{0};  // of a TimePoint
};

/// Where a scheduler's time comes from.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() = 0;

  /// The Unix time that belongs to it.
  [[nodiscard]] virtual WallClock& wall() { return WallClock::system(); }

  /// Called when a scheduler has nothing to do before `deadline`. A virtual clock jumps there and
  /// returns true; the real one returns false, and the scheduler waits in the kernel. With a
  /// deadline that has passed it only tells which of the two it is.
  virtual bool skip_to(TimePoint deadline) = 0;
};

/// std::chrono::steady_clock, past the C++ library (a request reads it three times) and past
/// CurlClock.
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

  [[nodiscard]] WallClock& wall() override { return wall_; }
  /// Somebody sets the system clock forward, or back if `step` is negative.
  void set_system_clock_forward(Duration step) { unix_offset_ += step; }

 private:
  Duration unix_offset_ = std::chrono::seconds{1'700'000'000};
  WallClock wall_{[this] { return unix_offset_; }};
  TimePoint now_{std::chrono::hours{1}};  // not the epoch: 0 often means "never"
};

}  // namespace cppworker::coro
