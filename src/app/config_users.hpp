#pragma once

#include <span>
#include <string>
#include <vector>

#include <cppworker/detail/user_class.hpp>
#include <cppworker/value.hpp>

namespace cppworker::app {

/// Parses the values of --config-users. The result has one map with a `user_class_name` per
/// element, like the master's `update_user_class` messages. Each text is JSON (an object or an
/// array of objects) or the name of a .json file. Throws Error if a text can't be read or names a
/// class that is not in `classes`.
[[nodiscard]] std::vector<Value> read_config_users(
    const std::vector<std::string>& texts, std::span<const detail::UserClass* const> classes);

/// The attributes of a class, with the weight and fixed_count that --config-users sets, as in
/// Locust. Throws Error if one of these values is not a number or is negative.
[[nodiscard]] detail::ClassAttributes configured_attributes(const detail::UserClass& user_class,
                                                            std::span<const Value> configs);

}  // namespace cppworker::app
