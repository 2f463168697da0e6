#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace cppworker::coro {

class StackedCoroutine;

/// Coroutines that wait for their turn, first in, first out: a ring of pointers, so that those that
/// come soon can be prefetched. It keeps the room it once needed, and so allocates no more.
class ReadyQueue {
 public:
  void push(StackedCoroutine& coroutine) {
    if (size_ == ring_.size()) {
      grow();
    }
    ring_[place(size_)] = &coroutine;
    ++size_;
  }

  /// Not on an empty queue.
  StackedCoroutine& pop() {
    StackedCoroutine& popped = *ring_[first_];
    first_ = place(1);
    --size_;
    return popped;
  }

  /// The one that is popped after so many others, or null.
  [[nodiscard]] const StackedCoroutine* after(std::size_t others) const {
    return others < size_ ? ring_[place(others)] : nullptr;
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
