#include <stdexcept>
#include <string>

#include "coro/fd_table.hpp"
#include "coro/scheduler.hpp"
#include "coro/scheduler_core.hpp"
#include "coro/stacked_coroutine.hpp"

namespace cppworker::coro::this_coroutine {
namespace {

using Reason = StackedCoroutine::Wait;

struct Here {
  SchedulerCore& core;
  StackedCoroutine& self;
};

Here here(const char* function) {
  SchedulerCore* core = SchedulerCore::current();
  if (core != nullptr && core->running() == nullptr) {
    throw std::logic_error(std::string(function) +
                           "() was called outside of a coroutine: in on_message(), or in another "
                           "function that runs on the thread's loop. A call that waits can't be "
                           "used there: set a flag or an Event and let a task do it. publish() of "
                           "MQTT: use .wait = false.");
  }
  if (core == nullptr) {
    throw std::logic_error(std::string(function) +
                           "() was called outside of a coroutine. Only users and event "
                           "listeners can wait, and only on their own thread: not in a "
                           "std::thread or in a function that run_blocking() runs.");
  }
  return {*core, *core->running()};
}

FdResult wait_fd(const Here& here, int fd, FdTable::Wait::Direction direction, TimePoint deadline) {
  if (!here.self.check_stop()) {
    return FdResult::kStopped;
  }
  bool ready = false;
  {
    const FdTable::Wait wait{here.core.fds(), here.self, fd, direction};
    if (!wait.ready()) {
      here.self.wait(Reason::kFd, deadline);
    }
    ready = wait.ready();
  }
  if (!here.self.check_stop()) {
    return FdResult::kStopped;
  }
  return ready ? FdResult::kReady : FdResult::kTimeout;
}

}  // namespace

Coroutine& self(const char* function) { return here(function).self; }

bool suspend(TimePoint deadline) {
  StackedCoroutine& self = here("suspend").self;
  if (!self.check_stop()) {
    return false;
  }
  if (self.take_remembered_resume()) {
    return true;
  }
  self.wait(Reason::kSuspend, deadline);
  return self.check_stop();
}

void suspend_despite_stop() {
  StackedCoroutine& self = here("suspend_despite_stop").self;
  if (!self.take_remembered_resume()) {
    self.wait(Reason::kSuspend);
  }
}

void park() { here("park").self.park(); }

bool check_stop() { return here("check_stop").self.check_stop(); }

bool yield() {
  StackedCoroutine& self = here("yield").self;
  if (!self.check_stop()) {
    return false;
  }
  self.yield();
  return self.check_stop();
}

bool yield_unless_waited() {
  StackedCoroutine& self = here("yield_unless_waited").self;
  if (self.take_waited()) {
    return self.check_stop();
  }
  return yield();
}

bool sleep_until(TimePoint deadline) {
  StackedCoroutine& self = here("sleep_until").self;
  if (!self.check_stop()) {
    return false;
  }
  self.wait(Reason::kSleep, deadline);
  return self.check_stop();
}

FdResult wait_readable(int fd, TimePoint deadline) {
  return wait_fd(here("wait_readable"), fd, FdTable::Wait::Direction::kRead, deadline);
}

FdResult wait_writable(int fd, TimePoint deadline) {
  return wait_fd(here("wait_writable"), fd, FdTable::Wait::Direction::kWrite, deadline);
}

void run_on_loop_stack(const std::function<void()>& function) {
  const Here caller = here("run_on_loop_stack");
  caller.core.run_on_loop_stack(caller.self, function);
}

}  // namespace cppworker::coro::this_coroutine
