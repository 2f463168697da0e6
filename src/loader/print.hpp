#pragma once

#include <span>
#include <string>

#include <cppworker/argument.hpp>
#include <cppworker/detail/user_class.hpp>

namespace cppworker::loader {

using UserClasses = std::span<const detail::UserClass* const>;

/// What Locust's --list prints.
[[nodiscard]] std::string list_text(UserClasses classes);

/// The master's side of a C++ locustfile, for --print-locustfile: a Python locustfile with the same
/// classes, weights, fixed counts, hosts, wait times, tasks, TaskSets, tags and
/// arguments. A stock master gives
/// users to classes by it; its tasks never run there, and say so where somebody runs them.
[[nodiscard]] std::string python_stub(UserClasses classes,
                                      std::span<const Argument> arguments = {});

}  // namespace cppworker::loader
