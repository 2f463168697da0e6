#pragma once

#include <cstddef>
#include <vector>

#include "coro/coroutine.hpp"

namespace cppworker::coro {

/// Installs crash reports, which name the user class and the task that ran: for a stack overflow
/// (with advice), another bad memory access, an arithmetic error, an uncaught exception, and
/// abort(). The process then ends as without crash reports, because the previously installed
/// handlers are called. Also parks a coroutine if StopUser reaches a function that must not throw.
/// Further calls have no effect.
void install_crash_reports();

/// Sets a function that is called before a crash report is written. It must be async-signal-safe
/// and return quickly.
void call_before_crash(void (*function)() noexcept);

/// While it exists, crash reports name this code if the calling thread runs no coroutine.
class UserCodeHere {
 public:
  explicit UserCodeHere(const Label& label);
  ~UserCodeHere();
  UserCodeHere(const UserCodeHere&) = delete;
  UserCodeHere& operator=(const UserCodeHere&) = delete;

 private:
  const Label label_;
  const Label* const outer_;
};

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
