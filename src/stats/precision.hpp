#pragma once

#include <cmath>
#include <cstdint>

#include "stats/rounding.hpp"

namespace cppworker::stats {

/// The precision with which response times are counted (--response-time-precision).
enum class Precision : std::uint8_t {
  kLocust,       ///< as a Python worker: whole milliseconds below 100
  kTwoDigits,    ///< Locust's keys from 10 ms up; 0.1 ms steps below, 0.01 below 1
  kThreeDigits,  ///< three digits at every scale, down to 0.001 ms
};

namespace detail {

[[nodiscard]] inline std::int64_t to_step(double ms, double steps_per_ms) {
  return static_cast<std::int64_t>(std::nearbyint(ms * steps_per_ms));
}

/// Locust's keys by number: 0, 1, … 99; 100, 110, … 990; 1,000, 1,100, … 9,900; 10,000, 11,000, …
[[nodiscard]] inline std::int64_t index_of_locust_key(std::int64_t key) {
  if (key < 100) return key;
  if (key < 1'000) return 100 + (key - 100) / 10;
  return key < 10'000 ? 190 + (key - 1'000) / 100 : 280 + (key - 10'000) / 1'000;
}

[[nodiscard]] inline std::int64_t locust_key_of_index(std::int64_t index) {
  if (index < 100) return index;
  if (index < 190) return 100 + (index - 100) * 10;
  return index < 280 ? 1'000 + (index - 190) * 100 : 10'000 + (index - 280) * 1'000;
}

}  // namespace detail

/// The index of the bucket in which a response time is counted. Indexes are consecutive and ascend
/// with the response time. Halves are rounded to even.
[[nodiscard]] inline std::int64_t bucket_index(double ms, Precision precision) {
  using detail::to_step;
  if (!(ms >= 0) || precision == Precision::kLocust) {
    return detail::index_of_locust_key(bucket_response_time(ms));
  }
  if (precision == Precision::kTwoDigits) {
    if (ms < 1) return to_step(ms, 100);       // 0 … 100
    if (ms < 10) return 90 + to_step(ms, 10);  // 100 … 190
    return 180 + detail::index_of_locust_key(bucket_response_time(ms));
  }
  if (ms < 1) return to_step(ms, 1'000);          // 0 … 1,000
  if (ms < 10) return 900 + to_step(ms, 100);     // 1,000 … 1,900
  if (ms < 100) return 1'800 + to_step(ms, 10);   // 1,900 … 2,800
  if (ms < 1'000) return 2'700 + to_step(ms, 1);  // 2,800 … 3,700
  if (ms < 10'000) return 3'600 + to_step(ms, 0.1);
  constexpr double kLimit = 9e15;
  return 4'500 + to_step(ms < kLimit ? ms : kLimit, 0.01);
}

/// The response time that represents a bucket, in microseconds, which are integers for all keys.
/// Saturated at the limits of int64.
[[nodiscard]] inline std::int64_t bucket_key_us(std::int64_t index, Precision precision) {
  constexpr std::int64_t kMostMs = 9'000'000'000'000'000;
  const auto locust = [](std::int64_t locust_index) {
    const std::int64_t ms = detail::locust_key_of_index(locust_index);
    return (ms > kMostMs ? kMostMs : ms < -kMostMs ? -kMostMs : ms) * 1'000;
  };
  if (index < 0 || precision == Precision::kLocust) return locust(index);
  if (precision == Precision::kTwoDigits) {
    if (index < 100) return index * 10;
    return index < 190 ? (index - 90) * 100 : locust(index - 180);
  }
  if (index < 1'000) return index;
  if (index < 1'900) return (index - 900) * 10;
  if (index < 2'800) return (index - 1'800) * 100;
  if (index < 3'700) return (index - 2'700) * 1'000;
  return index < 4'600 ? (index - 3'600) * 10'000 : (index - 4'500) * 100'000;
}

}  // namespace cppworker::stats
