#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "coro/clock.hpp"

namespace cppworker::coro {

/// The time that coroutines waited for the thread after the event that they waited for.
struct Lag {
  std::uint64_t count = 0;  ///< coroutines that were resumed after a wait
  Duration p99{0};          ///< 99 % of them waited this long at most; up to 1/8 too high
  Duration max{0};
  /// How many of them waited how long, in ascending order; the times are up to 1/8 too high.
  std::vector<std::pair<Duration, std::uint64_t>> counts{};
};

/// Counts lags in a histogram with eight buckets per power of two of nanoseconds.
class LagMeter {
 public:
  void record(Duration lag) {
    const auto nanoseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(lag.count(), 0));
    ++counts_[std::min(bucket_of(nanoseconds), counts_.size() - 1)];
    ++count_;
    max_ = std::max(max_, lag);
  }

  /// Returns the lag since the last call and starts again.
  [[nodiscard]] Lag take() {
    Lag lag{.count = count_, .p99 = max_, .max = max_};
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
      if (counts_[bucket] == 0) continue;
      const Duration bound{static_cast<std::int64_t>(upper_bound_of(bucket))};
      lag.counts.emplace_back(std::min(max_, bound), counts_[bucket]);
    }
    std::uint64_t above = count_ / 100;
    for (auto item = lag.counts.rbegin(); item != lag.counts.rend(); ++item) {
      if (item->second > above) {
        lag.p99 = item->first;
        break;
      }
      above -= item->second;
    }
    *this = {};
    return lag;
  }

 private:
  static constexpr unsigned kStepBits = 3;
  static constexpr std::uint64_t kSteps = 1 << kStepBits;

  static std::size_t bucket_of(std::uint64_t value) {
    if (value < kSteps) {
      return static_cast<std::size_t>(value);
    }
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - kStepBits - 1;
    return static_cast<std::size_t>(shift * kSteps + (value >> shift));
  }
  static std::uint64_t upper_bound_of(std::size_t bucket) {
    if (bucket < 2 * kSteps) {
      return bucket;
    }
    const std::uint64_t shift = bucket / kSteps - 1;
    return ((bucket % kSteps + kSteps + 1) << shift) - 1;
  }

  std::array<std::uint32_t, 36 * kSteps> counts_{};  // up to 2^38 ns: 4 minutes
  std::uint64_t count_ = 0;
  Duration max_{0};
};

}  // namespace cppworker::coro
