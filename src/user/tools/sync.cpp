#include <stdexcept>

#include <cppworker/sync.hpp>

#include "coro/scheduler.hpp"
#include "user/tools/deadline.hpp"

namespace cppworker {

namespace detail {

WaitList::Place::Place(WaitList& list)
    : list_(list), coroutine_(&coro::this_coroutine::self("wait")) {
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
    link = &(*link)->next_;
  }
  *link = place.next_;
}

void WaitList::check_shard() {
  const coro::Scheduler* here = coro::Scheduler::current();
  if (here == nullptr) {
    throw std::logic_error("a Semaphore or Event was used outside of a shard's thread");
  }
  if (scheduler_ == nullptr) {
    scheduler_ = here;
  } else if (here != scheduler_) {
    throw std::logic_error(
        "a Semaphore or Event belongs to the shard that used it first: put it into a ShardLocal");
  }
}

}  // namespace detail

bool Semaphore::acquire(Seconds timeout) {
  waiters_.check_shard();
  if (permits_ > 0) {
    --permits_;
    return true;
  }
  if (timeout <= Seconds::zero()) {
    return false;
  }
  detail::WaitList::Place place(waiters_);
  try {
    if (place.wait(timeout)) {
      return true;
    }
  } catch (...) {
    if (place.woken()) {
      release();  // handed over to a user that has been stopped meanwhile
    }
    throw;
  }
  if (place.woken()) {
    release();
  }
  return false;
}

void Semaphore::release() {
  waiters_.check_shard();
  if (!waiters_.wake_first()) {
    ++permits_;
  }
}

void Event::set() {
  waiters_.check_shard();
  set_ = true;
  waiters_.wake_all();
}

bool Event::wait(Seconds timeout) {
  waiters_.check_shard();
  if (set_) {
    return true;
  }
  return detail::WaitList::Place(waiters_).wait(timeout);
}

}  // namespace cppworker
