#include "loader/source_text.hpp"

#include <algorithm>
#include <set>

#include "text/trimmed.hpp"

namespace cppworker::loader {
namespace {

/// Replaces all but line ends in [begin, end) by spaces.
void blank(std::string& code, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < std::min(end, code.size()); ++i) {
    if (code[i] != '\n') code[i] = ' ';
  }
}

/// The end of the raw string whose opening quote is at `quote`: the offset of the closing quote.
std::size_t end_of_raw_string(std::string_view text, std::size_t quote) {
  const auto parenthesis = text.find('(', quote);
  if (parenthesis == std::string_view::npos) return text.size();
  const std::string mark =
      ")" + std::string(text.substr(quote + 1, parenthesis - quote - 1)) + "\"";
  const auto end = text.find(mark, parenthesis);
  return end == std::string_view::npos ? text.size() : end + mark.size() - 1;
}

/// The offset of the closing quote or, if there is none on the line, of the line's end.
std::size_t end_of_quotes(std::string_view text, std::size_t quote) {
  std::size_t i = quote + 1;
  while (i < text.size() && text[i] != text[quote] && text[i] != '\n') {
    i += text[i] == '\\' ? 2 : 1;
  }
  return std::min(i, text.size());
}

std::string without_texts(const std::string& text) {
  std::string code = text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto next = std::string_view(text).substr(i, 2);
    if (next == "//") {
      const auto end = std::min(text.find('\n', i), text.size());
      blank(code, i, end);
      i = end;
    } else if (next == "/*") {
      const auto end = std::min(text.find("*/", i + 2), text.size());
      blank(code, i, end + 2);
      i = end + 1;
    } else if (text[i] == '"' && i > 0 && text[i - 1] == 'R') {
      const auto end = end_of_raw_string(text, i);
      blank(code, i + 1, end);
      i = end;
    } else if (text[i] == '"' || (text[i] == '\'' && (i == 0 || !is_word_character(text[i - 1])))) {
      const auto end = end_of_quotes(text, i);
      blank(code, i + 1, end);
      i = end;
    }
  }
  return code;
}

}  // namespace

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

SourceText::SourceText(std::string text)
    : text_(std::move(text)), code_(without_texts(text_)), starts_{0} {
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') starts_.push_back(i + 1);
  }
}

std::pair<std::size_t, std::size_t> SourceText::range_of_line(std::size_t number) const {
  if (number == 0 || number > starts_.size()) return {text_.size(), text_.size()};
  const auto begin = starts_[number - 1];
  return {begin, std::min(text_.find('\n', begin), text_.size())};
}

std::string_view SourceText::line(std::size_t number) const {
  const auto [begin, end] = range_of_line(number);
  return text().substr(begin, end - begin);
}

std::string_view SourceText::code_line(std::size_t number) const {
  const auto [begin, end] = range_of_line(number);
  return code().substr(begin, end - begin);
}

std::size_t SourceText::offset(std::size_t line, std::size_t column) const {
  const auto [begin, end] = range_of_line(line);
  std::size_t i = begin;
  for (std::size_t at = 1; i < end && at < column; ++i) {
    if (text_[i] == '\t') {
      at += 8 - (at - 1) % 8;
    } else if ((static_cast<unsigned char>(text_[i]) & 0xC0U) != 0x80U) {
      ++at;
    }
  }
  while (i < end && (static_cast<unsigned char>(text_[i]) & 0xC0U) == 0x80U) ++i;
  return i;
}

std::size_t SourceText::line_of(std::size_t offset) const {
  return static_cast<std::size_t>(std::upper_bound(starts_.begin(), starts_.end(), offset) -
                                  starts_.begin());
}

std::size_t SourceText::closing(std::size_t open) const {
  std::size_t depth = 0;
  for (std::size_t i = open; i < code_.size(); ++i) {
    const char c = code_[i];
    if (c == '(' || c == '{' || c == '[') ++depth;
    if (c == ')' || c == '}' || c == ']') {
      if (--depth == 0) return i;
    }
  }
  return std::string_view::npos;
}

std::vector<std::pair<std::size_t, std::size_t>> SourceText::parts(std::size_t open,
                                                                   std::size_t close) const {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  std::size_t begin = open + 1;
  const auto add = [&](std::size_t end) {
    const auto whole = text().substr(begin, end - begin);
    const auto inner = text::trimmed(whole);
    if (!inner.empty()) {
      const auto first = static_cast<std::size_t>(inner.data() - text_.data());
      found.emplace_back(first, first + inner.size());
    }
    begin = end + 1;
  };
  for (std::size_t i = open + 1; i < close; ++i) {
    const char c = code_[i];
    if (c == '(' || c == '{' || c == '[') {
      const auto end = closing(i);
      if (end == std::string_view::npos || end > close) break;
      i = end;
    } else if (c == ',') {
      add(i);
    }
  }
  add(close);
  return found;
}

std::string_view SourceText::part(std::pair<std::size_t, std::size_t> range) const {
  return text().substr(range.first, range.second - range.first);
}

std::size_t SourceText::find_word(std::string_view word, std::size_t from) const {
  for (auto at = code_.find(word, from); at != std::string::npos; at = code_.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || !is_word_character(code_[at - 1])) &&
        (end == code_.size() || !is_word_character(code_[end]))) {
      return at;
    }
  }
  return std::string_view::npos;
}

std::optional<std::pair<std::size_t, std::size_t>> SourceText::body_of_class(
    std::string_view name) const {
  for (auto at = find_word(name); at != std::string_view::npos; at = find_word(name, at + 1)) {
    const auto before = text::trimmed(code().substr(0, at));
    if (!before.ends_with("class") && !before.ends_with("struct")) continue;
    const auto brace = code_.find_first_of("{;", at);
    if (brace == std::string::npos || code_[brace] == ';') continue;
    return std::pair{brace + 1, std::min(closing(brace), code_.size())};
  }
  return std::nullopt;
}

std::size_t SourceText::line_of_class(std::string_view name) const {
  for (auto at = find_word(name); at != std::string_view::npos; at = find_word(name, at + 1)) {
    const auto before = text::trimmed(code().substr(0, at));
    const auto next = code_.find_first_of("{;", at);
    if ((before.ends_with("class") || before.ends_with("struct")) && next != std::string::npos &&
        code_[next] == '{') {
      return line_of(at);
    }
  }
  return 0;
}

std::size_t SourceText::line_of_open_brace() const {
  struct Open {
    std::size_t line;
    std::size_t indent;
  };
  std::vector<Open> open;
  for (std::size_t number = 1; number <= starts_.size(); ++number) {
    const auto line = code_line(number);
    const auto indent = line.find_first_not_of(" \t\r");
    if (indent == std::string_view::npos || line[indent] == '#') continue;
    const bool is_label = text::trimmed(line).ends_with(':');
    const bool is_end = std::string_view("})];{").find(line[indent]) != std::string_view::npos;
    if (!open.empty() && !is_label &&
        (is_end ? line[indent] == '}' && indent < open.back().indent
                : indent <= open.back().indent)) {
      return open.back().line;
    }
    for (const char c : line) {
      if (c == '{') open.push_back({number, indent});
      if (c == '}' && !open.empty()) open.pop_back();
    }
  }
  return open.empty() ? 0 : open.back().line;
}

std::vector<std::string> SourceText::identifiers() const {
  std::set<std::string> found;
  for (std::size_t i = 0; i < code_.size(); ++i) {
    if (!is_word_character(code_[i])) continue;
    auto end = i;
    while (end < code_.size() && is_word_character(code_[end])) ++end;
    if (code_[i] < '0' || code_[i] > '9') found.insert(code_.substr(i, end - i));
    i = end;
  }
  return {found.begin(), found.end()};
}

}  // namespace cppworker::loader
