#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

namespace cppworker::detail {

/// The number of task iterations that users of all shards may still run: those of one class (its
/// `iterations`), or all users (--iterations). Any thread.
class IterationLimit {
 public:
  /// @param used_up called once, by the thread that takes the last iteration
  /// @param of_all the limit of all users, if this is the limit of a class; may be null; not owned
  IterationLimit(std::int64_t iterations, std::function<void()> used_up,
                 IterationLimit* of_all = nullptr)
      : left_(iterations), used_up_(std::move(used_up)), of_all_(of_all) {}

  /// Takes an iteration. False if there is none left.
  [[nodiscard]] bool take() {
    const std::int64_t left = left_.fetch_sub(1) - 1;
    if (left < 0 || (of_all_ != nullptr && !of_all_->take())) return false;
    if (left == 0) used_up_();
    return true;
  }
  [[nodiscard]] bool is_used_up() const {
    return left_ <= 0 || (of_all_ != nullptr && of_all_->is_used_up());
  }

 private:
  std::atomic<std::int64_t> left_;
  const std::function<void()> used_up_;
  IterationLimit* const of_all_;
};

}  // namespace cppworker::detail
