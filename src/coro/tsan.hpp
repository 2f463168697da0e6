#pragma once

#include <sanitizer/tsan_interface.h>

#if !defined(__SANITIZE_THREAD__)
// Absent, unless ThreadSanitizer's runtime was loaded into the process to watch a locustfile that
// was built with it (--check-races).
#pragma weak __tsan_create_fiber
#pragma weak __tsan_destroy_fiber
#pragma weak __tsan_get_current_fiber
#pragma weak __tsan_switch_to_fiber
#pragma weak __tsan_acquire
#pragma weak __tsan_release
#endif

/// What ThreadSanitizer has to know of us: our coroutines, and (where this code itself is built
/// without it, so that it doesn't see our atomics) what one thread hands to another.
namespace cppworker::coro::tsan {

inline bool present() {
#if defined(__SANITIZE_THREAD__)
  return true;
#elif defined(__SANITIZE_ADDRESS__)
  return false;
#else
  return &__tsan_switch_to_fiber != nullptr;
#endif
}

/// What this thread has done so far comes before what follows acquire() of the same address.
inline void release([[maybe_unused]] void* address) {
#if !defined(__SANITIZE_THREAD__)
  if (present()) {
    __tsan_release(address);
  }
#endif
}

inline void acquire([[maybe_unused]] void* address) {
#if !defined(__SANITIZE_THREAD__)
  if (present()) {
    __tsan_acquire(address);
  }
#endif
}

}  // namespace cppworker::coro::tsan
