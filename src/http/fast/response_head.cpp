// The part of ResponseParser that reads status line and headers.

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "http/fast/http_bytes.hpp"
#include "http/fast/response_parser.hpp"
#include "http/header_lines.hpp"
#include "http/hop.hpp"
#include "text/eight_bytes.hpp"

namespace cppworker::http::fast {

namespace {

/// Those whose names llhttp compares while it reads them: it words mistakes in them differently.
bool is_framing_header(std::string_view name) {
  return std::ranges::any_of(
      std::array<std::string_view, 5>{"Connection", "Content-Length", "Proxy-Connection",
                                      "Transfer-Encoding", "Upgrade"},
      [name](std::string_view known) { return equal_ignoring_case(name, known); });
}

constexpr bool is_blank(char character) { return character == ' ' || character == '\t'; }

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

/// How many characters of a header's name `line` begins with. It ends with something else.
std::size_t token_size(std::string_view line) {
  std::size_t size = 0;
  while (kIsToken[static_cast<unsigned char>(line[size])]) {
    ++size;
  }
  return size;
}

}  // namespace

/// Lines end with CR LF and have no other CR.
bool ResponseParser::check_line_end(std::string_view& line, std::string_view what) {
  line.remove_suffix(1);
  const std::size_t carriage_return = line.find('\r');
  if (carriage_return == std::string_view::npos) {
    fail(fmt::format("Missing expected CR after {}", what), 25);
    return false;
  }
  if (carriage_return + 1 != line.size()) {
    const bool in_value = fields_ != 0 && line.find_first_not_of(" \t") < carriage_return;
    in_value ? fail("Missing expected LF after header value", 3) : fail("Expected LF after CR", 2);
    return false;
  }
  line.remove_suffix(1);
  return true;
}

bool ResponseParser::take_status_line(std::string_view line) {
  constexpr std::string_view kUsual = "HTTP/1.1 ";
  constexpr std::size_t kReason = kUsual.size() + 4;  // behind "200 "
  if (line.size() >= kReason + 2 && line.starts_with(kUsual) && line[kReason - 1] == ' ' &&
      line[kUsual.size()] != '0' && line.ends_with("\r\n")) {
    const std::string_view code = line.substr(kUsual.size(), 3);
    const std::string_view text = line.substr(kReason, line.size() - kReason - 2);
    if (is_digit(code[0]) && is_digit(code[1]) && is_digit(code[2]) &&
        text.find('\r') == std::string_view::npos) {
      persistent_ = true;
      status_code_ = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
      reason = text;
      return true;
    }
  }
  return take_odd_status_line(line);
}

bool ResponseParser::take_odd_status_line(std::string_view line) {
  if (!line.starts_with(kProtocol)) {
    fail("Expected HTTP/, RTSP/ or ICE/", 8);
    return false;
  }
  line.remove_prefix(kProtocol.size());
  if (!is_digit(line[0])) {
    fail("Invalid major version", 9);
    return false;
  }
  if (line[1] != '.') {
    fail("Expected dot", 9);
    return false;
  }
  if (!is_digit(line[2])) {
    fail("Invalid minor version", 9);
    return false;
  }
  const std::string_view version = line.substr(0, 3);
  if (version != "1.1" && version != "1.0" && version != "2.0" && version != "0.9") {
    fail("Invalid HTTP version", 9);
    return false;
  }
  persistent_ = version == "1.1";
  line.remove_prefix(3);
  if (line[0] != ' ') {
    fail("Expected space after version", 9);
    return false;
  }
  line.remove_prefix(1);
  int code = 0;
  for (int i = 0; i < 3; ++i) {
    if (!is_digit(line[0])) {
      fail("Invalid status code", 13);
      return false;
    }
    code = code * 10 + (line[0] - '0');
    line.remove_prefix(1);
  }
  if (code < 100) {
    fail("Invalid status code", 13);
    return false;
  }
  if (line[0] == ' ') {
    line.remove_prefix(1);
  } else if (line[0] != '\r' && line[0] != '\n') {
    fail("Invalid response status", 13);
    return false;
  }
  if (!check_line_end(line, "response line")) {
    return false;
  }
  reason = line;
  status_code_ = code;
  return true;
}

bool ResponseParser::take_header(std::string_view line) {
  const std::string_view whole = line;
  const std::size_t colon = token_size(line);
  if (colon != 0 && line[colon] == ':' && line.ends_with("\r\n")) {
    line.remove_suffix(2);
    if (!text::has_control(line)) {
      return take_framing_header(line.substr(0, colon), line.substr(colon + 1));
    }
  }
  return take_odd_header(whole);
}

bool ResponseParser::take_odd_header(std::string_view line) {
  if (line[0] == ' ' || line[0] == '\t') {
    if (line_ != fields_) {
      fail("Unexpected whitespace after header value", 10);
    } else if (line[0] == ' ') {
      fail("Unexpected space after start line", 30);
    } else {
      fail("Invalid header token", 10);
    }
    return false;
  }
  if (line[0] == '\r') {
    fail("Expected LF after headers", 2);
    return false;
  }
  if (line[0] == '\n') {
    fail("Invalid header field char", 10);
    return false;
  }
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos || !all_of(line.substr(0, colon), kIsToken)) {
    const std::string_view known = line.substr(0, line.find_first_of(" \t\r\n"));
    fail(is_framing_header(known) ? "Invalid header field char" : "Invalid header token", 10);
    return false;
  }
  const std::string_view name = line.substr(0, colon);
  std::string_view value = line.substr(colon + 1);
  if (!check_line_end(value, "header value")) {
    return false;
  }
  if (!take_framing_header(name, value)) {
    return false;
  }
  if (!all_of(value, kIsValue)) {
    fail("Invalid header value char", 10);
    return false;
  }
  return true;
}

/// Remembers what the header means for the framing, and what saves others a search.
bool ResponseParser::take_framing_header(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 7:
      has_upgrade_ = has_upgrade_ || equal_ignoring_case(name, "Upgrade");
      break;
    case 10:
      if (equal_ignoring_case(name, "Connection")) {
        take_connection(value);
      } else {
        sets_cookies_ = sets_cookies_ || equal_ignoring_case(name, "Set-Cookie");
      }
      break;
    case 14:
      return !equal_ignoring_case(name, "Content-Length") || take_content_length(value);
    case 16:
      if (equal_ignoring_case(name, "Content-Encoding")) {
        is_encoded_ = true;
      } else if (equal_ignoring_case(name, "Proxy-Connection")) {
        take_connection(value);
      }
      break;
    case 17:
      if (equal_ignoring_case(name, "Transfer-Encoding")) {
        if (has_length_) {
          fail("Transfer-Encoding can't be present with Content-Length", 15);
          return false;
        }
        has_transfer_encoding_ = true;
        const std::size_t comma = value.rfind(',');
        value = trim_blanks(comma == std::string_view::npos ? value : value.substr(comma + 1));
        chunked_ = equal_ignoring_case(value, "chunked");
      }
      break;
    default:
      break;
  }
  return true;
}

bool ResponseParser::take_content_length(std::string_view value) {
  value = trim_blanks(value);
  if (has_transfer_encoding_) {
    fail("Content-Length can't be present with Transfer-Encoding", 11);
    return false;
  }
  if (has_length_) {
    fail("Duplicate Content-Length", 4);
    return false;
  }
  if (value.empty()) {
    fail("Empty Content-Length", 11);
    return false;
  }
  std::int64_t length = 0;
  for (const char digit : value) {
    if (!is_digit(digit)) {
      fail("Invalid character in Content-Length", 11);
      return false;
    }
    if (length > (std::numeric_limits<std::int64_t>::max() - 9) / 10) {
      fail("Content-Length overflow", 11);
      return false;
    }
    length = length * 10 + (digit - '0');
  }
  has_length_ = true;
  length_ = length;
  return true;
}

void ResponseParser::take_connection(std::string_view value) {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view token = trim_blanks(value.substr(0, comma));
    says_close_ = says_close_ || equal_ignoring_case(token, "close");
    says_keep_alive_ = says_keep_alive_ || equal_ignoring_case(token, "keep-alive");
    says_upgrade_ = says_upgrade_ || equal_ignoring_case(token, "upgrade");
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
}

bool ResponseParser::end_head() {
  if (status_code_ == 101) {
    fail("Pause on CONNECT/Upgrade", 22);
    return true;
  }
  if (status_code_ < 200) {
    return false;
  }
  phase_ = Phase::kBody;
  head_complete_ = true;
  if (head_request_ || status_code_ == 204 || status_code_ == 304) {
    framing_ = Framing::kNone;
  } else if (has_transfer_encoding_) {
    framing_ = chunked_ ? Framing::kChunked : Framing::kUntilClose;
  } else {
    framing_ = has_length_ ? Framing::kLength : Framing::kUntilClose;
  }
  if (framing_ == Framing::kLength) {
    left_ = static_cast<std::uint64_t>(length_);
    body.reserve(std::min<std::uint64_t>(left_, kBodyReservedMax));
  }
  keep_alive_ =
      framing_ != Framing::kUntilClose && !says_close_ && (persistent_ || says_keep_alive_);
  return true;
}

}  // namespace cppworker::http::fast
