#include "http/requests/head_parser.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/check.hpp"
#include "http/failure_text.hpp"
#include "http/header_lines.hpp"
#include "http/python_text.hpp"
#include "http/requests/header_block.hpp"
#include "text/ascii_case.hpp"
#include "text/eight_bytes.hpp"

namespace cppworker::http::requests {

namespace {

/// Another response follows (RFC 9110, 15.2), except after `101 Switching Protocols`. http.client
/// takes all but 100 for the response, and loses the one that follows.
bool is_interim(int status_code) {
  return status_code >= 100 && status_code < 200 && status_code != 101;
}

constexpr bool is_digit(char character) { return character >= '0' && character <= '9'; }

/// The length of the header name at the beginning of `line`. @pre the last character isn't one of a
/// name
std::size_t name_size(std::string_view line) {
  std::size_t size = 0;
  while (kIsName[static_cast<unsigned char>(line[size])]) {
    ++size;
  }
  return size;
}

/// `part in text.lower()`. @param part in lower case
bool contains_ignoring_case(std::string_view text, std::string_view part) {
  const auto same = [](char one, char other) { return text::to_lower(one) == other; };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

/// Removes the next word and the white space around it from `text`: one step of `str.split(None)`.
std::string_view take_word(std::string_view& text) {
  const auto* const begin = std::ranges::find_if_not(text, is_space);
  const auto* const end = std::find_if(begin, text.end(), is_space);
  const auto* const next = std::find_if_not(end, text.end(), is_space);
  const std::string_view word(begin, static_cast<std::size_t>(end - begin));
  text.remove_prefix(static_cast<std::size_t>(next - text.begin()));
  return word;
}

Failure line_too_long(const char* which) {
  return Failure::with(Failure::Cause::kLineTooLong, {.text = which});
}

Failure bad_status_line(std::string_view line) {
  return Failure::with(Failure::Cause::kBadStatusLine, {.text = std::string(line)});
}

}  // namespace

void HeadParser::start(bool head) {
  reset();
  partial_.clear();
  header_lines.clear();
  failure_ = {};
  head_request_ = head;
  upgrade_ = false;
}

void HeadParser::reset() {
  reason.clear();
  line_ = 0;
  fields_ = 0;
  lines_ = 0;
  status_code_ = 0;
  usual_ = true;
  facts_ = {};
}

bool HeadParser::fail(Failure&& failure) {
  failure_ = std::move(failure);
  return false;
}

ParseStatus HeadParser::feed(std::string_view& bytes) {
  DCHECK(!failure_);
  // Usually the whole head is in `bytes` and is parsed in place.
  std::string_view text = bytes;
  std::size_t searched = 0;  // there is no LF between line_ and this position
  if (!partial_.empty()) {
    searched = partial_.size();
    partial_ += bytes;
    text = partial_;
  }
  for (;;) {
    const std::size_t from = std::max(line_, searched);
    const void* const found = std::memchr(text.data() + from, '\n', text.size() - from);
    if (found == nullptr) {
      break;
    }
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + 1;
    const std::string_view line = text.substr(line_, end - line_);
    const bool last = fields_ != 0 && (line == "\r\n" || line == "\n");
    if (!(last ? count_line() : take_line(line))) {
      return ParseStatus::kFailed;
    }
    line_ = end;
    if (!last) {
      continue;
    }
    if (is_interim(status_code_)) {
      // A loop, not recursion: a server may send thousands of them, and a user's stack is small.
      text.remove_prefix(end);
      searched = 0;
      reset();
      continue;
    }
    const bool framed = end_head(text.substr(fields_, end - line.size() - fields_));
    DCHECK(text.size() - end <= bytes.size());
    bytes.remove_prefix(bytes.size() - (text.size() - end));
    partial_.clear();
    return framed ? ParseStatus::kComplete : ParseStatus::kFailed;
  }
  if (text.size() - line_ > kLineMax) {
    fail(line_too_long(fields_ == 0 ? "status line" : "header line"));
    return ParseStatus::kFailed;
  }
  if (partial_.empty()) {
    partial_ = text;
  } else {
    partial_.erase(0, partial_.size() - text.size());
  }
  return ParseStatus::kNeedMore;
}

ParseStatus HeadParser::finish() {
  DCHECK(!failure_);
  const std::string head = std::exchange(partial_, {});
  const std::string_view rest = std::string_view(head).substr(line_);
  // http.client counts the end as one more line. No response comes after an interim one.
  const bool ok = fields_ != 0 ? (rest.empty() || take_line(rest)) && count_line()
                               : !rest.empty() && take_line(rest);
  if (!failure_ && (!ok || is_interim(status_code_))) {
    fail({.cause = Failure::Cause::kClosed});
  }
  if (failure_) {
    return ParseStatus::kFailed;
  }
  const std::string_view block =
      fields_ == 0 ? std::string_view() : std::string_view(head).substr(fields_);
  return end_head(block) ? ParseStatus::kComplete : ParseStatus::kFailed;
}

bool HeadParser::take_line(std::string_view line) {
  if (line.size() > kLineMax) {
    return fail(line_too_long(fields_ == 0 ? "status line" : "header line"));
  }
  if (fields_ != 0) {
    take_header_line(line);
    return count_line();
  }
  if (!take_status_line(line)) {
    return false;
  }
  fields_ = line_ + line.size();
  return true;
}

bool HeadParser::count_line() {
  if (++lines_ > kLinesMax) {
    return fail({.cause = Failure::Cause::kTooManyHeaders, .number = kLinesMax});
  }
  return true;
}

bool HeadParser::take_status_line(std::string_view line) {
  constexpr std::string_view kUsual = "HTTP/1.1 ";
  constexpr std::size_t kReason = kUsual.size() + 4;  // behind "200 "
  if (line.size() > kReason && line.starts_with(kUsual) && line[kReason - 1] == ' ' &&
      line[kUsual.size()] != '0') {
    const std::string_view code = line.substr(kUsual.size(), 3);
    if (is_digit(code[0]) && is_digit(code[1]) && is_digit(code[2])) {
      version_11_ = true;
      status_code_ = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
      reason = strip(line.substr(kReason));
      return true;
    }
  }
  return take_odd_status_line(line);
}

bool HeadParser::take_odd_status_line(std::string_view line) {
  std::string_view rest = line;
  const std::string_view version = take_word(rest);
  const std::string_view all = rest;
  const std::string_view word = take_word(rest);
  // Without a reason, http.client doesn't strip the white space behind the status.
  const std::optional<std::int64_t> status = parse_int(rest.empty() ? all : word);
  if (!version.starts_with("HTTP/") || !status || *status < 100 || *status > 999) {
    return fail(bad_status_line(line));
  }
  const bool version_10 = version == "HTTP/1.0" || version == "HTTP/0.9";
  version_11_ = !version_10;
  if (*status != 100 && version_11_ && !version.starts_with("HTTP/1.")) {
    return fail(Failure::with(Failure::Cause::kUnknownProtocol, {.text = std::string(version)}));
  }
  status_code_ = static_cast<int>(*status);
  reason = strip(rest);
  return true;
}

void HeadParser::take_header_line(std::string_view line) {
  if (!usual_) {
    return;
  }
  if (line.ends_with("\r\n")) {
    const std::size_t colon = name_size(line);
    line.remove_suffix(2);
    if (colon != 0 && colon < line.size() && line[colon] == ':' && !text::has_control(line)) {
      take_header(line.substr(0, colon), strip_leading_blanks(line.substr(colon + 1)));
      return;
    }
  }
  usual_ = false;
}

/// Records the header's effect on the framing, and whether there are cookies and an encoding.
void HeadParser::take_header(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 10:
      if (equal_ignoring_case(name, "Connection")) {
        if (!std::exchange(facts_.has_connection, true)) {
          facts_.closes = contains_ignoring_case(value, "close");
          facts_.persists = facts_.persists || contains_ignoring_case(value, "keep-alive");
        }
      } else if (equal_ignoring_case(name, "Keep-Alive")) {
        if (!std::exchange(facts_.has_keep_alive, true)) {
          facts_.persists = facts_.persists || !value.empty();
        }
      } else if (equal_ignoring_case(name, "Set-Cookie")) {
        facts_.sets_cookies = true;
      }
      break;
    case 14:
      if (equal_ignoring_case(name, "Content-Length")) {
        take_content_length(value);
      }
      break;
    case 16:
      if (equal_ignoring_case(name, "Content-Encoding")) {
        facts_.is_encoded = true;
      } else if (equal_ignoring_case(name, "Proxy-Connection") &&
                 !std::exchange(facts_.has_proxy_connection, true)) {
        facts_.persists = facts_.persists || contains_ignoring_case(value, "keep-alive");
      }
      break;
    case 17:
      if (equal_ignoring_case(name, "Transfer-Encoding")) {
        take_transfer_encoding(value);
      }
      break;
    default:
      break;
  }
}

void HeadParser::take_transfer_encoding(std::string_view value) {
  if (!std::exchange(facts_.has_transfer_encoding, true)) {
    facts_.only_chunked = equal_ignoring_case(value, "chunked");
  }
  for (;;) {
    const std::size_t comma = value.find(',');
    facts_.chunked =
        facts_.chunked || equal_ignoring_case(strip(value.substr(0, comma)), "chunked");
    if (comma == std::string_view::npos) {
      break;
    }
    value.remove_prefix(comma + 1);
  }
}

void HeadParser::take_content_length(std::string_view value) {
  if (!std::exchange(facts_.has_length, true)) {
    facts_.first_length = parse_int(value);
  }
  for (;;) {
    const std::size_t comma = value.find(',');
    const std::optional<std::int64_t> length = parse_int(value.substr(0, comma));
    facts_.invalid_length = facts_.invalid_length || !length;
    facts_.lengths_differ =
        facts_.lengths_differ || (facts_.any_length && length && *facts_.any_length != *length);
    facts_.any_length = length;
    if (comma == std::string_view::npos) {
      break;
    }
    value.remove_prefix(comma + 1);
  }
}

bool HeadParser::end_head(std::string_view block) {
  if (usual_) {
    header_lines = block;
  } else {
    facts_ = {};
    header_lines = parse_header_block(block);
    for (std::string_view lines = header_lines; !lines.empty();) {
      std::string_view line = http::take_line(lines);
      line.remove_suffix(1);
      const std::size_t colon = line.find(':');
      take_header(line.substr(0, colon), line.substr(colon + 2));
    }
  }
  return choose_framing();
}

/// HTTPResponse._check_close() of http.client.
bool HeadParser::will_close() const { return version_11_ ? facts_.closes : !facts_.persists; }

bool HeadParser::choose_framing() {
  const bool bodiless =
      head_request_ || status_code_ < 200 || status_code_ == 204 || status_code_ == 304;
  const bool checked = !facts_.chunked && facts_.has_length && !facts_.invalid_length;
  if (checked && facts_.lengths_differ) {
    return fail(Failure::with(
        Failure::Cause::kInvalidResponse,
        {.text = fmt::format("Content-Length contained multiple unmatching values ({})",
                             joined_values(header_lines, "Content-Length"))}));
  }
  sets_cookies_ = facts_.sets_cookies;
  is_encoded_ = facts_.is_encoded;
  length_ = facts_.only_chunked ? -1 : std::max<std::int64_t>(facts_.first_length.value_or(-1), -1);
  checked_length_ = checked ? std::max<std::int64_t>(*facts_.any_length, -1) : -1;
  // urllib3 reads chunks even if a response with this status has no body.
  if (upgrade_ && status_code_ == 101) {
    framing_ = Framing::kUntilClose;
  } else if (facts_.chunked && !head_request_) {
    framing_ = Framing::kChunked;
  } else if (bodiless) {
    framing_ = Framing::kNone;
  } else {
    framing_ = length_ >= 0 ? Framing::kLength : Framing::kUntilClose;
  }
  const bool ends_by_itself = bodiless || facts_.only_chunked || length_ >= 0;
  // Python keeps a connection that has switched protocols, although it carries no more HTTP.
  keep_alive_ = !will_close() && ends_by_itself && status_code_ != 101;
  return true;
}

}  // namespace cppworker::http::requests
