#pragma once

namespace cppworker::http {

/// For a call of libcurl: while it exists, its thread's CLOCK_MONOTONIC is read at every 32nd look
/// only, and says the same in between; most often those are microseconds. libcurl 7.88 looks 27
/// times for a request, 5 % of what that costs, and needs no more than milliseconds, as do our
/// timeouts. What is reported must renew() it.
class CurlClock {
 public:
  CurlClock() noexcept;
  ~CurlClock();
  /// This thread's next look reads the clock.
  static void renew() noexcept;
  CurlClock(const CurlClock&) = delete;
  CurlClock& operator=(const CurlClock&) = delete;
};

}  // namespace cppworker::http
