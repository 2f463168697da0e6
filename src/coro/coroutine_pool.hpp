#pragma once

#include <cstddef>

#include "coro/stack_pool.hpp"
#include "coro/stacked_coroutine.hpp"

namespace cppworker::coro {

/// The coroutines of a scheduler. Finished coroutines are kept for the next body, last in, first
/// out. Above a limit their memory is returned to the kernel.
class CoroutinePool {
 public:
  CoroutinePool(SchedulerCore& core, StackPool::Options stacks, std::size_t idle_max);
  /// Abandons the coroutines that are in the middle of a body.
  ~CoroutinePool();
  CoroutinePool(const CoroutinePool&) = delete;
  CoroutinePool& operator=(const CoroutinePool&) = delete;

  /// Throws std::bad_alloc if the process cannot map more memory.
  [[nodiscard]] StackedCoroutine& take();
  void give_back(StackedCoroutine& coroutine);

  /// The number of coroutines that are taken.
  [[nodiscard]] std::size_t taken() const { return all_ - idle_; }
  /// The number of coroutines whose stacks keep their memory for the next take().
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
