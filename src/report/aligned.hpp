#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "text/utf8.hpp"

namespace cppworker::report {

/// The spaces that a text needs to have this many characters.
[[nodiscard]] inline std::string padding(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, text::count_characters(text)), ' ');
}

/// The text, followed by spaces up to this many characters.
[[nodiscard]] inline std::string left_aligned(std::string_view text, std::size_t width) {
  return std::string(text) + padding(text, width);
}

/// The text after spaces.
[[nodiscard]] inline std::string right_aligned(std::string_view text, std::size_t width) {
  return padding(text, width) + std::string(text);
}

}  // namespace cppworker::report
