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

  /// Call this right before Poller::wait().
  void before_fetch();
  /// Call this right after Poller::wait(). `now` is the time of the turn before the wait.
  void after_fetch(TimePoint now);
  /// The thread slept in the wait from `from` to `to`. No event was ready before that, because the
  /// kernel would have returned it at once.
  void slept(TimePoint from, TimePoint to);

  /// The maximum age of the events of the last batch.
  [[nodiscard]] Duration oldest(TimePoint now) const { return now - ready_since_; }

 private:
  Poller& poller_;
  TimePoint ready_since_;      // earliest time for the events of this batch
  TimePoint fetched_at_;       // time of the last batch
  TimePoint pending_since_{};  // earliest time for the events that were not fetched
  TimePoint marked_at_{};      // when the marker was queued
  bool was_marked_ = false;    // before this fetch
};

}  // namespace cppworker::coro
