#include <utility>

#include <cppworker/blocking.hpp>

#include "coro/blocking_pool.hpp"
#include "coro/scheduler.hpp"

namespace cppworker::detail {

void post_to_blocking_pool(std::function<void()> function) {
  coro::BlockingPool::process().run(std::move(function));
}

void check_can_wait(const char* function) { coro::this_coroutine::self(function); }

void wait_for_blocking_call(FutureState& done) {
  done.wait_despite_stop();
  coro::this_coroutine::check_stop();
}

}  // namespace cppworker::detail
