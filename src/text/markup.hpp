#pragma once

#include <string>
#include <string_view>

namespace cppworker::text {

/// `text` for HTML and XML, also for attributes in double quotes. Unlike Python's html.escape(), it
/// keeps the apostrophe.
[[nodiscard]] inline std::string markup_escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

}  // namespace cppworker::text
