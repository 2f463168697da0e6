#pragma once

#include <cstddef>
#include <vector>

namespace cppworker::coro {

/// Makes a crash say which user class and task ran: a stack overflow (with the way out), another
/// bad memory access, an exception that nobody catches. The process then ends as it would have
/// without this: what was installed before is called. Also parks a coroutine whose StopUser ran
/// into a function that must not throw. Once per process; further calls do nothing.
void install_crash_reports();

/// `function` is called before a crash report is written. It must be async-signal-safe and end
/// soon.
void call_before_crash(void (*function)() noexcept);

/// Gives the calling thread a stack for signal handlers, unless it has one: a handler can't run on
/// the stack that has just overflowed. Must be destroyed by the same thread.
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
