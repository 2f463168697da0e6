#include "http/python_text.hpp"

#include <cstddef>
#include <limits>

#include <fmt/format.h>

#include "text/ascii_case.hpp"
#include "text/hex.hpp"

namespace cppworker::http {

namespace {

constexpr bool is_ascii_space(char character) {
  return character == ' ' || (character >= '\t' && character <= '\r');
}

/// What int() strips from a str: not 0x1c to 0x1f, which str.strip() does.
constexpr bool is_int_space(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return is_ascii_space(character) || byte == 0x85 || byte == 0xa0;
}

template <class IsSpace>
std::string_view strip(std::string_view text, const IsSpace& is_space_character) {
  while (!text.empty() && is_space_character(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_space_character(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

/// Digits with single underscores between them.
/// @param after_prefix an underscore may come first
std::optional<std::int64_t> parse_digits(std::string_view text, int base, bool after_prefix) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  constexpr std::size_t kDecimalDigitsMax = 4300;  // sys.get_int_max_str_digits()
  std::int64_t value = 0;
  std::size_t digits = 0;
  bool may_have_underscore = after_prefix;
  for (const char character : text) {
    if (character == '_') {
      if (!may_have_underscore) {
        return std::nullopt;
      }
      may_have_underscore = false;
      continue;
    }
    const int digit = text::hex_value(character);
    if (digit < 0 || digit >= base) {
      return std::nullopt;
    }
    value = value > (kMax - digit) / base ? kMax : value * base + digit;
    may_have_underscore = true;
    ++digits;
  }
  const bool too_long = base == 10 && digits > kDecimalDigitsMax;
  if (digits == 0 || !may_have_underscore || too_long) {
    return std::nullopt;
  }
  return value;
}

/// @param text without white space around it
std::optional<std::int64_t> parse_number(std::string_view text, int base) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  const bool prefix = base == 16 && (text.starts_with("0x") || text.starts_with("0X"));
  if (prefix) {
    text.remove_prefix(2);
  }
  const std::optional<std::int64_t> value = parse_digits(text, base, prefix);
  return value && negative ? -*value : value;
}

}  // namespace

std::string_view strip(std::string_view text) noexcept { return strip(text, is_space); }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& character : result) {
    const auto byte = static_cast<unsigned char>(character);
    constexpr unsigned char kMultiplication = 0xd7;  // the only one among the letters
    const bool latin_upper = byte >= 0xc0 && byte <= 0xde && byte != kMultiplication;
    character = latin_upper ? static_cast<char>(byte + 0x20) : text::to_lower(character);
  }
  return result;
}

std::string bytes_repr(std::string_view bytes) {
  const bool double_quotes =
      bytes.find('\'') != std::string_view::npos && bytes.find('"') == std::string_view::npos;
  const char quote = double_quotes ? '"' : '\'';
  std::string repr = "b";
  repr += quote;
  for (const char character : bytes) {
    switch (character) {
      case '\t':
        repr += "\\t";
        break;
      case '\n':
        repr += "\\n";
        break;
      case '\r':
        repr += "\\r";
        break;
      default:
        if (character == quote || character == '\\') {
          repr += '\\';
          repr += character;
        } else if (character >= ' ' && character < 0x7f) {
          repr += character;
        } else {
          repr += fmt::format("\\x{:02x}", static_cast<unsigned char>(character));
        }
        break;
    }
  }
  repr += quote;
  return repr;
}

std::string_view strip_leading_blanks(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  return text;
}

std::optional<std::int64_t> parse_int(std::string_view text) noexcept {
  return parse_number(strip(text, is_int_space), 10);
}

std::optional<std::int64_t> parse_hexadecimal(std::string_view bytes) noexcept {
  return parse_number(strip(bytes, is_ascii_space), 16);
}

}  // namespace cppworker::http
