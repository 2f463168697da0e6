#pragma once

#include <span>
#include <string>
#include <vector>

#include <cppworker/detail/user_class.hpp>
#include <cppworker/value.hpp>

namespace cppworker::app {

/// What --config-users says, as the master's `update_user_class` messages say it: one map with a
/// `user_class_name` per element. Each text is JSON (an object or an array of them) or the name of
/// a .json file. Throws Error for what can't be read, and for a class that is not in `classes`.
[[nodiscard]] std::vector<Value> read_config_users(
    const std::vector<std::string>& texts, std::span<const detail::UserClass* const> classes);

}  // namespace cppworker::app
