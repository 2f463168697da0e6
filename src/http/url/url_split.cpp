#include "http/url/url_split.hpp"

#include <algorithm>
#include <cstddef>

namespace cppworker::http {

namespace {

bool is_alpha(char character) {
  const char lower = static_cast<char>(character | 0x20);
  return lower >= 'a' && lower <= 'z';
}

bool is_scheme(std::string_view text) {
  return !text.empty() && is_alpha(text.front()) && std::ranges::all_of(text, [](char character) {
    return is_alpha(character) || (character >= '0' && character <= '9') || character == '+' ||
           character == '-' || character == '.';
  });
}

/// Removes the first `mark` and everything after it from `text`. Returns the part after the mark.
std::string_view cut_behind(std::string_view& text, char mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

}  // namespace

UrlSplit split_url(std::string_view text) {
  UrlSplit split;
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos && is_scheme(text.substr(0, colon))) {
    split.scheme = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    split.authority = text.substr(0, text.find_first_of("/\\?#"));
    text.remove_prefix(split.authority.size());
  }
  split.fragment = cut_behind(text, '#');
  split.query = cut_behind(text, '?');
  split.path = text;
  return split;
}

}  // namespace cppworker::http
