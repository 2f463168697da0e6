#include "text/log_text.hpp"

#include <fmt/format.h>

#include "text/utf8.hpp"

namespace cppworker::text {
namespace {

std::string end_of_shortened(std::string_view whole) {
  return fmt::format("… ({} characters)", count_characters(whole));
}

/// @param kept control characters that stay as they are
std::string escaped(std::string_view text, std::string_view kept) {
  std::string line;
  line.reserve(text.size());
  while (!text.empty()) {
    const Utf8Step step = decode_utf8(text);
    const char32_t c = step.code_point;
    if (!step.valid) {
      line += "\uFFFD";
    } else if (c < 0x20 && kept.find(static_cast<char>(c)) != std::string_view::npos) {
      line += static_cast<char>(c);
    } else if (c == '\n') {
      line += "\\n";
    } else if (c == '\r') {
      line += "\\r";
    } else if (c == '\t') {
      line += "\\t";
    } else if (c < 0x20 || (c >= 0x7F && c < 0xA0)) {
      line += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    } else if (c == 0x2028 || c == 0x2029) {
      line += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      line += text.substr(0, step.length);
    }
    text.remove_prefix(step.length);
  }
  return line;
}

}  // namespace

std::string shortened(std::string_view text, std::size_t most_characters) {
  const std::string_view kept = first_characters(text, most_characters);
  std::string result(kept);
  if (kept.size() < text.size()) result += end_of_shortened(text);
  return result;
}

std::string quote_for_log(std::string_view text, std::size_t most_characters) {
  const std::string_view kept = first_characters(text, most_characters);
  std::string result = escaped(kept, "");
  if (kept.size() < text.size()) result += end_of_shortened(text);
  return result;
}

std::string log_lines(std::string_view text, std::size_t most_characters) {
  const std::string_view kept = first_characters(text, most_characters);
  std::string result = escaped(kept, "\n\t");
  if (kept.size() < text.size()) result += end_of_shortened(text);
  return result;
}

}  // namespace cppworker::text
