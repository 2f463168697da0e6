#include "text/python_repr.hpp"

#include <algorithm>
#include <array>
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

}  // namespace cppworker::text
