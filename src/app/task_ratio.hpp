#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <cppworker/detail/user_class.hpp>
#include <cppworker/value.hpp>

namespace cppworker::app {

/// What decides the ratios. Tags have no effect on them, as in Locust.
struct RatioInput {
  std::span<const detail::UserClass* const> user_classes;
  std::span<const Value> config_users{};  ///< the changes of --config-users
  std::optional<std::int64_t> users{};    ///< --users, which matters if a class has a fixed_count
};

/// The text of --show-task-ratio: Locust's tables of the ratios of user classes and tasks.
[[nodiscard]] std::string task_ratio_text(const RatioInput& input);

/// The text of --show-task-ratio-json: the same as JSON, in Locust's form.
[[nodiscard]] std::string task_ratio_json(const RatioInput& input);

}  // namespace cppworker::app
