#include "http/latin1.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>

#include <fmt/format.h>

#include "text/utf8.hpp"

namespace cppworker::http {

namespace {

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

std::string latin1_to_utf8(std::string_view latin1) {
  if (is_ascii(latin1)) {
    return std::string(latin1);
  }
  std::string utf8;
  utf8.reserve(latin1.size());
  for (const char character : latin1) {
    text::append_utf8(utf8, static_cast<unsigned char>(character));
  }
  return utf8;
}

void check_ascii(std::string_view text) {
  if (!is_ascii(text)) {
    throw_unencodable(text, "ascii", 0x7f);
  }
}

}  // namespace cppworker::http
