#include "coro/event_age.hpp"

#include "base/check.hpp"

namespace cppworker::coro {

void EventAge::before_fetch() {
  ready_since_ = poller_.is_drained() ? fetched_at_ : pending_since_;
  was_marked_ = poller_.is_marked();
}

void EventAge::after_fetch(TimePoint now) {
  DCHECK(now >= fetched_at_);
  fetched_at_ = now;
  if (!poller_.is_drained() && !poller_.is_marked()) {
    pending_since_ = was_marked_ ? marked_at_ : ready_since_;
    poller_.mark();
    marked_at_ = now;
  }
}

void EventAge::slept(TimePoint from, TimePoint to) {
  DCHECK(to >= from);
  ready_since_ += to - from;
  fetched_at_ = to;
}

}  // namespace cppworker::coro
