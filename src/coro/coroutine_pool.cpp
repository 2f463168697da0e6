#include "coro/coroutine_pool.hpp"

#include "base/check.hpp"

namespace cppworker::coro {

CoroutinePool::CoroutinePool(SchedulerCore& core, StackPool::Options stacks, std::size_t idle_max)
    : core_{core}, stacks_{stacks}, idle_max_{idle_max} {}

CoroutinePool::~CoroutinePool() {
  while (newest_ != nullptr) {
    destroy(*newest_);
  }
}

StackedCoroutine& CoroutinePool::take() {
  if (first_idle_ == nullptr) {
    return create();
  }
  StackedCoroutine& taken = *first_idle_;
  DCHECK(idle_ > 0 && taken.state() == StackedCoroutine::State::kPooled);
  first_idle_ = taken.next_;
  --idle_;
  return taken;
}

void CoroutinePool::give_back(StackedCoroutine& coroutine) {
  DCHECK(coroutine.state() == StackedCoroutine::State::kPooled);
  if (idle_ == idle_max_) {
    stacks_.release(destroy(coroutine));
    return;
  }
  coroutine.next_ = first_idle_;
  first_idle_ = &coroutine;
  ++idle_;
}

StackedCoroutine& CoroutinePool::create() {
  StackedCoroutine& made = StackedCoroutine::create(core_, stacks_.acquire());
  made.older_ = newest_;
  if (newest_ != nullptr) {
    newest_->newer_ = &made;
  }
  newest_ = &made;
  ++all_;
  return made;
}

std::span<std::byte> CoroutinePool::destroy(StackedCoroutine& coroutine) {
  CHECK(all_ > 0);
  (coroutine.newer_ != nullptr ? coroutine.newer_->older_ : newest_) = coroutine.older_;
  if (coroutine.older_ != nullptr) {
    coroutine.older_->newer_ = coroutine.newer_;
  }
  --all_;
  return coroutine.drop();
}

}  // namespace cppworker::coro
