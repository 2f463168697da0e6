#include "text/python_repr.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <iterator>

#include "text/hex.hpp"
#include "text/utf8.hpp"

namespace cppworker::text {
namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

constexpr auto kNotPrintable = std::to_array<Range>({
#include "text/not_printable.inc"
});

bool is_printable(char32_t c) {
  const auto* range = std::upper_bound(
      kNotPrintable.begin(), kNotPrintable.end(), static_cast<std::uint32_t>(c),
      [](std::uint32_t value, const Range& candidate) { return value < candidate.first; });
  return range == kNotPrintable.begin() || std::prev(range)->last < c;
}

void append_escape(std::string& out, char32_t c) {
  switch (c) {
    case '\t':
      out += "\\t";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      break;
  }
  if (c <= 0xFF) {
    out += "\\x";
    append_hex(out, c, 2);
  } else if (c <= 0xFFFF) {
    out += "\\u";
    append_hex(out, c, 4);
  } else {
    out += "\\U";
    append_hex(out, c, 8);
  }
}

/// Reads the escape after a backslash and removes it from `rest`. None if it is not one.
std::optional<char32_t> read_escape(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  const char kind = rest.front();
  rest.remove_prefix(1);
  switch (kind) {
    case 't':
      return U'\t';
    case 'n':
      return U'\n';
    case 'r':
      return U'\r';
    case '\\':
    case '\'':
    case '"':
      return static_cast<char32_t>(kind);
    default:
      break;
  }
  const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
  std::uint32_t value = 0;
  const char* const end = rest.data() + digits;
  if (digits == 0 || rest.size() < digits ||
      std::from_chars(rest.data(), end, value, 16).ptr != end) {
    return std::nullopt;
  }
  rest.remove_prefix(digits);
  const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (is_surrogate || value > 0x10FFFF) return std::nullopt;
  return value;
}

}  // namespace

std::string python_repr(std::string_view utf8) {
  const bool has_single = utf8.find('\'') != std::string_view::npos;
  const bool has_double = utf8.find('"') != std::string_view::npos;
  const char quote = has_single && !has_double ? '"' : '\'';
  std::string out;
  out.reserve(utf8.size() + 2);
  out += quote;
  while (!utf8.empty()) {
    const Utf8Step step = decode_utf8(utf8);
    if (!step.valid) {
      out += "\xEF\xBF\xBD";
    } else if (step.code_point == static_cast<unsigned char>(quote) || step.code_point == '\\') {
      out += '\\';
      out += static_cast<char>(step.code_point);
    } else if (is_printable(step.code_point)) {
      out.append(utf8.substr(0, step.length));
    } else {
      append_escape(out, step.code_point);
    }
    utf8.remove_prefix(step.length);
  }
  out += quote;
  return out;
}

std::optional<std::string> from_python_repr(std::string_view repr) {
  if (repr.size() < 2 || repr.front() != repr.back()) return std::nullopt;
  const char quote = repr.front();
  if (quote != '\'' && quote != '"') return std::nullopt;
  std::string_view rest = repr.substr(1, repr.size() - 2);
  std::string out;
  while (!rest.empty()) {
    const char next = rest.front();
    if (next == quote) return std::nullopt;
    rest.remove_prefix(1);
    if (next != '\\') {
      out += next;
      continue;
    }
    const std::optional<char32_t> escaped = read_escape(rest);
    if (!escaped) return std::nullopt;
    append_utf8(out, *escaped);
  }
  return out;
}

}  // namespace cppworker::text
