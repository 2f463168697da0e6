#include "http/requests/requests_body_stream.hpp"

#include <utility>

#include <cppworker/http_response.hpp>

#include "coro/scheduler.hpp"
#include "http/loop_stack.hpp"
#include "http/requests/requests_failure.hpp"

namespace cppworker::http::requests {

RequestsBodyStream::RequestsBodyStream(std::unique_ptr<ExchangeBody> body,
                                       std::string_view content_encoding,
                                       const ExchangeRequest& request)
    : body_(std::move(body)),
      decoder_(ContentDecoder::make(content_encoding)),
      url_(*request.url),
      read_timeout_(request.read_timeout) {}

bool RequestsBodyStream::next(std::string& piece) {
  piece.clear();
  while (!ended_ && piece.empty()) {
    Failure failure = body_->next(piece);
    ended_ = failure || piece.empty();
    if (!failure && decoder_ != nullptr) {
      on_loop_stack([&] { failure = decode(piece); });
    }
    if (failure) {
      ended_ = true;
      fail(failure);
    }
  }
  return !piece.empty();
}

Failure RequestsBodyStream::decode(std::string& piece) {
  const std::string encoded = std::exchange(piece, {});
  return encoded.empty() ? decoder_->finish(piece) : decoder_->decode(encoded, piece);
}

void RequestsBodyStream::fail(const Failure& failure) const {
  if (failure.cause == Failure::Cause::kStopped) {
    throw StreamError("StopUser()");
  }
  const std::string text = failure_text(failure, url_, {}, read_timeout_);
  // For a timeout the reader gets requests' ConnectionError, the row its cause.
  throw StreamError(failure.cause == Failure::Cause::kTimedOut ? "ConnectionError(" + text + ")"
                                                               : text);
}

}  // namespace cppworker::http::requests
