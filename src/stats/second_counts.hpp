#pragma once

#include <cstdint>
#include <map>
#include <utility>

namespace cppworker::stats {

/// Events per Unix second. The second being counted is kept apart, so that an event costs an
/// increment; a clock that goes back only costs a look into the map.
class SecondCounts {
 public:
  void add(std::int64_t second) {
    if (second != current_) {
      flush();
      current_ = second;
    }
    ++count_;
  }

  /// All counts by second; leaves none.
  [[nodiscard]] std::map<std::int64_t, std::int64_t> take() {
    flush();
    auto counts = std::move(earlier_);
    earlier_.clear();
    return counts;
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
  std::map<std::int64_t, std::int64_t> earlier_;
};

}  // namespace cppworker::stats
