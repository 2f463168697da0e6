#include "http/fast/response_parser.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "http/fast/http_bytes.hpp"
#include "text/python_repr.hpp"

namespace cppworker::http::fast {

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
  failure_ = fmt::format("{}, {}", text::python_repr(reason_text), code);
  phase_ = Phase::kFailed;
  return Status::kFailed;
}

ResponseParser::Status ResponseParser::feed(std::string_view bytes) {
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

ResponseParser::Status ResponseParser::feed_head(std::string_view text) {
  // Usually the whole head is in `text`, and is looked at right there.
  std::string kept;
  if (!head_.empty()) {
    kept = std::exchange(head_, {});
    kept += text;
    text = kept;
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
      if (end_head()) {
        return feed_body(text);
      }
      // In a loop: a server may send thousands of them, and a user's stack is small.
      reset_head();
      interim_ = true;
      continue;
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
  if (text.size() == kept.size()) {
    head_ = std::move(kept);
  } else {
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
