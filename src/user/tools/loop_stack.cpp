#include "coro/loop_stack.hpp"

#include <cppworker/detail/loop_stack.hpp>

#include "user/throw_site.hpp"

namespace cppworker::detail {

void on_loop_stack(const std::function<void()>& function) {
  try {
    coro::on_loop_stack(function);
  } catch (...) {
    note_throw_on_other_stack();
    throw;
  }
}

}  // namespace cppworker::detail
