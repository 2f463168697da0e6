#pragma once

#include <optional>
#include <string_view>

#include "loader/hint_situation.hpp"

namespace cppworker::loader {

// User classes and TaskSets: their attributes, methods and tasks(). Each function explains an error
// of the table in compiler_hints.cpp, whose pattern has found the captures.

[[nodiscard]] std::optional<Hint> static_assertion(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> thrown_text(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> task_call(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> task_without_template(const Situation& at,
                                                        const Captures& captures);
[[nodiscard]] std::optional<Hint> method_without_ampersand(const Situation& at,
                                                           const Captures& captures);
[[nodiscard]] std::optional<Hint> forgotten_call(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> bound_method(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> call_without_object(const Situation& at,
                                                      const Captures& captures);
[[nodiscard]] std::optional<Hint> foreign_member(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> does_not_override(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> other_result(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> needs_constexpr(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> constexpr_member(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> tasks_without_constexpr(const Situation& at,
                                                          const Captures& captures);
[[nodiscard]] std::optional<Hint> host_in_memory(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> to_wait_time(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> wait_arguments(const Situation& at, const Captures& captures);

/// How to write an attribute of users that Locust defines; none for another name.
[[nodiscard]] std::optional<Hint> locust_attribute(const Situation& at, std::string_view name);

}  // namespace cppworker::loader
