#pragma once

namespace cppworker::coro {

// ThreadSanitizer is slow and supports at most 8,128 fibers.
#if defined(__SANITIZE_THREAD__)
inline constexpr unsigned kMillion = 50'000;
inline constexpr unsigned kManyCoroutines = 1'000;
#else
inline constexpr unsigned kMillion = 1'000'000;
inline constexpr unsigned kManyCoroutines = 100'000;
#endif

}  // namespace cppworker::coro
