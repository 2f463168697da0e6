#include "http/fast/response_parser.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "http/exchange.hpp"
#include "http/fast/http_bytes.hpp"

namespace cppworker::http::fast {

void ResponseParser::start(bool head) {
  head_.start(head);
  body.clear();
  error_ = {};
  phase_ = Phase::kHead;
  head_complete_ = false;
  answered_ = false;
  head_request_ = head;
  excess_ = false;
}

bool ResponseParser::keep_alive() const {
  DCHECK(complete());
  return head_.keep_alive() && !excess_;
}

ResponseParser::Status ResponseParser::fail(ParseError error) {
  DCHECK(error);
  error_ = error;
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
  switch (phase_) {
    case Phase::kHead:
      return fail(head_.end_of_input());
    case Phase::kBody:
      if (head_.framing() != HeadParser::Framing::kUntilClose) {
        return fail({.reason = "Incomplete response."});
      }
      phase_ = Phase::kComplete;
      break;
    case Phase::kComplete:
      break;
    case Phase::kFailed:
      return Status::kFailed;
  }
  return Status::kComplete;
}

ResponseParser::Status ResponseParser::feed_head(std::string_view bytes) {
  switch (head_.feed(bytes)) {
    case Status::kNeedMore:
      return Status::kNeedMore;
    case Status::kFailed:
      return fail(head_.error());
    case Status::kComplete:
      break;
  }
  begin_body();
  const Status status = feed_body(bytes);
  answered_ = status != Status::kFailed;
  return status;
}

Failure ResponseParser::take_failure() const {
  DCHECK(error_);
  Failure failure = Failure::with(Failure::Cause::kInvalidResponse, {.text = error_.text()});
  failure.phase = answered_ ? Failure::Phase::kBody : Failure::Phase::kResponse;
  return failure;
}

void ResponseParser::begin_body() {
  phase_ = Phase::kBody;
  head_complete_ = true;
  if (head_.framing() == HeadParser::Framing::kLength) {
    left_ = static_cast<std::uint64_t>(head_.content_length());
    body.reserve(std::min<std::uint64_t>(left_, kBodyReservedMax));
  } else if (head_.framing() == HeadParser::Framing::kChunked) {
    chunks_.start();
  }
}

ResponseParser::Status ResponseParser::feed_body(std::string_view bytes) {
  DCHECK(phase_ == Phase::kBody);
  switch (head_.framing()) {
    case HeadParser::Framing::kNone:
      return complete(bytes);
    case HeadParser::Framing::kLength: {
      const std::size_t taken = std::min<std::uint64_t>(left_, bytes.size());
      body.append(bytes, 0, taken);
      left_ -= taken;
      return left_ == 0 ? complete(bytes.substr(taken)) : Status::kNeedMore;
    }
    case HeadParser::Framing::kChunked: {
      const Status status = chunks_.feed(bytes, body);
      if (status == Status::kFailed) {
        return fail(chunks_.error());
      }
      return status == Status::kComplete ? complete(bytes) : status;
    }
    case HeadParser::Framing::kUntilClose:
      body += bytes;
      break;
  }
  return Status::kNeedMore;
}

/// Bytes after the response end the connection; if they are not HTTP they are a failure, as in
/// Python.
ResponseParser::Status ResponseParser::complete(std::string_view rest) {
  if (!rest.empty()) {
    excess_ = true;
    rest.remove_prefix(std::min(rest.find_first_not_of("\r\n"), rest.size()));
    if (!head_request_ && !rest.empty() && !head_.keep_alive()) {
      return fail({.reason = "Data after `Connection: close`", .code = 5});
    }
    if (!head_request_ && rest.substr(0, kProtocol.size()) != kProtocol.substr(0, rest.size())) {
      return fail(kNoProtocol);
    }
  }
  phase_ = Phase::kComplete;
  return Status::kComplete;
}

}  // namespace cppworker::http::fast
