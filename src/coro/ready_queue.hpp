#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/check.hpp"

namespace cppworker::coro {

class StackedCoroutine;

/// Ready coroutines, first in, first out. A ring of pointers, so that the next ones can be
/// prefetched. It never shrinks, so it stops allocating at its largest size.
class ReadyQueue {
 public:
  void push(StackedCoroutine& coroutine) {
    if (size_ == ring_.size()) {
      grow();
    }
    ring_[place(size_)] = &coroutine;
    ++size_;
  }

  /// @pre !empty()
  StackedCoroutine& pop() {
    DCHECK(!empty());
    StackedCoroutine& popped = *ring_[first_];
    first_ = place(1);
    --size_;
    return popped;
  }

  /// The coroutine behind the first `others` coroutines. @pre others < size()
  [[nodiscard]] const StackedCoroutine& at(std::size_t others) const {
    DCHECK(others < size_);
    return *ring_[place(others)];
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  [[nodiscard]] std::size_t place(std::size_t after) const {
    return (first_ + after) & (ring_.size() - 1);
  }
  void grow() {
    std::vector<StackedCoroutine*> larger(ring_.size() * 2);
    for (std::size_t at = 0; at < size_; ++at) {
      larger[at] = ring_[place(at)];
    }
    ring_ = std::move(larger);
    first_ = 0;
  }

  std::vector<StackedCoroutine*> ring_ = std::vector<StackedCoroutine*>(64);  // a power of two
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace cppworker::coro
