#include <stdexcept>

#include <cppworker/detail/wait_list.hpp>

#include "base/check.hpp"
#include "coro/scheduler.hpp"
#include "user/deadline.hpp"

namespace cppworker::detail {

WaitList::Place::Place(WaitList& list)
    : list_(list), coroutine_(&coro::this_coroutine::self("wait")) {
  DCHECK(list.scheduler_ == coro::Scheduler::current());  // check_shard() was called
  Place** end = &list_.first_;
  while (*end != nullptr) {
    end = &(*end)->next_;
  }
  *end = this;
}

WaitList::Place::~Place() {
  if (!woken_) {
    list_.remove(*this);
  }
}

bool WaitList::Place::wait(Seconds timeout) {
  DCHECK(coroutine_ == coro::Scheduler::current()->running());
  const coro::TimePoint deadline = deadline_after(timeout);
  while (!woken_) {
    if (!coro::this_coroutine::suspend(deadline)) {
      return false;
    }
    if (!woken_ && clock_now() >= deadline) {
      return false;
    }
  }
  return true;
}

bool WaitList::wake_first() {
  DCHECK(scheduler_ == coro::Scheduler::current());
  if (first_ == nullptr) {
    return false;
  }
  Place& place = *first_;
  first_ = place.next_;
  place.woken_ = true;
  static_cast<coro::Coroutine*>(place.coroutine_)->resume();
  return true;
}

void WaitList::wake_all() {
  while (wake_first()) {
  }
}

void WaitList::remove(Place& place) {
  Place** link = &first_;
  while (*link != &place) {
    CHECK(*link != nullptr);
    link = &(*link)->next_;
  }
  *link = place.next_;
}

void WaitList::check_shard() {
  const coro::Scheduler* here = coro::Scheduler::current();
  if (here == nullptr) {
    throw std::logic_error(
        "a Semaphore or Event was used on another thread: use it only in users and listeners");
  }
  if (scheduler_ == nullptr) {
    scheduler_ = here;
  } else if (here != scheduler_) {
    throw std::logic_error(
        "a Semaphore or Event was used by two shards: give each shard its own with ShardLocal");
  }
}

}  // namespace cppworker::detail
