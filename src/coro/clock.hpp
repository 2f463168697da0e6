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

/// The time of a kernel clock; 0 for the CPU clock of a thread that has ended.
inline Duration read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

/// Converts a scheduler's time to Unix time. The offset between the two is read again when it is a
/// second old. It changes when the system clock is set or slewed, and when the machine is suspended
/// (the monotonic clock then stops). For any thread.
class WallClock {
 public:
  /// A larger change of the offset is a step of the system clock, which is logged once.
  static constexpr std::chrono::seconds kStep{1};

  /// @param read_offset returns the current Unix time minus the scheduler's time
  explicit WallClock(std::function<Duration()> read_offset);

  /// The offset to add to the scheduler's time to get Unix time. `now` may be slightly in the past.
  [[nodiscard]] Duration offset(TimePoint now) {
    if (now >= TimePoint{Duration{next_look_.load(std::memory_order_relaxed)}}) return look(now);
    return Duration{offset_.load(std::memory_order_relaxed)};
  }
  /// Reads the offset again and returns it.
  Duration look(TimePoint now);

  /// The system clock relative to CLOCK_MONOTONIC; one object per process.
  static WallClock& system();

  [[nodiscard]] static bool is_step(Duration change) { return change > kStep || change < -kStep; }

 private:
  const std::function<Duration()> read_offset_;
  std::mutex looking_;
  std::atomic<Duration::rep> offset_;
  std::atomic<Duration::rep> next_look_{0};  // of a TimePoint
};

/// The source of a scheduler's time.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() = 0;

  /// Converts its time to Unix time.
  [[nodiscard]] virtual WallClock& wall() { return WallClock::system(); }

  /// Called when a scheduler has nothing to do before `deadline` (max(): no timer is armed). A
  /// virtual clock jumps to the deadline, or less far, and returns true. The real clock returns
  /// false, and the scheduler waits in the kernel. If the deadline has passed, only the return
  /// value matters.
  virtual bool skip_to(TimePoint deadline) = 0;
};

/// The time of std::chrono::steady_clock, without the overhead of the C++ library: a request reads
/// it three times.
class RealClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() override { return TimePoint{read_clock(CLOCK_MONOTONIC)}; }
  bool skip_to(TimePoint) override { return false; }
};

/// A virtual clock: time passes only when nothing else can happen. A test of an hour takes
/// microseconds.
class VirtualClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() override { return now_; }
  bool skip_to(TimePoint deadline) override {
    if (deadline == TimePoint::max()) {
      return false;
    }
    if (deadline > now_) {
      now_ = deadline;
    }
    return true;
  }
  /// Simulates a task that computes for `duration`.
  void advance(Duration duration) { now_ += duration; }

  [[nodiscard]] WallClock& wall() override { return wall_; }
  /// Simulates that the system clock is set forward, or back if `step` is negative.
  void set_system_clock_forward(Duration step) { unix_offset_ += step; }

 private:
  Duration unix_offset_ = std::chrono::seconds{1'700'000'000};
  WallClock wall_{[this] { return unix_offset_; }};
  TimePoint now_{std::chrono::hours{1}};  // not the epoch: 0 often means "never"
};

}  // namespace cppworker::coro
