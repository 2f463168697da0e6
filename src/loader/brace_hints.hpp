#pragma once

#include <optional>

#include "loader/hint_situation.hpp"

namespace cppworker::loader {

// Options in braces: of requests, tasks, arguments and events. Each function explains an error
// of the table in compiler_hints.cpp, whose pattern has found the captures.

[[nodiscard]] std::optional<Hint> braces(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> ambiguous_braces(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> order_of_options(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> unknown_member_of_braces(const Situation& at,
                                                           const Captures& captures);
[[nodiscard]] std::optional<Hint> narrowing(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> pair_without_braces(const Situation& at,
                                                      const Captures& captures);
[[nodiscard]] std::optional<Hint> colon(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> not_options(const Situation& at, const Captures& captures);

}  // namespace cppworker::loader
