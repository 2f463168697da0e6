#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/body_stream.hpp"
#include "http/exchange.hpp"
#include "http/requests/content_decoder.hpp"
#include "http/url/url.hpp"

namespace cppworker::http::requests {

/// The body of a streamed response, decoded.
class RequestsBodyStream final : public BodyStream {
 public:
  /// @param request that it answers
  RequestsBodyStream(std::unique_ptr<ExchangeBody> body, std::string_view content_encoding,
                     const Exchange::Request& request);

  bool next(std::string& piece) override;
  [[nodiscard]] coro::TimePoint received_at() const override { return body_->received_at(); }
  std::unique_ptr<net::Connection> hand_over(std::string& rest) override;

 private:
  /// Decodes what was received; "" is the end of the body.
  Failure decode(std::string& piece);
  [[nodiscard]] std::string text_of(const Failure& failure) const;

  const std::unique_ptr<ExchangeBody> body_;
  const std::unique_ptr<ContentDecoder> decoder_;  // null: the body is not encoded
  const Url url_;
  Exchange::Request request_;  // what a failure text shows of it
  bool ended_ = false;
};

}  // namespace cppworker::http::requests
