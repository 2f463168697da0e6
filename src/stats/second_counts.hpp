#pragma once

#include <cstdint>
#include <utility>

#include "stats/counts.hpp"

namespace cppworker::stats {

/// Events per Unix second. The second being counted is kept apart, so that an event costs an
/// increment; a clock that goes back only costs a search.
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
