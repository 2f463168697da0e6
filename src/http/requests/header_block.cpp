#include "http/requests/header_block.hpp"

#include <algorithm>
#include <utility>

#include "http/header_lines.hpp"
#include "http/python_text.hpp"

namespace cppworker::http::requests {

namespace {

constexpr bool is_blank(char character) { return character == ' ' || character == '\t'; }

/// A line of the block without its end.
struct Line {
  std::string_view text{};
  bool ends_in_crlf = false;
};

/// Removes the first line from `block`.
Line take_any_line(std::string_view& block) {
  const std::size_t end = std::min(block.find_first_of("\r\n"), block.size());
  Line line{.text = block.substr(0, end)};
  block.remove_prefix(end);
  line.ends_in_crlf = block.starts_with("\r\n");
  block.remove_prefix(std::min<std::size_t>(line.ends_in_crlf ? 2 : 1, block.size()));
  return line;
}

bool is_envelope(std::string_view line) { return line.starts_with("From "); }

/// headerRE of email.feedparser.
bool is_header(std::string_view line) {
  if (line.empty()) {
    return false;
  }
  if (is_blank(line.front()) || is_envelope(line)) {
    return true;
  }
  const auto* const end = std::ranges::find_if_not(
      line, [](char character) { return kIsName[static_cast<unsigned char>(character)]; });
  return end != line.end() && *end == ':';
}

}  // namespace

std::string parse_header_block(std::string_view block) {
  std::string lines;
  bool open = false;            // the present header may be continued
  bool after_crlf = false;      // its last line ended in CR LF
  std::size_t strip_limit = 0;  // blanks before this position were not the end of a line
  while (!block.empty()) {
    const Line line = take_any_line(block);
    if (!is_header(line.text)) {
      break;
    }
    if (is_blank(line.text.front())) {
      if (!open) {
        continue;
      }
      if (after_crlf) {  // urllib3 replaces the line end and the blanks around it by a space
        while (lines.size() > strip_limit && is_blank(lines.back())) {
          lines.pop_back();
        }
        lines += ' ';
        strip_limit = lines.size();
        lines += strip_leading_blanks(line.text);
      } else {
        strip_limit = lines.size();
        lines += line.text;
      }
      after_crlf = line.ends_in_crlf;
      continue;
    }
    if (open) {
      lines += "\r\n";
    }
    open = !is_envelope(line.text) && line.text.front() != ':';
    if (open) {
      const std::size_t colon = line.text.find(':');
      lines.append(line.text, 0, colon);
      lines += ": ";
      strip_limit = lines.size();
      lines += strip_leading_blanks(line.text.substr(colon + 1));
      after_crlf = line.ends_in_crlf;
    }
  }
  if (open) {
    lines += "\r\n";
  }
  return lines;
}

std::string joined_values(std::string_view header_lines, std::string_view name) {
  std::string values;
  bool found = false;
  while (!header_lines.empty()) {
    std::string_view line = take_line(header_lines);
    const std::size_t colon = std::min(line.find(':'), line.size());
    if (equal_ignoring_case(line.substr(0, colon), name)) {
      line.remove_suffix(line.ends_with('\r') ? 1 : 0);
      values += std::exchange(found, true) ? ", " : "";
      values += strip_leading_blanks(line.substr(std::min(colon + 1, line.size())));
    }
  }
  return values;
}

}  // namespace cppworker::http::requests
