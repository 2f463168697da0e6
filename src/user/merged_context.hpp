#pragma once

#include <cppworker/user.hpp>
#include <cppworker/value.hpp>

namespace cppworker::detail {

/// The context of a request's event, Python's `{**user.context(), **context}`; None if it is empty.
/// @param user may be null
[[nodiscard]] Value merged_context(User* user, const Value::Map& context);

}  // namespace cppworker::detail
