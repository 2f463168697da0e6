#pragma once

#include <string>

namespace cppworker::detail {

/// The name in the source for a mangled name; any other name as it is. A long name needs more stack
/// than a user may have: see coro::on_loop_stack().
[[nodiscard]] std::string demangled(const char* name);

}  // namespace cppworker::detail
