#include "http/fast/fast_body_stream.hpp"

#include <string_view>
#include <utility>

#include <cppworker/exception.hpp>
#include <cppworker/http_response.hpp>

#include "base/check.hpp"
#include "http/fast/fast_failure.hpp"

namespace cppworker::http::fast {

FastBodyStream::FastBodyStream(Owners owners, ConnectionPool::Lease lease, ResponseParser parser,
                               std::optional<coro::Duration> network_timeout)
    : owners_(std::move(owners)),
      network_timeout_(network_timeout),
      parser_(std::move(parser)),
      lease_(std::move(lease)) {
  DCHECK(parser_.head_complete());
  if (parser_.complete()) {
    end();
  }
}

bool FastBodyStream::next(std::string& piece) {
  while (parser_.body.empty()) {
    if (parser_.complete()) {
      return false;
    }
    if (parser_.error()) {
      throw StreamError(parse_failure(parser_));
    }
    read_more();
  }
  piece = std::exchange(parser_.body, {});
  return true;
}

void FastBodyStream::end() {
  DCHECK(parser_.complete());
  if (parser_.keep_alive()) {
    lease_.keep();
  } else {
    lease_.end();
  }
}

void FastBodyStream::read_more() {
  if (owners_.engine->is_shut_down()) {
    throw StreamError("The response can't be read: its test run has ended.");
  }
  coro::Coroutine* const self = owners_.engine->scheduler().running();
  if (self == nullptr) {
    throw Error("A streamed response can be read only by a user or a listener of an event.");
  }
  Deadline deadline(owners_.engine->scheduler(), *self);
  deadline.restart(network_timeout_);
  std::string_view bytes;
  const IoResult result = lease_->receive(bytes, deadline);
  ResponseParser::Status status{};
  if (result.done()) {
    status = parser_.feed(bytes);
  } else if (result.kind == IoResult::Kind::kClosed) {
    status = parser_.finish();
  } else if (result.kind == IoResult::Kind::kStopped) {
    throw StreamError("StopUser()");
  } else {
    throw StreamError(body_failure(result));
  }
  if (status == ResponseParser::Status::kComplete) {
    end();
  }
}

}  // namespace cppworker::http::fast
