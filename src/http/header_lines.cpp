#include "http/header_lines.hpp"

#include <algorithm>
#include <cstddef>

#include "text/ascii_case.hpp"
#include "text/eight_bytes.hpp"
#include "text/python_repr.hpp"

namespace cppworker::http {

bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept {
  constexpr std::size_t kEight = 8;
  if (left.size() != right.size()) {
    return false;
  }
  if (left.size() < kEight) {
    return std::ranges::equal(left, right, [](char one, char other) {
      return text::to_lower(one) == text::to_lower(other);
    });
  }
  const auto same = [&](std::size_t at) {
    return text::lower_eight(text::load_eight(left.data() + at)) ==
           text::lower_eight(text::load_eight(right.data() + at));
  };
  const std::size_t last = left.size() - kEight;
  for (std::size_t at = 0; at < last; at += kEight) {
    if (!same(at)) {
      return false;
    }
  }
  return same(last);
}

std::string_view trim(std::string_view text) noexcept {
  constexpr auto is_space = [](char character) {
    return character == ' ' || character == '\t' || character == '\r' || character == '\n';
  };
  while (!text.empty() && is_space(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

std::pair<std::string_view, std::string_view> split_header(std::string_view line) noexcept {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return {trim(line), line.substr(line.size())};
  }
  return {trim(line.substr(0, colon)), trim(line.substr(colon + 1))};
}

std::string_view take_line(std::string_view& lines) noexcept {
  const std::size_t end = std::min(lines.find('\n'), lines.size());
  const std::string_view line = lines.substr(0, end);
  lines.remove_prefix(std::min(end + 1, lines.size()));
  return line;
}

std::string_view find_header(std::string_view lines, std::string_view name) noexcept {
  while (!lines.empty()) {
    const auto [found, value] = split_header(take_line(lines));
    if (equal_ignoring_case(found, name)) {
      return value;
    }
  }
  return {};
}

KeyError missing_header(std::string_view name) {
  return KeyError(text::python_repr(text::to_lower(name)));
}

}  // namespace cppworker::http
