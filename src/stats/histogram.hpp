#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>

namespace cppworker::stats {

/// Counts of bucket_response_time() keys: an array for those up to a minute, a map for the rest.
class Histogram {
 public:
  void add(std::int64_t key) {
    if (key < 0 || key > kArrayLimitMs) {
      ++outliers_[key];
      return;
    }
    const std::size_t index = index_of(key);
    ++counts_[index];
    // Most entries use few neighbouring buckets; taking visits those only.
    if (index < first_) {
      first_ = index;
    }
    if (index >= end_) {
      end_ = index + 1;
    }
  }

  /// All counts by key; leaves the histogram empty.
  [[nodiscard]] std::map<std::int64_t, std::int64_t> take() {
    std::map<std::int64_t, std::int64_t> counts;
    for (std::size_t index = first_; index < end_; ++index) {
      if (counts_[index] != 0) {
        counts.emplace_hint(counts.end(), key_of(index), counts_[index]);
        counts_[index] = 0;
      }
    }
    first_ = kBuckets;
    end_ = 0;
    counts.merge(outliers_);  // no key is in both: that leaves none here
    return counts;
  }

 private:
  static constexpr std::int64_t kArrayLimitMs = 60'000;
  // 0, 1, … 99; 100, 110, … 990; 1,000, 1,100, … 9,900; 10,000, 11,000, … 60,000
  static constexpr std::size_t kTens = 100;
  static constexpr std::size_t kHundreds = kTens + 90;
  static constexpr std::size_t kThousands = kHundreds + 90;
  static constexpr std::size_t kBuckets = kThousands + 51;

  static std::size_t index_of(std::int64_t key) {
    const auto ms = static_cast<std::size_t>(key);
    if (ms < 100) {
      return ms;
    }
    if (ms < 1'000) {
      return kTens + (ms - 100) / 10;
    }
    return ms < 10'000 ? kHundreds + (ms - 1'000) / 100 : kThousands + (ms - 10'000) / 1'000;
  }

  static std::int64_t key_of(std::size_t index) {
    std::size_t key = index;
    if (index >= kThousands) {
      key = 10'000 + (index - kThousands) * 1'000;
    } else if (index >= kHundreds) {
      key = 1'000 + (index - kHundreds) * 100;
    } else if (index >= kTens) {
      key = 100 + (index - kTens) * 10;
    }
    return static_cast<std::int64_t>(key);
  }

  std::array<std::int64_t, kBuckets> counts_{};
  std::size_t first_ = kBuckets;  // the used part of counts_ is [first_, end_)
  std::size_t end_ = 0;
  std::map<std::int64_t, std::int64_t> outliers_;
};

}  // namespace cppworker::stats
