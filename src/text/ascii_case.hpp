#pragma once

#include <string>
#include <string_view>

namespace cppworker::text {

// Conversion of ASCII letters only, independent of the locale, for URLs and headers.

constexpr char to_lower(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character + 0x20) : character;
}
constexpr char to_upper(char character) {
  return character >= 'a' && character <= 'z' ? static_cast<char>(character - 0x20) : character;
}

[[nodiscard]] constexpr bool has_lower(std::string_view text) {
  for (const char character : text) {
    if (character != to_upper(character)) {
      return true;
    }
  }
  return false;
}
[[nodiscard]] inline std::string to_lower(std::string_view text) {
  std::string result(text);
  for (char& character : result) {
    character = to_lower(character);
  }
  return result;
}
[[nodiscard]] inline std::string to_upper(std::string_view text) {
  std::string result(text);
  for (char& character : result) {
    character = to_upper(character);
  }
  return result;
}

}  // namespace cppworker::text
