#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "coro/clock.hpp"
#include "coro/timer_wheel.hpp"
#include "coro/timers.hpp"

namespace cppworker::coro {

/// The timers of one scheduler. A timer has at most one entry in the wheel that counts, and keeps
/// it when it is cancelled or put off: the entry is looked at when it comes due and moved if need
/// be. So a timeout that is armed and cancelled for each request costs no entry per request.
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
  /// Fires timers that are due, at most `limit`, and none that was armed meanwhile.
  void fire_due(std::size_t limit);
  [[nodiscard]] bool any_due() const { return wheel_.due_size() != 0; }

  /// When advance() should be called next: no later than the first deadline; TimePoint::max() when
  /// no timer is armed.
  [[nodiscard]] TimePoint next() const;
  /// Armed timers, without those that never come due.
  [[nodiscard]] std::size_t armed() const { return armed_; }
  [[nodiscard]] const TimerWheel& wheel() const { return wheel_; }

 private:
  using Tick = TimerWheel::Tick;
  static constexpr Tick kNever = Timer::kUnarmed - 1;

  /// By timer id. When a timer goes, its entry stays and serves the next owner of the id.
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
