#pragma once

#include <span>
#include <string>

#include <cppworker/argument.hpp>
#include <cppworker/detail/user_class.hpp>

namespace cppworker::loader {

using UserClasses = std::span<const detail::UserClass* const>;

/// The text of --list, in Locust's format.
[[nodiscard]] std::string list_text(UserClasses classes);

/// The text of --print-locustfile: a Python locustfile for the master, with the same classes,
/// weights, fixed counts, hosts, wait times, tasks, TaskSets, tags and arguments as the C++
/// locustfile. A stock master uses it to distribute users among classes. Its tasks do not run on
/// the master; if a Python worker runs them, they raise an error.
/// @param fail_if the locustfile's thresholds, for the description that workers compare
[[nodiscard]] std::string python_stub(UserClasses classes, std::span<const Argument> arguments = {},
                                      std::span<const std::string> fail_if = {});

}  // namespace cppworker::loader
