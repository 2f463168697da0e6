#pragma once

#include <cstddef>

#include "coro/stacked_coroutine.hpp"

namespace cppworker::coro {

/// Coroutines that wait for their turn, first in, first out; the links are in the coroutines.
class ReadyQueue {
 public:
  void push(StackedCoroutine& coroutine) {
    coroutine.next_ = nullptr;
    (last_ != nullptr ? last_->next_ : first_) = &coroutine;
    last_ = &coroutine;
    ++size_;
  }

  /// Not on an empty queue.
  StackedCoroutine& pop() {
    StackedCoroutine& popped = *first_;
    first_ = popped.next_;
    if (first_ == nullptr) {
      last_ = nullptr;
    }
    --size_;
    return popped;
  }

  /// The next one, or null.
  [[nodiscard]] const StackedCoroutine* first() const { return first_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  StackedCoroutine* first_ = nullptr;
  StackedCoroutine* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace cppworker::coro
