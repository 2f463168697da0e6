#pragma once

#include <string_view>

namespace cppworker::base {

/// True for headers and sources of the system and its libraries. /usr/src and the like may hold an
/// author's code: it is a usual place in container images.
[[nodiscard]] inline bool is_system_header(std::string_view path) {
  return path.starts_with("/usr/include/") || path.starts_with("/usr/lib/") ||
         path.starts_with("/usr/local/include/") ||
         path.find("/include/c++/") != std::string_view::npos;
}

}  // namespace cppworker::base
