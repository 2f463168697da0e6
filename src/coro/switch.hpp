#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>

#include <boost/context/fiber.hpp>
#include <cxxabi.h>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

#include "coro/tsan.hpp"

namespace cppworker::coro {

/// One side of a context switch: a coroutine's stack or the thread's own ("loop") stack.
///
/// Beside the machine's registers it carries what else belongs to a stack: the exceptions that are
/// being thrown and caught on it, and what the sanitizers want to know.
class Context {
 public:
  /// Runs on the new stack and must never return.
  using Entry = void (*)(void* argument);

  /// The thread's own stack: nothing to resume until switch_context() leaves it.
  Context() : fiber_{} {}
  /// Leaves what is suspended on the stack as it is. Destroying Boost's fiber would throw its
  /// forced_unwind through user code, whose `catch (...)` could then end the process.
  ~Context() {}  // NOLINT(modernize-use-equals-default): fiber_ must not be destroyed
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// The first switch to this context calls `entry(argument)` on `stack`; `loop` is the only
  /// context that it is ever switched to from, or switches to.
  void create(std::span<std::byte> stack, Entry entry, void* argument, Context& loop);

  /// Forgets what is suspended here; nothing is unwound, the memory may be used for anything.
  void drop();

  /// The lowest address in use on the suspended stack.
  [[nodiscard]] const std::byte* newest_frame() const {
    static_assert(sizeof fiber_ == sizeof(void*), "it is the address of its newest frame");
    const std::byte* newest = nullptr;
    std::memcpy(static_cast<void*>(&newest), &fiber_, sizeof newest);
    return newest;
  }

  friend void switch_context(Context& from, Context& to);

 private:
  /// The Itanium ABI's __cxa_eh_globals: a pointer to the caught exceptions, then the number of
  /// uncaught ones.
  using ExceptionState = std::array<void*, 2>;

  void arrived_from([[maybe_unused]] Context& other) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(asan_fake_stack_, &other.stack_bottom_, &other.stack_size_);
#endif
  }

  union {
    // NOLINTNEXTLINE(readability-identifier-naming): private like the rest
    boost::context::fiber fiber_;  // where to go on; empty while the context runs
  };
  ExceptionState exceptions_{};
  const void* stack_bottom_ = nullptr;
  std::size_t stack_size_ = 0;
  void* asan_fake_stack_ = nullptr;
  void* tsan_fiber_ = nullptr;
};

/// Leaves `from`, which must be running, and goes on where `to` was left. Returns when something
/// switches back. Every context switch of the program goes through here.
///
/// Inline, because the processor predicts each return after a switch wrongly (its return stack
/// knows nothing of ours): the fewer calls between a switch and the code that wanted it, the
/// better.
inline void switch_context(Context& from, Context& to) {
  // The runtime keeps "being caught" and "uncaught" per thread. Without this, a coroutine that
  // suspends in a catch block would rethrow another one's exception.
  void* globals = abi::__cxa_get_globals();
  std::memcpy(from.exceptions_.data(), globals, sizeof from.exceptions_);
  std::memcpy(globals, to.exceptions_.data(), sizeof to.exceptions_);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&from.asan_fake_stack_, to.stack_bottom_, to.stack_size_);
#endif
  if (tsan::present()) {
    from.tsan_fiber_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to.tsan_fiber_, 0);
  }
  to.fiber_ = std::move(to.fiber_).resume();
  from.arrived_from(to);
}

}  // namespace cppworker::coro
