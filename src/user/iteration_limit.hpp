#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

namespace cppworker::detail {

/// The number of task iterations that the users of all shards may run (--iterations). Any thread.
class IterationLimit {
 public:
  /// @param used_up called once, by the thread that takes the last iteration
  IterationLimit(std::size_t iterations, std::function<void()> used_up)
      : left_(static_cast<std::int64_t>(iterations)), used_up_(std::move(used_up)) {}

  /// Takes an iteration. False if there is none left.
  [[nodiscard]] bool take() {
    const std::int64_t left = left_.fetch_sub(1) - 1;
    if (left == 0) used_up_();
    return left >= 0;
  }
  [[nodiscard]] bool is_used_up() const { return left_ <= 0; }

 private:
  std::atomic<std::int64_t> left_;
  const std::function<void()> used_up_;
};

}  // namespace cppworker::detail
