#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <cppworker/argument.hpp>

#include "loader/print.hpp"

namespace cppworker::loader {

/// The Python name of an argument: "my_argument" for "-m,--my-argument".
[[nodiscard]] std::string destination(const Argument& argument);

/// Describes, as one line of JSON, the parts of a locustfile that must be the same on the master
/// and the worker: the weight, fixed_count, host and tasks (with weight and tags) of each class,
/// the arguments with their defaults, and the thresholds. The generated Python locustfile contains
/// it, so that the master sends it with every spawn message.
[[nodiscard]] std::string describe(UserClasses classes, std::span<const Argument> arguments,
                                   std::span<const std::string> fail_if = {});

/// The option of a spawn message that contains the description.
inline constexpr std::string_view kDescriptionOption = "cpp_worker_locustfile";

/// The differences between the master's description and this worker's, one message each; none if
/// they are the same. A text that is not a description is also a difference.
[[nodiscard]] std::vector<std::string> differences(std::string_view masters, std::string_view ours);

/// describe() for a Python locustfile. Runs it with the interpreter `python`, which needs Locust.
/// Throws Error if that fails; Python's own messages are on standard error.
[[nodiscard]] std::string describe_python_file(const std::string& file, const std::string& python);

}  // namespace cppworker::loader
