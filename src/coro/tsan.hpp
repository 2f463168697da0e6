#pragma once

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#else
// Null unless ThreadSanitizer's runtime was loaded into the process to check a locustfile that was
// built with it (--check-races). The header is missing where clang++ is installed without its
// sanitizers.
extern "C" {
[[gnu::weak]] void* __tsan_create_fiber(unsigned flags);
[[gnu::weak]] void __tsan_destroy_fiber(void* fiber);
[[gnu::weak]] void* __tsan_get_current_fiber();
[[gnu::weak]] void __tsan_switch_to_fiber(void* fiber, unsigned flags);
[[gnu::weak]] void __tsan_acquire(void* address);
[[gnu::weak]] void __tsan_release(void* address);
}
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
