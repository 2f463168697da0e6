#pragma once

#include <string>
#include <string_view>

namespace cppworker::loader {

/// The variable's value; `otherwise` when it is not set or empty. Call it before the first thread.
[[nodiscard]] std::string environment_variable(const char* name, std::string_view otherwise = {});

}  // namespace cppworker::loader
