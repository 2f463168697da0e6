#include "http/fast/response_parser.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "http/header_lines.hpp"
#include "stats/python_repr.hpp"

namespace cppworker::http::fast {

namespace {

constexpr std::size_t kBodyReservedMax = std::size_t{1024} * 1024;
constexpr std::string_view kProtocol = "HTTP/";

constexpr std::array<bool, 256> token_characters() {
  std::array<bool, 256> result{};
  for (const char character : std::string_view("!#$%&'*+-.^_`|~0123456789"
                                               "abcdefghijklmnopqrstuvwxyz"
                                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    result[static_cast<unsigned char>(character)] = true;
  }
  return result;
}
constexpr std::array<bool, 256> kIsToken = token_characters();

constexpr std::array<bool, 256> value_characters() {
  std::array<bool, 256> result{};
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = i == '\t' || (i >= 0x20 && i != 0x7f);
  }
  return result;
}
constexpr std::array<bool, 256> kIsValue = value_characters();

bool all_of(std::string_view text, const std::array<bool, 256>& allowed) {
  bool ok = true;
  for (const char character : text) {
    ok = ok && allowed[static_cast<unsigned char>(character)];
  }
  return ok;
}

/// Those whose names llhttp compares while it reads them: it words mistakes in them differently.
bool is_framing_header(std::string_view name) {
  return std::ranges::any_of(
      std::array<std::string_view, 5>{"Connection", "Content-Length", "Proxy-Connection",
                                      "Transfer-Encoding", "Upgrade"},
      [name](std::string_view known) { return equal_ignoring_case(name, known); });
}

bool is_digit(char character) { return character >= '0' && character <= '9'; }

int hex_digit(char character) {
  if (is_digit(character)) {
    return character - '0';
  }
  const char lower = static_cast<char>(character | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string_view trim_blanks(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

}  // namespace

void ResponseParser::start(bool head) {
  reset_head();
  header_lines.clear();
  body.clear();
  failure_.clear();
  phase_ = Phase::kHead;
  chunk_ = Chunk::kSizeFirst;
  trailer_size_ = 0;
  head_complete_ = false;
  head_request_ = head;
  begun_ = false;
  interim_ = false;
  keep_alive_ = false;
}

void ResponseParser::reset_head() {
  head_.clear();
  reason.clear();
  line_ = 0;
  fields_ = 0;
  length_ = 0;
  left_ = 0;
  status_code_ = 0;
  framing_ = Framing::kNone;
  has_length_ = false;
  has_transfer_encoding_ = false;
  chunked_ = false;
  persistent_ = false;
  says_close_ = false;
  says_keep_alive_ = false;
  says_upgrade_ = false;
  has_upgrade_ = false;
  sets_cookies_ = false;
  is_encoded_ = false;
}

ResponseParser::Status ResponseParser::fail(std::string_view reason_text, int code) {
  failure_ = fmt::format("{}, {}", stats::python_repr(reason_text), code);
  phase_ = Phase::kFailed;
  return Status::kFailed;
}

ResponseParser::Status ResponseParser::feed(std::string_view bytes) {
  begun_ = begun_ || !bytes.empty();
  switch (phase_) {
    case Phase::kHead:
      return feed_head(bytes);
    case Phase::kBody:
      return feed_body(bytes);
    case Phase::kComplete:
      return Status::kComplete;
    case Phase::kFailed:
      break;
  }
  return Status::kFailed;
}

ResponseParser::Status ResponseParser::finish() {
  if (phase_ == Phase::kBody && framing_ == Framing::kUntilClose) {
    phase_ = Phase::kComplete;
    return Status::kComplete;
  }
  if (phase_ == Phase::kBody) {
    failure_ = "'Incomplete response.'";
    phase_ = Phase::kFailed;
  } else if (phase_ == Phase::kHead && interim_ && head_.empty()) {
    failure_ = "'connection closed after interim response'";
    phase_ = Phase::kFailed;
  } else if (phase_ == Phase::kHead) {
    fail("Invalid EOF state", 14);
  }
  return phase_ == Phase::kComplete ? Status::kComplete : Status::kFailed;
}

ResponseParser::Status ResponseParser::feed_head(std::string_view bytes) {
  // Usually the whole head is in `bytes`, and is looked at right there.
  const bool kept = !head_.empty();
  if (kept) {
    head_ += bytes;
  }
  std::string_view text = kept ? std::string_view(head_) : bytes;
  for (;;) {
    const void* const found = std::memchr(text.data() + line_, '\n', text.size() - line_);
    if (found == nullptr) {
      break;
    }
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + 1;
    const std::string_view line = text.substr(line_, end - line_);
    if (fields_ != 0 && line == "\r\n") {
      header_lines.assign(text, fields_, line_ - fields_);
      text.remove_prefix(end);
      if (end_head()) {
        if (!kept) {
          return feed_body(text);
        }
        const std::string rest(text);
        head_.clear();
        return feed_body(rest);
      }
      const std::string rest(text);
      reset_head();
      interim_ = true;
      return rest.empty() ? Status::kNeedMore : feed_head(rest);
    }
    if (!take_line(line)) {
      return Status::kFailed;
    }
    line_ = end;
    if (fields_ == 0 && status_code_ != 0) {
      fields_ = end;
    }
  }
  if (text.size() > kHeadMax) {
    return fail("Header overflow", 23);
  }
  if (fields_ != 0 && text.size() > line_ + 1 && text[line_] == '\r') {
    return fail("Expected LF after headers", 2);
  }
  if (status_code_ == 0) {
    const std::string_view begin = text.substr(line_, kProtocol.size());
    if (begin != "\r" && begin != kProtocol.substr(0, begin.size())) {
      return fail("Expected HTTP/, RTSP/ or ICE/", 8);
    }
  }
  if (!kept) {
    head_ = text;
  }
  return Status::kNeedMore;
}

bool ResponseParser::take_line(std::string_view line) {
  if (fields_ != 0) {
    return take_header(line);
  }
  return line == "\r\n" || line == "\n" || take_status_line(line);
}

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

ResponseParser::Status ResponseParser::feed_body(std::string_view bytes) {
  if (phase_ == Phase::kFailed) {
    return Status::kFailed;
  }
  switch (framing_) {
    case Framing::kNone:
      return complete(bytes);
    case Framing::kLength: {
      const std::size_t taken = std::min<std::uint64_t>(left_, bytes.size());
      body.append(bytes, 0, taken);
      left_ -= taken;
      return left_ == 0 ? complete(bytes.substr(taken)) : Status::kNeedMore;
    }
    case Framing::kChunked:
      return feed_chunks(bytes);
    case Framing::kUntilClose:
      body += bytes;
      break;
  }
  return Status::kNeedMore;
}

ResponseParser::Status ResponseParser::feed_chunks(std::string_view bytes) {
  while (!bytes.empty()) {
    if (chunk_ == Chunk::kData) {
      const std::size_t taken = std::min<std::uint64_t>(left_, bytes.size());
      body.append(bytes, 0, taken);
      left_ -= taken;
      bytes.remove_prefix(taken);
      if (left_ == 0) {
        chunk_ = Chunk::kDataEnd;
      }
      continue;
    }
    const char character = bytes.front();
    bytes.remove_prefix(1);
    if (chunk_ == Chunk::kLastLf) {
      if (character != '\n') {
        return fail("Expected LF after headers", 2);
      }
      return complete(bytes);
    }
    if (!step_chunk(character)) {
      return Status::kFailed;
    }
  }
  return Status::kNeedMore;
}

/// What stands between the chunks' data, byte by byte.
bool ResponseParser::step_chunk(char character) {
  switch (chunk_) {
    case Chunk::kSizeFirst:
    case Chunk::kSize: {
      const int digit = hex_digit(character);
      if (digit >= 0) {
        if (left_ > std::numeric_limits<std::uint64_t>::max() >> 4U) {
          fail("Chunk size overflow", 12);
          return false;
        }
        left_ = left_ << 4U | static_cast<std::uint64_t>(digit);
        chunk_ = Chunk::kSize;
        return true;
      }
      if (chunk_ == Chunk::kSize && (character == ';' || character == '\r')) {
        chunk_ = character == ';' ? Chunk::kExtension : Chunk::kSizeEnd;
        return true;
      }
      if (chunk_ == Chunk::kSize && character == '\n') {
        fail("Missing expected CR after chunk size", 25);
      } else {
        fail("Invalid character in chunk size", 12);
      }
      return false;
    }
    case Chunk::kExtension:
      if (character == '\r') {
        chunk_ = Chunk::kSizeEnd;
      } else if (!kIsValue[static_cast<unsigned char>(character)] || ++trailer_size_ > kHeadMax) {
        fail("Invalid character in chunk extensions", 2);
        return false;
      }
      return true;
    case Chunk::kSizeEnd:
      if (character != '\n') {
        fail("Expected LF after chunk size", 2);
        return false;
      }
      end_chunk_size();
      return true;
    case Chunk::kDataEnd:
    case Chunk::kDataEndLf:
      if (character != (chunk_ == Chunk::kDataEnd ? '\r' : '\n')) {
        fail("Expected LF after chunk data", 2);
        return false;
      }
      chunk_ = chunk_ == Chunk::kDataEnd ? Chunk::kDataEndLf : Chunk::kSizeFirst;
      return true;
    default:
      return step_trailer(character);
  }
}

void ResponseParser::end_chunk_size() {
  chunk_ = left_ == 0 ? Chunk::kTrailerFirst : Chunk::kData;
  if (left_ != 0 && left_ <= kBodyReservedMax) {
    body.reserve(body.size() + left_);
  }
}

/// Trailers are skipped.
bool ResponseParser::step_trailer(char character) {
  if (++trailer_size_ > kHeadMax) {
    fail("Header overflow", 23);
    return false;
  }
  if (chunk_ == Chunk::kTrailerFirst && character == '\r') {
    chunk_ = Chunk::kLastLf;
  } else if (chunk_ == Chunk::kTrailerEnd) {
    if (character != '\n') {
      fail("Missing expected LF after header value", 2);
      return false;
    }
    chunk_ = Chunk::kTrailerFirst;
  } else if (chunk_ == Chunk::kTrailerFirst && !kIsToken[static_cast<unsigned char>(character)]) {
    fail("Invalid header token", 10);
    return false;
  } else {
    chunk_ = character == '\r' ? Chunk::kTrailerEnd : Chunk::kTrailer;
  }
  return true;
}

/// What comes behind the answer ends the connection; garbage there is a failure as in Python.
ResponseParser::Status ResponseParser::complete(std::string_view rest) {
  if (!rest.empty()) {
    keep_alive_ = false;
    rest.remove_prefix(std::min(rest.find_first_not_of("\r\n"), rest.size()));
    if (!head_request_ && rest.substr(0, kProtocol.size()) != kProtocol.substr(0, rest.size())) {
      return fail("Expected HTTP/, RTSP/ or ICE/", 8);
    }
  }
  phase_ = Phase::kComplete;
  return Status::kComplete;
}

}  // namespace cppworker::http::fast
