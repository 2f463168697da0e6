#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "stats/counts.hpp"

namespace cppworker::stats {

/// Counts of bucket_response_time() keys: an array for those up to a minute, a map for the rest.
/// The array covers the buckets in use and their neighbours: a few hundred bytes for most entries.
class Histogram {
 public:
  void add(std::int64_t key) {
    if (key < 0 || key > kArrayLimitMs) {
      ++outliers_[key];
      return;
    }
    const std::size_t index = index_of(key);
    if (index - first_ >= counts_.size()) {  // also when index is below first_
      cover(index);
    }
    ++counts_[index - first_];
  }

  [[nodiscard]] Counts counts() const {
    Counts counts;
    counts.reserve(counts_.size());
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] != 0) {
        counts[key_of(first_ + i)] = counts_[i];
      }
    }
    counts.add(Counts(outliers_));
    return counts;
  }

 private:
  static constexpr std::int64_t kArrayLimitMs = 60'000;
  // 0, 1, … 99; 100, 110, … 990; 1,000, 1,100, … 9,900; 10,000, 11,000, … 60,000
  static constexpr std::size_t kTens = 100;
  static constexpr std::size_t kHundreds = kTens + 90;
  static constexpr std::size_t kThousands = kHundreds + 90;
  static constexpr std::size_t kStep = 16;  // buckets by which the array grows, on either side

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

  void cover(std::size_t index) {
    const std::size_t from = index / kStep * kStep;
    if (counts_.empty()) {
      first_ = from;
    } else if (from < first_) {
      counts_.insert(counts_.begin(), first_ - from, 0);
      first_ = from;
    }
    counts_.resize(std::max(counts_.size(), from + kStep - first_));
  }

  std::vector<std::int64_t> counts_;  // of the buckets from first_ on
  std::size_t first_ = 0;
  Counts outliers_;
};

}  // namespace cppworker::stats
