#pragma once

#include "coro/clock.hpp"
#include "coro/poller.hpp"

namespace cppworker::coro {

/// An upper bound for how long ago the events of a batch became ready. epoll returns at most
/// Poller::kMaxEvents at a time; while more are pending, a marker event that is queued behind them
/// bounds their age.
class EventAge {
 public:
  /// @param poller whose events are fetched; not owned
  EventAge(Poller& poller, TimePoint now) : poller_{poller}, ready_since_{now}, fetched_at_{now} {}

  /// Right before Poller::wait().
  void before_fetch();
  /// Right after it. `now` is the time of the turn before the wait.
  void after_fetch(TimePoint now);
  /// The thread slept in the wait from `from` to `to`: if an event had been ready, the kernel would
  /// have returned it at once.
  void slept(TimePoint from, TimePoint to);

  /// The events of the last batch became ready this long ago at most.
  [[nodiscard]] Duration oldest(TimePoint now) const { return now - ready_since_; }

 private:
  Poller& poller_;
  TimePoint ready_since_;      // the events of this batch, at the earliest
  TimePoint fetched_at_;       // the last batch
  TimePoint pending_since_{};  // the events that were not fetched with it, at the earliest
  TimePoint marked_at_{};      // the marker was queued
  bool was_marked_ = false;    // before this fetch
};

}  // namespace cppworker::coro
