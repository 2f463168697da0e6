#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <cppworker/argument.hpp>

#include "loader/print.hpp"

namespace cppworker::loader {

/// Python's name of an argument: "my_argument" for "-m,--my-argument".
[[nodiscard]] std::string destination(const Argument& argument);

/// What a master and a worker must agree on, as one line of JSON: of each class weight,
/// fixed_count, host and tasks with weight and tags, and the arguments with their defaults. The
/// stub carries it, so that it comes back with every spawn.
[[nodiscard]] std::string describe(UserClasses classes, std::span<const Argument> arguments);

/// In which option of a spawn the stub's description comes back.
inline constexpr std::string_view kDescriptionOption = "cpp_worker_locustfile";

/// How the master's description differs from this worker's, one sentence each; none if they agree.
/// Text that is no description is a difference too.
[[nodiscard]] std::vector<std::string> differences(std::string_view masters, std::string_view ours);

/// describe() of a Python locustfile, by running it with the Python and Locust that `python`
/// starts. Throws Error if that fails; what Python says is on standard error then.
[[nodiscard]] std::string describe_python_file(const std::string& file, const std::string& python);

}  // namespace cppworker::loader
