#pragma once

#include <optional>

#include "loader/hint_situation.hpp"

namespace cppworker::loader {

// The macros of a locustfile, and #include lines. Each function explains an error
// of the table in compiler_hints.cpp, whose pattern has found the captures.

[[nodiscard]] std::optional<Hint> locustfile_twice(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> fail_if_twice(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> locustfile_arguments(const Situation& at,
                                                       const Captures& captures);
[[nodiscard]] std::optional<Hint> init_arguments(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> macro_arguments(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> header_of_newer_standard(const Situation& at,
                                                           const Captures& captures);
[[nodiscard]] std::optional<Hint> incomplete_parent(const Situation& at, const Captures& captures);

}  // namespace cppworker::loader
