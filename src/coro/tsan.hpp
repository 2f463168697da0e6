#pragma once

#include <sanitizer/tsan_interface.h>

#if !defined(__SANITIZE_THREAD__)
// Null unless ThreadSanitizer's runtime was loaded into the process to check a locustfile that was
// built with it (--check-races).
#pragma weak __tsan_create_fiber
#pragma weak __tsan_destroy_fiber
#pragma weak __tsan_get_current_fiber
#pragma weak __tsan_switch_to_fiber
#pragma weak __tsan_acquire
#pragma weak __tsan_release
#endif

/// Annotations for ThreadSanitizer: coroutines, and the data that one thread passes to another. The
/// latter is necessary where this code is built without ThreadSanitizer, which then does not see
/// its atomics.
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

/// Everything before release() happens before everything after acquire() of the same address.
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
