#pragma once

#include <cstddef>
#include <vector>

namespace cppworker::coro {

/// Installs crash reports, which name the user class and the task that ran: for a stack overflow
/// (with advice), another bad memory access, and an uncaught exception. The process then ends as
/// without crash reports, because the previously installed handlers are called. Also parks a
/// coroutine if StopUser reaches a function that must not throw. Further calls have no effect.
void install_crash_reports();

/// Sets a function that is called before a crash report is written. It must be async-signal-safe
/// and return quickly.
void call_before_crash(void (*function)() noexcept);

/// Gives the calling thread a stack for signal handlers unless it has one, because a handler cannot
/// run on the stack that has just overflowed. The same thread must destroy it.
class SignalStack {
 public:
  SignalStack();
  ~SignalStack();
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

 private:
  std::vector<std::byte> memory_;
};

}  // namespace cppworker::coro
