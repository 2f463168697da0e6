#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "stats/counts.hpp"
#include "stats/precision.hpp"

namespace cppworker::stats {

/// Counts per bucket_index(): an array for the usual buckets, a map for the others. The array
/// covers the buckets in use and their neighbours, in a few hundred bytes for most entries.
class Histogram {
 public:
  void add(std::int64_t bucket) {
    if (bucket < 0 || bucket > kArrayLimit) {
      ++outliers_[bucket];
      return;
    }
    const auto index = static_cast<std::size_t>(bucket);
    if (index - first_ >= counts_.size()) {  // also true if index is below first_
      cover(index);
    }
    ++counts_[index - first_];
  }

  /// The counts by bucket_key_us(). `precision` is the one of the added buckets.
  [[nodiscard]] Counts counts(Precision precision) const {
    Counts counts;
    counts.reserve(counts_.size());
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] != 0) {
        counts[bucket_key_us(static_cast<std::int64_t>(first_ + i), precision)] = counts_[i];
      }
    }
    for (const auto& [bucket, count] : outliers_) {
      counts[bucket_key_us(bucket, precision)] += count;
    }
    return counts;
  }

 private:
  static constexpr std::int64_t kArrayLimit = 5'200;  // more than a minute at every precision
  static constexpr std::size_t kStep = 16;  // buckets by which the array grows, on either side

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

  std::vector<std::int64_t> counts_;  // counts of the buckets from first_ on
  std::size_t first_ = 0;
  Counts outliers_;
};

}  // namespace cppworker::stats
