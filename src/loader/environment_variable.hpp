#pragma once

#include <string>
#include <string_view>

namespace cppworker::loader {

/// The value of an environment variable; `otherwise` if it is not set or empty. Call it before you
/// start the first thread.
[[nodiscard]] std::string environment_variable(const char* name, std::string_view otherwise = {});

}  // namespace cppworker::loader
