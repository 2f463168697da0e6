#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cppworker::app {

/// The shells for which there is a completion.
[[nodiscard]] std::vector<std::string> completion_shells();

/// The script with which a shell completes the options, commands and values of --help.
/// @param shell one of completion_shells()
[[nodiscard]] std::string completion(std::string_view shell);

}  // namespace cppworker::app
