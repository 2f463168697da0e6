#pragma once

#include <string>
#include <utility>

#include <cppworker/http_response.hpp>

#include "http/body_stream.hpp"
#include "http/fast/fast_failure.hpp"
#include "http/fast/response_parser.hpp"
#include "http/own/own_body.hpp"
#include "http/stopped_text.hpp"

namespace cppworker::http::fast {

/// The body of a response whose head has arrived. It is still encoded, as in Python.
class FastBodyStream final : public BodyStream {
 public:
  FastBodyStream(std::unique_ptr<own::OwnBody<ResponseParser>> body, bool https)
      : body_(std::move(body)), https_(https) {}

  bool next(std::string& piece) override {
    if (const Failure failure = body_->next(piece)) {
      throw StreamError(failure.cause == Failure::Cause::kStopped
                            ? std::string(kStoppedText)
                            : failure_text(failure, {}, https_, {}));
    }
    return !piece.empty();
  }
  [[nodiscard]] coro::TimePoint received_at() const override { return body_->received_at(); }
  std::unique_ptr<net::Connection> hand_over(std::string& rest) override {
    return body_->hand_over(rest);
  }

 private:
  const std::unique_ptr<own::OwnBody<ResponseParser>> body_;
  const bool https_;
};

}  // namespace cppworker::http::fast
