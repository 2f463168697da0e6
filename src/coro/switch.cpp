#include "coro/switch.hpp"

#include <cstdlib>
#include <memory>
#include <utility>

#include <boost/context/preallocated.hpp>
#include <boost/context/stack_context.hpp>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace cppworker::coro {
namespace {

/// Does not free: stacks belong to the pool, not to fibers.
struct BorrowedStack {
  void deallocate(boost::context::stack_context& /*stack*/) noexcept {}
};

}  // namespace

void Context::create(std::span<std::byte> stack, Entry entry, void* argument, Context& loop) {
  stack_bottom_ = stack.data();
  stack_size_ = stack.size();
  exceptions_ = {};
  asan_fake_stack_ = nullptr;
  boost::context::stack_context borrowed;
  borrowed.sp = stack.data() + stack.size();
  borrowed.size = stack.size();
  auto body = [this, entry, argument, &loop](boost::context::fiber&& resumer) {
    loop.fiber_ = std::move(resumer);
    arrived_from(loop);
    entry(argument);
    std::abort();
    return std::move(resumer);
  };
  void* creator = nullptr;
  if (tsan::present()) {
    // Creating a fiber jumps to its stack and back. TSan must attribute these calls to the right
    // call stack.
    creator = __tsan_get_current_fiber();
    tsan_fiber_ = __tsan_create_fiber(0);
    __tsan_switch_to_fiber(tsan_fiber_, 0);
  }
  std::construct_at(&fiber_, std::allocator_arg,
                    boost::context::preallocated(borrowed.sp, borrowed.size, borrowed),
                    BorrowedStack{}, std::move(body));
  if (tsan::present()) {
    __tsan_switch_to_fiber(creator, 0);
  }
}

void Context::drop() {
  std::construct_at(&fiber_);
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(stack_bottom_, stack_size_);
#endif
  if (tsan::present()) {
    __tsan_destroy_fiber(tsan_fiber_);
    tsan_fiber_ = nullptr;
  }
}

}  // namespace cppworker::coro
