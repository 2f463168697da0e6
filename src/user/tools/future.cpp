#include <cppworker/future.hpp>

#include "base/check.hpp"
#include "coro/forked_child.hpp"
#include "coro/scheduler.hpp"
#include "coro/tsan.hpp"
#include "user/deadline.hpp"

namespace cppworker::detail {

/// The waiting coroutine and the mailbox of its scheduler, which may have ended.
struct FutureState::Waiter {
  coro::Coroutine* coroutine;  ///< null when it no longer waits; used by its own thread only
  std::shared_ptr<coro::Postbox> postbox;
};

/// Registers the running coroutine as the waiter, for the lifetime of this object.
class FutureState::Waiting {
 public:
  explicit Waiting(FutureState& state) : state_(state) {
    coro::Coroutine& self = coro::this_coroutine::self("Future::wait");
    const std::lock_guard lock(state_.mutex_);
    if (state_.waiter_ != nullptr) {
      throw std::logic_error("two users wait for the same Future: only one may wait at a time");
    }
    state_.waiter_ = std::make_shared<Waiter>(Waiter{&self, coro::Scheduler::current()->postbox()});
  }
  ~Waiting() {
    const std::lock_guard lock(state_.mutex_);
    DCHECK(state_.waiter_ != nullptr);
    DCHECK(state_.waiter_->coroutine == coro::Scheduler::current()->running());
    state_.waiter_->coroutine = nullptr;
    state_.waiter_.reset();
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  FutureState& state_;
};

FutureState::FutureState() = default;
FutureState::~FutureState() = default;

void FutureState::complete() {
  coro::end_if_forked_child();  // another thread may have held the lock
  const std::lock_guard lock(mutex_);
  CHECK(!done());
  coro::tsan::release(this);
  done_.store(true);
  if (waiter_ == nullptr) {
    return;
  }
  // When the function runs, the coroutine may no longer be waiting; it may even have ended.
  waiter_->postbox->post([waiter = waiter_] {
    if (waiter->coroutine != nullptr) {
      waiter->coroutine->resume();
    }
  });
}

bool FutureState::wait(Seconds timeout) {
  if (done()) {
    coro::tsan::acquire(this);
    return true;
  }
  const coro::TimePoint deadline = deadline_after(timeout);
  const Waiting waiting(*this);
  while (!done()) {
    if (!coro::this_coroutine::suspend(deadline) || (!done() && clock_now() >= deadline)) {
      return false;
    }
  }
  return true;
}

void FutureState::wait_despite_stop() {
  const Waiting waiting(*this);
  while (!done()) {
    coro::this_coroutine::suspend_despite_stop();
  }
}

}  // namespace cppworker::detail
