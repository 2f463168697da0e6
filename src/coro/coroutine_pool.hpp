#pragma once

#include <cstddef>

#include "coro/stack_pool.hpp"
#include "coro/stacked_coroutine.hpp"

namespace cppworker::coro {

/// The coroutines of a scheduler. Finished ones are kept for the next body, last in, first out;
/// above a limit their memory goes back to the kernel.
class CoroutinePool {
 public:
  CoroutinePool(SchedulerCore& core, StackPool::Options stacks, std::size_t idle_max);
  /// Forgets those that are in the middle of a body.
  ~CoroutinePool();
  CoroutinePool(const CoroutinePool&) = delete;
  CoroutinePool& operator=(const CoroutinePool&) = delete;

  /// Throws std::bad_alloc when the process can't map more memory.
  [[nodiscard]] StackedCoroutine& take();
  void give_back(StackedCoroutine& coroutine);

  /// Coroutines that are taken.
  [[nodiscard]] std::size_t taken() const { return all_ - idle_; }
  /// Coroutines whose stacks are kept warm for the next take().
  [[nodiscard]] std::size_t idle() const { return idle_; }
  [[nodiscard]] const StackPool& stacks() const { return stacks_; }

 private:
  StackedCoroutine& create();
  std::span<std::byte> destroy(StackedCoroutine& coroutine);

  SchedulerCore& core_;
  StackPool stacks_;
  std::size_t idle_max_;
  std::size_t idle_ = 0;
  std::size_t all_ = 0;
  StackedCoroutine* first_idle_ = nullptr;
  StackedCoroutine* newest_ = nullptr;
};

}  // namespace cppworker::coro
