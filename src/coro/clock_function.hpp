#pragma once

#include <atomic>
#include <bit>
#include <ctime>

#include <sys/syscall.h>
#include <unistd.h>

namespace cppworker::coro {

/// A definition of clock_gettime() that is looked up on the first call; the kernel if there is
/// none. For constinit variables: the first call may come before main(), from a constructor of
/// another library, and the lookup must not run under the lock of a static's guard. Threads that
/// look it up at the same time find the same function.
class ClockFunction {
 public:
  /// @param find the address of the definition, by dlsym(); null if there is none
  constexpr explicit ClockFunction(void* (*find)()) : find_{find} {}

  int operator()(clockid_t clock, timespec* time) {
    Function function = function_.load(std::memory_order_relaxed);
    if (function == nullptr) {
      void* const found = find_();
      function = found != nullptr ? std::bit_cast<Function>(found) : call_kernel;
      function_.store(function, std::memory_order_relaxed);
    }
    return function(clock, time);
  }

 private:
  using Function = int (*)(clockid_t, timespec*);

  static int call_kernel(clockid_t clock, timespec* time) {
    return static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  }

  void* (*find_)();
  std::atomic<Function> function_{nullptr};
};

}  // namespace cppworker::coro
