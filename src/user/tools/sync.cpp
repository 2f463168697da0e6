#include <cppworker/sync.hpp>

namespace cppworker {

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
      release();  // the permit was given to this user, which was stopped meanwhile
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
