#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <cppworker/detail/user_class.hpp>
#include <cppworker/value.hpp>

namespace cppworker::app {

/// The values that determine the ratios. As in Locust, tags have no effect on them.
struct RatioInput {
  std::span<const detail::UserClass* const> user_classes;
  std::span<const Value> config_users{};  ///< the changes of --config-users
  std::optional<std::int64_t> users{};    ///< --users; has an effect if a class has a fixed_count
};

/// The text of --show-task-ratio: Locust's tables of the ratios of user classes and tasks.
[[nodiscard]] std::string task_ratio_text(const RatioInput& input);

/// The text of --show-task-ratio-json: the same ratios as JSON, in Locust's format.
[[nodiscard]] std::string task_ratio_json(const RatioInput& input);

}  // namespace cppworker::app
