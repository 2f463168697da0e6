#pragma once

#include <functional>

#include <cppworker/detail/export.hpp>

namespace cppworker::detail {

/// Runs `function` on the shard's own stack, which is larger than that of a user. Outside of a
/// user, on the caller's. It must not wait. Throws what it throws.
CPPWORKER_EXPORT void on_loop_stack(const std::function<void()>& function);

}  // namespace cppworker::detail
