#pragma once

#include <cmath>
#include <cstdint>

namespace cppworker::stats {

namespace detail {

/// Rounds `ms` (>= 100, below 2^63) to the nearest multiple of `step`, halves to the even multiple.
/// Exact: if it divided by the step first, 104.99999999999999 would become a half.
[[nodiscard]] inline std::int64_t round_half_even(double ms, std::int64_t step) {
  const auto whole = static_cast<std::int64_t>(ms);
  const bool has_fraction = ms != static_cast<double>(whole);
  const std::int64_t rest = whole % step;
  const std::int64_t multiple = whole / step;
  const std::int64_t half = step / 2;
  const bool up = rest > half || (rest == half && (has_fraction || multiple % 2 != 0));
  return (multiple + (up ? 1 : 0)) * step;
}

}  // namespace detail

/// The histogram key of a response time in milliseconds, as Locust's `bucket_response_time` returns
/// it: Python's `round()` (halves to even) to 1 ms below 100 ms, 10 below 1,000, 100 below 10,000
/// and 1,000 above. A value that is not finite becomes 0; one outside of int64, the nearest limit.
[[nodiscard]] inline std::int64_t bucket_response_time(double ms) {
  constexpr double kLimit = 9e18;
  if (ms < 100) {
    // nearbyint() rounds halves to even in the default rounding mode, which is never changed here.
    return static_cast<std::int64_t>(std::nearbyint(ms > -kLimit ? ms : -kLimit));
  }
  if (ms < 1'000) {
    return detail::round_half_even(ms, 10);
  }
  if (ms < 10'000) {
    return detail::round_half_even(ms, 100);
  }
  if (std::isnan(ms)) {
    return 0;
  }
  // Python rounds a float to a float: above 2^53 the multiple of 1,000 may not be representable.
  const std::int64_t rounded = detail::round_half_even(ms < kLimit ? ms : kLimit, 1'000);
  return static_cast<std::int64_t>(static_cast<double>(rounded));
}

}  // namespace cppworker::stats
