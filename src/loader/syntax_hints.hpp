#pragma once

#include <optional>

#include "loader/hint_situation.hpp"

namespace cppworker::loader {

// Missing brackets and semicolons, lines of Python, and the like. Each function explains an error
// of the table in compiler_hints.cpp, whose pattern has found the captures.

[[nodiscard]] std::optional<Hint> missing_semicolon(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> missing_semicolon_of_class(const Situation& at,
                                                             const Captures& captures);
[[nodiscard]] std::optional<Hint> open_brace(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> open_quote(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> misspelled_macro(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> expected_parenthesis(const Situation& at,
                                                       const Captures& captures);
[[nodiscard]] std::optional<Hint> expected_expression(const Situation& at,
                                                      const Captures& captures);
[[nodiscard]] std::optional<Hint> python_line(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> keyword_as_name(const Situation& at, const Captures& captures);

}  // namespace cppworker::loader
