#include "coro/loop_stack.hpp"

#include <cppworker/detail/loop_stack.hpp>

namespace cppworker::detail {

void on_loop_stack(const std::function<void()>& function) { coro::on_loop_stack(function); }

}  // namespace cppworker::detail
