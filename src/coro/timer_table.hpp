#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "coro/clock.hpp"
#include "coro/timer_wheel.hpp"
#include "coro/timers.hpp"

namespace cppworker::coro {

/// The timers of one scheduler. A timer has at most one valid entry in the wheel. It keeps the
/// entry when it is cancelled or postponed: the entry is checked when it is due, and moved if
/// necessary. So a timeout that is armed and cancelled for each request does not need an entry per
/// request.
class TimerTable {
 public:
  static constexpr Duration kTick = std::chrono::milliseconds{1};

  /// Ticks are counted from `origin`.
  explicit TimerTable(TimePoint origin) : origin_{origin} {}

  std::uint32_t add(Timer& timer);
  void remove(Timer& timer);
  void arm(Timer& timer, TimePoint deadline);
  void cancel(Timer& timer);

  /// Everything with a deadline up to `now` becomes due.
  void advance(TimePoint now);
  /// Fires due timers, at most `limit`, but not timers that are armed during the call.
  void fire_due(std::size_t limit);
  [[nodiscard]] bool any_due() const { return wheel_.due_size() != 0; }

  /// The time for the next call of advance(), no later than the first deadline. TimePoint::max() if
  /// no timer is armed.
  [[nodiscard]] TimePoint next() const;
  /// The number of armed timers, without those that are never due.
  [[nodiscard]] std::size_t armed() const { return armed_; }
  [[nodiscard]] const TimerWheel& wheel() const { return wheel_; }

 private:
  using Tick = TimerWheel::Tick;
  static constexpr Tick kNever = Timer::kUnarmed - 1;

  /// By timer id. When a timer is destroyed, its entry stays, and the next timer with this id uses
  /// it.
  struct Slot {
    Timer* timer;
    std::uint32_t entry_tick;
    bool has_entry;
  };

  [[nodiscard]] Tick tick_at_or_after(TimePoint time) const;
  void enter(Slot& slot, std::uint32_t id, Tick due);
  void fire(TimerWheel::Entry entry);
  void sweep_if_mostly_stale();

  TimePoint origin_;
  TimerWheel wheel_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_ids_;
  std::size_t armed_ = 0;
  std::size_t entries_that_count_ = 0;
};

}  // namespace cppworker::coro
