#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace cppworker::http::requests {

/// The characters of a header's name for email.parser: visible ASCII but the colon.
constexpr std::array<bool, 256> name_characters() {
  std::array<bool, 256> result{};
  for (std::size_t i = 0x21; i < 0x7f; ++i) {
    result[i] = i != ':';
  }
  return result;
}
inline constexpr std::array<bool, 256> kIsName = name_characters();

/// Header lines as Python's email.parser and urllib3 read them, one "Name: value\r\n" per header. A
/// lone CR or LF ends a line, too. The headers end before a line that is not a header. Continuation
/// lines are joined with a space. Envelope lines ("From …") and lines without a name are skipped.
/// Slow: for blocks that have lines of an unusual form.
/// @param block lines up to the empty line
[[nodiscard]] std::string parse_header_block(std::string_view block);

/// The values of all headers of that name, as urllib3 joins them.
[[nodiscard]] std::string joined_values(std::string_view header_lines, std::string_view name);

}  // namespace cppworker::http::requests
