#pragma once

namespace cppworker::http {

/// For a call of libcurl: while it exists, its thread's CLOCK_MONOTONIC says what it said a few
/// microseconds ago, and only every 32nd look at it costs anything. libcurl 7.88 looks 27 times for
/// a request, 5 % of what that costs, and needs no more than milliseconds.
class CurlClock {
 public:
  CurlClock() noexcept;
  ~CurlClock();
  CurlClock(const CurlClock&) = delete;
  CurlClock& operator=(const CurlClock&) = delete;
};

}  // namespace cppworker::http
