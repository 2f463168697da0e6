#pragma once

#include <optional>

#include "loader/hint_situation.hpp"

namespace cppworker::loader {

// Calls, sums and values of a wrong type. Each function explains an error
// of the table in compiler_hints.cpp, whose pattern has found the captures.

[[nodiscard]] std::optional<Hint> not_callable(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> subscript_of_function(const Situation& at,
                                                        const Captures& captures);
[[nodiscard]] std::optional<Hint> module_of_python(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> member_of_pointer(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> value_to(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> no_sum(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> to_text(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> to_seconds(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> duration_to_number(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> no_unit(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> not_captured(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> const_argument(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> deleted_function(const Situation& at, const Captures& captures);

}  // namespace cppworker::loader
