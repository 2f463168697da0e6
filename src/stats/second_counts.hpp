#pragma once

#include <cstdint>
#include <utility>

#include "stats/counts.hpp"

namespace cppworker::stats {

/// Events per Unix second. The count of the current second is stored separately, so that an event
/// costs one increment. If the clock goes back, an event costs a search.
class SecondCounts {
 public:
  void add(std::int64_t second) {
    if (second != current_) {
      flush();
      current_ = second;
    }
    ++count_;
  }

  [[nodiscard]] Counts counts() && {
    flush();
    return std::move(earlier_);
  }

 private:
  void flush() {
    if (count_ != 0) {
      earlier_[current_] += count_;
      count_ = 0;
    }
  }

  std::int64_t current_ = 0;
  std::int64_t count_ = 0;
  Counts earlier_;
};

}  // namespace cppworker::stats
