#include "report/markdown_text.hpp"

#include <cstddef>

#include "text/utf8.hpp"

namespace cppworker::report {

std::string markdown(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      result += ' ';
    } else {
      if (std::string_view("\\`*_[]<>|#~&@").find(c) != std::string_view::npos) result += '\\';
      result += c;
    }
  }
  return result;
}

std::string shortened(std::string_view text) {
  constexpr std::size_t kMaxCharacters = 160;
  if (text::count_characters(text) <= kMaxCharacters) return std::string(text);
  std::size_t end = 0;
  for (std::size_t characters = 0; end < text.size(); ++end) {
    const bool is_begin = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
    if (is_begin && ++characters > kMaxCharacters) break;
  }
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace cppworker::report
