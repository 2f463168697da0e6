#pragma once

#include <string>
#include <string_view>

namespace cppworker::text {

/// The characters that percent-encoding leaves alone (RFC 3986, section 2.3).
[[nodiscard]] constexpr bool is_unreserved(char character) {
  return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z') ||
         (character >= 'a' && character <= 'z') || character == '_' || character == '.' ||
         character == '-' || character == '~';
}

/// Appends "%2F" for '/'.
inline void append_percent(std::string& out, char character) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(character);
  out += '%';
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 0xFU];
}

/// Appends `text` as urllib.parse.quote() and quote_plus() encode it.
/// @param safe ASCII characters that stay as they are, besides the unreserved ones
/// @param space what a space that is not safe becomes
inline void append_quoted(std::string& out, std::string_view text, std::string_view safe,
                          std::string_view space) {
  for (const char character : text) {
    const bool is_ascii = static_cast<unsigned char>(character) < 0x80;
    if (is_unreserved(character) || (is_ascii && safe.find(character) != std::string_view::npos)) {
      out += character;
    } else if (character == ' ') {
      out += space;
    } else {
      append_percent(out, character);
    }
  }
}

}  // namespace cppworker::text
