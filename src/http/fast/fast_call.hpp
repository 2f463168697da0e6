#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coro/clock.hpp"
#include "coro/stack_frame.hpp"
#include "failures/sample.hpp"
#include "http/call.hpp"
#include "http/failure.hpp"
#include "http/fast/response_parser.hpp"
#include "http/own/borrowed_parser.hpp"
#include "http/own/connection.hpp"
#include "http/own/connection_pool.hpp"
#include "http/own/own_body.hpp"
#include "http/own/own_engine.hpp"
#include "http/url/url.hpp"

namespace cppworker::http::fast {

/// One call of HttpSession::request(): its request, the redirected ones, and the result. It is kept
/// on the coroutine's stack and is small: the memory of a waiting user has to come back into the
/// processor's cache for each request.
class FastCall {
 public:
  struct Limits {
    std::optional<coro::Duration> connect_timeout;
    std::optional<coro::Duration> network_timeout;
    int attempts = 1;                   ///< how often a lost connection is replaced
    const own::Proxy* proxy = nullptr;  ///< null: none
  };

  /// Throws InvalidURL, std::invalid_argument.
  FastCall(const Call& call, own::OwnEngine& engine, own::ConnectionPool& pool,
           const Limits& limits);

  enum class End : std::uint8_t { kAnswered, kStopped };
  /// Performs all requests. Suspends. Throws StopUser, InvalidURL, std::invalid_argument.
  End run();

  /// Whether a server may have received a request.
  [[nodiscard]] bool sent() const { return sent_; }
  /// Fills the (empty) response, and the failure text for the statistics. To be called once, after
  /// run() and before anything else waits.
  void take_response(Response& response, std::optional<std::string>& failure);
  /// The body has not been received: take_stream() returns it, once.
  [[nodiscard]] bool streamed() const { return extras_ != nullptr && extras_->streamed; }
  [[nodiscard]] std::shared_ptr<BodyStream> take_stream(
      own::OwnBody<ResponseParser>::Owners owners);
  [[nodiscard]] std::int64_t content_length() const { return parser_->content_length(); }
  /// The complete URL of the first request. @pre take_response() was not called
  [[nodiscard]] const Url& first_url() const { return first_; }
  /// Describes the last request, as it was sent, for a sample. Call it after take_response().
  /// @param url of that request; take_response() has moved it to the response
  void describe(failures::Sample& sample, const Url& url) const;
  [[nodiscard]] bool redirected() const { return extras_ != nullptr && extras_->redirected; }

  // For RoundTrip.
  std::string_view write_head();
  [[nodiscard]] std::string_view body() const { return body_; }
  [[nodiscard]] bool is_head() const { return method_ == "HEAD"; }
  [[nodiscard]] bool is_upgrade() const { return call_.upgrade; }
  [[nodiscard]] bool ends_with_head() const;
  /// The session, the user and the pool are used when the response is complete. They arrive in the
  /// cache while the system call receives it: 0.3 to 0.4 µs less user-mode time at 10,000 users.
  void before_receiving() const;

 private:
  enum class Result : std::uint8_t { kAnswered, kFailed, kStopped };

  /// Data that most calls don't need.
  struct Extras {
    std::string method;         // in upper case, if the author's isn't
    std::string authorization;  // value of the header
    Content content;            // of the first request
    std::optional<Url> redirected;
    std::vector<Response> history;
    std::optional<own::ConnectionPool::Lease> streamed;
    std::string failure;  // of the connection or the body; "": none
  };

  Extras& extras();
  [[nodiscard]] const Url& url() const { return redirected() ? *extras_->redirected : first_; }
  void make_body();
  std::string_view write_head(const Url& url, bool with_cookies, std::string& buffer) const;
  Result exchange();
  void fail(std::string failure);
  CPPWORKER_OWN_FRAME void fail_for(const Failure& failure);
  /// The target of a redirect that is followed; "": none.
  [[nodiscard]] std::string_view location() const;
  [[nodiscard]] bool streams() const;
  /// Prepares the next request. False: the redirect is a failure.
  CPPWORKER_OWN_FRAME bool redirect(int redirects);
  void keep_cookies();
  /// Fills an empty response with the received part.
  void take_answer(Response& response);

  const Call& call_;
  own::OwnEngine& engine_;
  own::ConnectionPool& pool_;
  const Limits& limits_;
  std::unique_ptr<Extras> extras_;
  const own::ConnectionPool::Lease* connection_ = nullptr;  // of the current exchange
  own::BorrowedParser<ResponseParser> parser_;              // of the current response
  own::Deadline deadline_;
  std::string_view method_;  // upper case
  std::string_view body_;
  std::string_view content_type_;
  Url first_;
  bool answered_ = false;  // the head of the response is complete
  bool follows_ = true;
  bool json_ = false;
  bool sent_ = false;
  bool cookies_sent_ = false;  // by the last request
  bool body_dropped_ = false;
  bool auth_dropped_ = false;
};

}  // namespace cppworker::http::fast
