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
/// In addition to the CPU registers it contains the other state of a stack: the exceptions that are
/// being thrown and caught on it, and the data for the sanitizers.
class Context {
 public:
  /// The function that runs on the new stack. It must never return.
  using Entry = void (*)(void* argument);

  /// The thread's own stack. It can be resumed only after switch_context() has left it.
  Context() : fiber_{} {}
  /// Abandons the suspended stack without unwinding. Destroying Boost's fiber would throw its
  /// forced_unwind through user code, where a `catch (...)` could then end the process.
  ~Context() {}  // NOLINT(modernize-use-equals-default): fiber_ must not be destroyed
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// The first switch to this context calls `entry(argument)` on `stack`. All switches to and from
  /// this context are from and to `loop`.
  void create(std::span<std::byte> stack, Entry entry, void* argument, Context& loop);

  /// Abandons the suspended stack without unwinding. The memory may then be reused.
  void drop();

  /// The lowest used address of the suspended stack.
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
    boost::context::fiber fiber_;  // where to continue; empty while the context runs
  };
  ExceptionState exceptions_{};
  const void* stack_bottom_ = nullptr;
  std::size_t stack_size_ = 0;
  void* asan_fake_stack_ = nullptr;
  void* tsan_fiber_ = nullptr;
};

/// Leaves `from`, which must be running, and continues where `to` was left. Returns after a switch
/// back. All context switches of the program use this function.
///
/// Inline, because the CPU mispredicts each return after a switch (its return stack does not follow
/// the switch). So there should be few calls between a switch and the code that requested it.
inline void switch_context(Context& from, Context& to) {
  // The C++ runtime keeps caught and uncaught exceptions per thread. Without this, a coroutine that
  // suspends in a catch block would rethrow the exception of another coroutine.
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
