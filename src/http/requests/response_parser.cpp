#include "http/requests/response_parser.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "http/exchange.hpp"

namespace cppworker::http::requests {

void ResponseParser::start(bool head) {
  head_.start(head);
  body.clear();
  failure_ = {};
  phase_ = Phase::kHead;
  begun_ = false;
  head_complete_ = false;
  ended_ = false;
}

bool ResponseParser::keep_alive() const {
  DCHECK(complete());
  return head_.keep_alive() && !ended_;
}

Failure ResponseParser::take_failure() {
  DCHECK(phase_ == Phase::kFailed);
  return std::exchange(failure_, {});
}

ResponseParser::Status ResponseParser::fail(Failure&& failure) {
  DCHECK(failure);
  failure_ = std::move(failure);
  failure_.phase = head_complete_ ? Failure::Phase::kBody : Failure::Phase::kResponse;
  phase_ = Phase::kFailed;
  return Status::kFailed;
}

ResponseParser::Status ResponseParser::feed(std::string_view bytes) {
  switch (phase_) {
    case Phase::kHead:
      if (bytes.empty()) {
        return Status::kNeedMore;
      }
      begun_ = true;
      switch (head_.feed(bytes)) {
        case Status::kNeedMore:
          return Status::kNeedMore;
        case Status::kFailed:
          return fail(std::move(head_.failure()));
        case Status::kComplete:
          break;
      }
      return begin_body(bytes);
    case Phase::kBody:
      return feed_body(bytes);
    case Phase::kComplete:
      return complete(bytes);
    case Phase::kFailed:
      break;
  }
  return Status::kFailed;
}

ResponseParser::Status ResponseParser::finish() {
  ended_ = true;
  switch (phase_) {
    case Phase::kHead:
      if (head_.finish() == Status::kFailed) {
        return fail(std::move(head_.failure()));
      }
      if (begin_body({}) != Status::kNeedMore) {
        break;
      }
      return finish_body();
    case Phase::kBody:
      return finish_body();
    case Phase::kComplete:
    case Phase::kFailed:
      break;
  }
  return phase_ == Phase::kComplete ? Status::kComplete : Status::kFailed;
}

ResponseParser::Status ResponseParser::begin_body(std::string_view bytes) {
  phase_ = Phase::kBody;
  head_complete_ = true;
  received_ = 0;
  if (head_.framing() == HeadParser::Framing::kLength) {
    left_ = static_cast<std::uint64_t>(head_.content_length());
    body.reserve(std::min<std::uint64_t>(left_, kBodyReservedMax));
  } else if (head_.framing() == HeadParser::Framing::kChunked) {
    chunks_.start();
  }
  return feed_body(bytes);
}

ResponseParser::Status ResponseParser::feed_body(std::string_view bytes) {
  DCHECK(phase_ == Phase::kBody);
  switch (head_.framing()) {
    case HeadParser::Framing::kNone:
      return complete(bytes);
    case HeadParser::Framing::kLength: {
      const std::size_t taken = std::min<std::uint64_t>(left_, bytes.size());
      body.append(bytes, 0, taken);
      received_ += taken;
      left_ -= taken;
      return left_ == 0 ? complete(bytes.substr(taken)) : Status::kNeedMore;
    }
    case HeadParser::Framing::kChunked: {
      const Status status = chunks_.feed(bytes, body);
      if (status == Status::kFailed) {
        return fail(std::move(chunks_.failure()));
      }
      return status == Status::kComplete ? complete(bytes) : status;
    }
    case HeadParser::Framing::kUntilClose:
      body += bytes;
      received_ += bytes.size();
      break;
  }
  return Status::kNeedMore;
}

ResponseParser::Status ResponseParser::finish_body() {
  if (head_.framing() == HeadParser::Framing::kChunked) {
    if (chunks_.finish(body) == Status::kFailed) {
      return fail(std::move(chunks_.failure()));
    }
    return complete({});
  }
  const std::int64_t expected = head_.checked_length();
  const auto received = static_cast<std::int64_t>(received_);
  if (expected >= 0 && expected != received) {
    return fail(Failure::with(Failure::Cause::kIncompleteBody,
                              {.received = received, .expected = expected}));
  }
  return complete({});
}

ResponseParser::Status ResponseParser::complete(std::string_view rest) {
  ended_ = ended_ || !rest.empty();
  phase_ = Phase::kComplete;
  return Status::kComplete;
}

}  // namespace cppworker::http::requests
