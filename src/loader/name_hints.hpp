#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "loader/hint_situation.hpp"

namespace cppworker::loader {

// Names that the compiler does not know, and members that a type does not have. Each function
// explains an error of the table in compiler_hints.cpp, whose pattern has found the captures.

[[nodiscard]] std::optional<Hint> python_text(const Situation& at);
[[nodiscard]] std::optional<Hint> not_declared(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> not_a_type(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> no_base_class(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> no_standard_name(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> no_member(const Situation& at, const std::string& type,
                                            const std::string& name);
[[nodiscard]] std::optional<Hint> no_member_gcc(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> no_member_clang(const Situation& at, const Captures& captures);
[[nodiscard]] std::optional<Hint> not_in_class(const Situation& at, const Captures& captures);

/// "cppworker/mqtt_user.hpp" for MqttUser; "" for names that <cppworker/locust.hpp> declares.
[[nodiscard]] std::string header_of_name(std::string_view name);

/// What to write instead of a name of Python or Locust; "" for others.
[[nodiscard]] std::string_view written_in_cpp(std::string_view name);

}  // namespace cppworker::loader
