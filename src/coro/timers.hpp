#pragma once

#include <cstdint>

#include "coro/clock.hpp"

namespace cppworker::coro {

class Scheduler;
class TimerTable;

/// Calls a function on the scheduler's own stack at a point in time. The resolution is 1 ms, never
/// early. Owned by the caller, who must destroy it on the scheduler's thread before the scheduler.
/// Arming and cancelling do not allocate (except for growth, which is kept). 1,000,000 timers may
/// be armed. A timer with the deadline TimePoint::max() never fires.
class Timer {
 public:
  /// `fire(context)` must not throw. It may arm, re-arm or destroy any timer, including this one.
  using Fire = void (*)(void* context);
  Timer(Scheduler& scheduler, Fire fire, void* context);
  Timer(TimerTable& table, Fire fire, void* context);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void arm(TimePoint deadline);  ///< replaces an earlier deadline
  void cancel();
  [[nodiscard]] bool armed() const { return due_ != kUnarmed; }

 private:
  friend class TimerTable;
  static constexpr std::uint64_t kUnarmed = UINT64_MAX;

  TimerTable& table_;
  Fire fire_;
  void* context_;
  std::uint64_t due_ = kUnarmed;  // tick
  std::uint32_t id_;
};

}  // namespace cppworker::coro
