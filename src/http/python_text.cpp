#include "http/python_text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <stdexcept>

#include <fmt/format.h>

#include "text/utf8.hpp"

namespace cppworker::http {

namespace {

bool is_digit(char character) { return character >= '0' && character <= '9'; }

/// Describes the first run of characters above `last`.
[[noreturn]] void throw_unencodable(std::string_view text, std::string_view codec, char32_t last) {
  std::size_t begin = 0;
  std::size_t count = 0;
  char32_t first = 0;
  while (!text.empty()) {
    const text::Utf8Step step = text::decode_utf8(text);
    text.remove_prefix(step.length);
    if (step.valid && step.code_point <= last) {
      if (count > 0) {
        break;
      }
      ++begin;
    } else {
      first = count++ == 0 ? step.code_point : first;
    }
  }
  std::string where = fmt::format("characters in position {}-{}", begin, begin + count - 1);
  if (count == 1) {
    const char* format = first <= 0xff     ? "character '\\x{:02x}' in position {}"
                         : first <= 0xffff ? "character '\\u{:04x}' in position {}"
                                           : "character '\\U{:08x}' in position {}";
    where = fmt::format(fmt::runtime(format), static_cast<unsigned>(first), begin);
  }
  throw std::invalid_argument(fmt::format("'{}' codec can't encode {}: ordinal not in range({})",
                                          codec, where, static_cast<unsigned>(last) + 1));
}

}  // namespace

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(
      text, [](char character) { return static_cast<unsigned char>(character) < 0x80; });
}

bool is_latin1(std::string_view text) {
  if (is_ascii(text) || !text::is_utf8(text)) {
    return true;
  }
  while (!text.empty()) {
    const text::Utf8Step step = text::decode_utf8(text);
    if (step.code_point > 0xff) {
      return false;
    }
    text.remove_prefix(step.length);
  }
  return true;
}

void append_latin1(std::string& out, std::string_view text) {
  if (is_ascii(text) || !text::is_utf8(text)) {
    out += text;
    return;
  }
  if (!is_latin1(text)) {
    throw_unencodable(text, "latin-1", 0xff);
  }
  for (std::string_view rest = text; !rest.empty();) {
    const text::Utf8Step step = text::decode_utf8(rest);
    out += static_cast<char>(step.code_point);
    rest.remove_prefix(step.length);
  }
}

std::string to_latin1(std::string_view text) {
  std::string latin1;
  append_latin1(latin1, text);
  return latin1;
}

void check_ascii(std::string_view text) {
  if (!is_ascii(text)) {
    throw_unencodable(text, "ascii", 0x7f);
  }
}

std::optional<double> python_int(std::string_view text) {
  constexpr std::size_t kDigitsMax = 4300;
  text = python_strip(text);
  std::string digits;
  if (text.starts_with('-') || text.starts_with('+')) {
    digits += text.front();
    text.remove_prefix(1);
  }
  const std::size_t sign = digits.size();
  bool after_digit = false;
  for (const char character : text) {
    if (is_digit(character)) {
      digits += character;
    } else if (character != '_' || !after_digit) {
      return std::nullopt;
    }
    after_digit = character != '_';
  }
  if (!after_digit || digits.size() - sign > kDigitsMax) {
    return std::nullopt;
  }
  return std::strtod(digits.c_str(), nullptr);
}

bool is_python_space(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return character == ' ' || (character >= '\t' && character <= '\r') ||
         (byte >= 0x1c && byte <= 0x1f) || byte == 0x85 || byte == 0xa0;
}

std::string_view python_strip(std::string_view text) {
  while (!text.empty() && is_python_space(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_python_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace cppworker::http
