#include "http/fast/head_parser.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "base/check.hpp"
#include "http/fast/http_bytes.hpp"
#include "http/header_lines.hpp"
#include "text/eight_bytes.hpp"

namespace cppworker::http::fast {

namespace {

/// The headers whose names llhttp recognizes. Its messages for errors in their lines differ.
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

/// The length of the header name at the beginning of `line`. @pre the last character isn't one of a
/// name
std::size_t token_size(std::string_view line) {
  std::size_t size = 0;
  while (kIsToken[static_cast<unsigned char>(line[size])]) {
    ++size;
  }
  return size;
}

}  // namespace

void HeadParser::start(bool head) {
  reset();
  header_lines.clear();
  error_ = {};
  head_request_ = head;
  upgrade_ = false;
  interim_ = false;
}

void HeadParser::reset() {
  partial_.clear();
  reason.clear();
  line_ = 0;
  fields_ = 0;
  length_ = 0;
  status_code_ = 0;
  framing_ = Framing::kNone;
  has_length_ = false;
  has_transfer_encoding_ = false;
  chunked_ = false;
  persistent_ = false;
  says_close_ = false;
  says_keep_alive_ = false;
  keep_alive_ = false;
  sets_cookies_ = false;
  is_encoded_ = false;
}

bool HeadParser::fail(const char* reason_text, int code) {
  error_ = {.reason = reason_text, .code = code};
  return false;
}

ParseError HeadParser::end_of_input() const {
  if (interim_ && partial_.empty()) {
    return {.reason = "connection closed after interim response"};
  }
  return {.reason = "Invalid EOF state", .code = 14};
}

ParseStatus HeadParser::feed(std::string_view& bytes) {
  DCHECK(!error_);
  // Usually the whole head is in `bytes` and is parsed in place.
  std::string joined;
  std::string_view text = bytes;
  if (!partial_.empty()) {
    joined = std::exchange(partial_, {});
    joined += bytes;
    text = joined;
  }
  for (;;) {
    const void* const found = std::memchr(text.data() + line_, '\n', text.size() - line_);
    if (found == nullptr) {
      break;
    }
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + 1;
    const std::string_view line = text.substr(line_, end - line_);
    if (fields_ != 0 && line[0] == '\r' && line.size() == 2) {
      header_lines.assign(text, fields_, line_ - fields_);
      text.remove_prefix(end);
      if (status_code_ == 101 && !upgrade_) {
        fail("Pause on CONNECT/Upgrade", 22);
        return ParseStatus::kFailed;
      }
      if (status_code_ >= 200 || status_code_ == 101) {
        choose_framing();
        DCHECK(text.size() <= bytes.size());
        bytes.remove_prefix(bytes.size() - text.size());
        return ParseStatus::kComplete;
      }
      // A loop, not recursion: a server may send thousands of them, and a user's stack is small.
      reset();
      interim_ = true;
      continue;
    }
    if (!take_line(line)) {
      return ParseStatus::kFailed;
    }
    line_ = end;
    if (fields_ == 0 && status_code_ != 0) {
      fields_ = end;
    }
  }
  if (text.size() > kHeadMax) {
    fail("Header overflow", 23);
  } else if (fields_ != 0 && text.size() > line_ + 1 && text[line_] == '\r') {
    fail("Expected LF after headers", 2);
  } else if (status_code_ == 0) {
    const std::string_view begin = text.substr(line_, kProtocol.size());
    if (begin != "\r" && begin != kProtocol.substr(0, begin.size())) {
      fail(kNoProtocol.reason, kNoProtocol.code);
    }
  }
  if (error_) {
    return ParseStatus::kFailed;
  }
  if (text.size() == joined.size()) {
    partial_ = std::move(joined);
  } else {
    partial_ = text;
  }
  return ParseStatus::kNeedMore;
}

bool HeadParser::take_line(std::string_view line) {
  if (fields_ != 0) {
    return take_header(line);
  }
  return line == "\r\n" || line == "\n" || take_status_line(line);
}

/// Lines end with CR LF and have no other CR.
bool HeadParser::check_line_end(std::string_view& line, const char* missing_cr) {
  line.remove_suffix(1);
  const std::size_t carriage_return = line.find('\r');
  if (carriage_return == std::string_view::npos) {
    return fail(missing_cr, 25);
  }
  if (carriage_return + 1 != line.size()) {
    const bool in_value = fields_ != 0 && line.find_first_not_of(" \t") < carriage_return;
    return in_value ? fail("Missing expected LF after header value", 3)
                    : fail("Expected LF after CR", 2);
  }
  line.remove_suffix(1);
  return true;
}

bool HeadParser::take_status_line(std::string_view line) {
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

bool HeadParser::take_odd_status_line(std::string_view line) {
  if (!line.starts_with(kProtocol)) {
    return fail(kNoProtocol.reason, kNoProtocol.code);
  }
  line.remove_prefix(kProtocol.size());
  if (!is_digit(line[0])) {
    return fail("Invalid major version", 9);
  }
  if (line[1] != '.') {
    return fail("Expected dot", 9);
  }
  if (!is_digit(line[2])) {
    return fail("Invalid minor version", 9);
  }
  const std::string_view version = line.substr(0, 3);
  if (version != "1.1" && version != "1.0" && version != "2.0" && version != "0.9") {
    return fail("Invalid HTTP version", 9);
  }
  persistent_ = version == "1.1";
  line.remove_prefix(3);
  if (line[0] != ' ') {
    return fail("Expected space after version", 9);
  }
  line.remove_prefix(1);
  int code = 0;
  for (int i = 0; i < 3; ++i) {
    if (!is_digit(line[0])) {
      return fail("Invalid status code", 13);
    }
    code = code * 10 + (line[0] - '0');
    line.remove_prefix(1);
  }
  if (code < 100) {
    return fail("Invalid status code", 13);
  }
  if (line[0] == ' ') {
    line.remove_prefix(1);
  } else if (line[0] != '\r' && line[0] != '\n') {
    return fail("Invalid response status", 13);
  }
  if (!check_line_end(line, "Missing expected CR after response line")) {
    return false;
  }
  reason = line;
  status_code_ = code;
  return true;
}

bool HeadParser::take_header(std::string_view line) {
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

bool HeadParser::take_odd_header(std::string_view line) {
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
    return fail("Expected LF after headers", 2);
  }
  if (line[0] == '\n') {
    return fail("Invalid header field char", 10);
  }
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos || !all_of(line.substr(0, colon), kIsToken)) {
    const std::string_view known = line.substr(0, line.find_first_of(" \t\r\n"));
    return fail(is_framing_header(known) ? "Invalid header field char" : "Invalid header token",
                10);
  }
  const std::string_view name = line.substr(0, colon);
  std::string_view value = line.substr(colon + 1);
  if (!check_line_end(value, "Missing expected CR after header value")) {
    return false;
  }
  if (!take_framing_header(name, value)) {
    return false;
  }
  if (!all_of(value, kIsValue)) {
    return fail("Invalid header value char", 10);
  }
  return true;
}

/// Records the header's effect on the framing, and whether there are cookies and an encoding.
bool HeadParser::take_framing_header(std::string_view name, std::string_view value) {
  switch (name.size()) {
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
          return fail("Transfer-Encoding can't be present with Content-Length", 15);
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

bool HeadParser::take_content_length(std::string_view value) {
  value = trim_blanks(value);
  if (has_transfer_encoding_) {
    return fail("Content-Length can't be present with Transfer-Encoding", 11);
  }
  if (has_length_) {
    return fail("Duplicate Content-Length", 4);
  }
  if (value.empty()) {
    return fail("Empty Content-Length", 11);
  }
  std::int64_t length = 0;
  for (const char digit : value) {
    if (!is_digit(digit)) {
      return fail("Invalid character in Content-Length", 11);
    }
    if (length > (std::numeric_limits<std::int64_t>::max() - 9) / 10) {
      return fail("Content-Length overflow", 11);
    }
    length = length * 10 + (digit - '0');
  }
  has_length_ = true;
  length_ = length;
  return true;
}

void HeadParser::take_connection(std::string_view value) {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view token = trim_blanks(value.substr(0, comma));
    says_close_ = says_close_ || equal_ignoring_case(token, "close");
    says_keep_alive_ = says_keep_alive_ || equal_ignoring_case(token, "keep-alive");
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
}

void HeadParser::choose_framing() {
  if (head_request_ || status_code_ == 204 || status_code_ == 304) {
    framing_ = Framing::kNone;
  } else if (status_code_ == 101) {
    framing_ = Framing::kUntilClose;
  } else if (has_transfer_encoding_) {
    framing_ = chunked_ ? Framing::kChunked : Framing::kUntilClose;
  } else {
    framing_ = has_length_ ? Framing::kLength : Framing::kUntilClose;
  }
  keep_alive_ =
      framing_ != Framing::kUntilClose && !says_close_ && (persistent_ || says_keep_alive_);
}

}  // namespace cppworker::http::fast
