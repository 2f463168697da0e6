#include "http/requests/requests_body_stream.hpp"

#include <utility>

#include <cppworker/http_response.hpp>

#include "coro/loop_stack.hpp"
#include "http/requests/requests_failure.hpp"
#include "http/stopped_text.hpp"
#include "net/connection.hpp"

namespace cppworker::http::requests {

RequestsBodyStream::RequestsBodyStream(std::unique_ptr<ExchangeBody> body,
                                       std::string_view content_encoding,
                                       const Exchange::Request& request)
    : body_(std::move(body)), decoder_(ContentDecoder::make(content_encoding)), url_(*request.url) {
  request_.url = &url_;
  request_.connect_timeout = request.connect_timeout;
  request_.read_timeout = request.read_timeout;
}

bool RequestsBodyStream::next(std::string& piece) {
  piece.clear();
  while (!ended_ && piece.empty()) {
    Failure failure = body_->next(piece);
    ended_ = failure || piece.empty();
    std::string text;
    coro::on_loop_stack([&] {
      if (!failure && decoder_ != nullptr) {
        failure = decode(piece);
      }
      if (failure) {
        text = text_of(failure);
      }
    });
    if (failure) {
      ended_ = true;
      throw StreamError(text);
    }
  }
  return !piece.empty();
}

std::unique_ptr<net::Connection> RequestsBodyStream::hand_over(std::string& rest) {
  ended_ = true;
  return body_->hand_over(rest);
}

Failure RequestsBodyStream::decode(std::string& piece) {
  const std::string encoded = std::exchange(piece, {});
  return encoded.empty() ? decoder_->finish(piece) : decoder_->decode(encoded, piece);
}

/// For a timeout the reader gets requests' ConnectionError, the row its cause.
std::string RequestsBodyStream::text_of(const Failure& failure) const {
  if (failure.cause == Failure::Cause::kStopped) {
    return std::string(kStoppedText);
  }
  const std::string text = failure_text(failure, request_);
  return failure.cause == Failure::Cause::kTimedOut ? "ConnectionError(" + text + ")" : text;
}

}  // namespace cppworker::http::requests
