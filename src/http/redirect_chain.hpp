#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/call.hpp"
#include "http/exchange.hpp"
#include "http/url/url.hpp"

namespace cppworker::http {

/// One call as python-requests does it: what is sent first, and what after each redirect. An engine
/// does the hops: it turns request() into result().
class RedirectChain {
 public:
  /// The hop's request and result are the engine's, to be used again for other calls. Throws
  /// InvalidURL, std::invalid_argument (options that are wrong or contradict each other).
  RedirectChain(const Call& call, ExchangeRequest& request, ExchangeResult& result);

  /// What happens between two hops, on the caller's stack. Fills the request of the first or the
  /// next one, or says that there is none: the chain is complete. Throws InvalidURL.
  [[nodiscard]] bool next_exchange();

  /// The row's name, unless the author gives one. What this and the next two return is valid as
  /// long as the chain.
  [[nodiscard]] std::string_view name() const;
  /// The row's name, had the request not been cut off.
  [[nodiscard]] std::string_view first_name() const { return first_.path_url(); }
  /// The complete URL, for listeners.
  [[nodiscard]] std::string_view event_url();
  /// Of the last hop, with the failure's text if there was one, and those before it. Once.
  [[nodiscard]] Response take_response();

 private:
  void choose_authorization();
  void choose_transport();
  void request_first();
  bool request_redirected();
  void write_headers();
  void keep_cookies();
  void fail(std::string text);
  Response take_answer(bool with_body);
  [[nodiscard]] const std::string& proxy() const;
  [[nodiscard]] bool lost_request() const;
  [[nodiscard]] const Url& url() const { return redirected_ ? *redirected_ : first_; }

  const Call& call_;
  ExchangeRequest& request_;
  ExchangeResult& result_;
  std::string method_;         // upper case
  std::string authorization_;  // header value
  Content content_;            // of the first hop
  Url first_;
  std::optional<Url> redirected_;  // of the present hop, if it isn't the first
  std::vector<Response> history_;
  Cookies own_cookies_;         // the session's and the call's, if the call has some
  std::string unprepared_url_;  // what Python has left of a request that it lost
  int exchanges_ = 0;
  bool follows_ = true;
  bool auth_dropped_ = false;
  bool body_dropped_ = false;
  bool never_sent_ = false;
};

}  // namespace cppworker::http
