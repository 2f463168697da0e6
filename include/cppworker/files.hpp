#pragma once

#include <string>

#include <cppworker/detail/export.hpp>

namespace cppworker {

/// The whole content of a file, as bytes. Throws Error with the path and the reason. It blocks the
/// thread, so read files at start-up: `const std::string query = read_file("query.graphql");` as a
/// global, or in the function of CPPWORKER_INIT. A relative path begins at the current directory.
[[nodiscard]] CPPWORKER_EXPORT std::string read_file(const std::string& path);

}  // namespace cppworker
