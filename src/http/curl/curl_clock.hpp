#pragma once

namespace cppworker::http {

/// A cheaper clock for a call of libcurl, on its thread. While it exists, only every 32nd
/// clock_gettime(CLOCK_MONOTONIC) on the thread reads the clock; the others return the same time.
/// The 32 calls are usually microseconds apart. libcurl 7.88 reads the clock 27 times per request,
/// 5 % of the request's CPU time, and needs milliseconds only. coro::Clock always returns the true
/// time, so callbacks of libcurl's use that. Not nested.
///
/// Without the CMake option CPPWORKER_CURL_CLOCK it does nothing. curl_clock.cpp describes how it
/// works and its risks.
class CurlClock {
 public:
  CurlClock() noexcept;
  ~CurlClock();
  CurlClock(const CurlClock&) = delete;
  CurlClock& operator=(const CurlClock&) = delete;

  /// Whether it has an effect in this process: not if it was left out of the build, nor if another
  /// library's clock_gettime comes first (a sanitizer's, a preloaded one).
  [[nodiscard]] static bool in_effect() noexcept;
};

}  // namespace cppworker::http
