#pragma once

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "http/header_lines.hpp"

namespace cppworker::http {

/// The headers of a request from several sources, in the order in which they are sent. The texts
/// are not owned.
using MergedHeaders = std::vector<std::pair<std::string_view, std::string_view>>;

/// @param headers MergedHeaders or Headers
template <class Headers>
[[nodiscard]] bool contains_header(const Headers& headers, std::string_view name) {
  return std::ranges::any_of(
      headers, [name](const auto& header) { return equal_ignoring_case(header.first, name); });
}

/// Replaces an earlier header of that name, and its spelling.
inline void set_header(MergedHeaders& headers, std::string_view name, std::string_view value) {
  for (auto& header : headers) {
    if (equal_ignoring_case(header.first, name)) {
      header = {name, value};
      return;
    }
  }
  headers.emplace_back(name, value);
}

}  // namespace cppworker::http
