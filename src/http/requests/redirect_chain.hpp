#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/call.hpp"
#include "http/cookie_rules.hpp"
#include "http/exchange.hpp"
#include "http/process_settings.hpp"
#include "http/url/url.hpp"

namespace cppworker::http::requests {

/// The requests of one call, as python-requests makes them: the first one, and one for each
/// redirect. An engine performs each exchange.
class RedirectChain {
 public:
  /// All arguments outlive it. Throws InvalidURL, std::invalid_argument (options that are invalid
  /// or contradict each other).
  RedirectChain(const Call& call, const ProcessSettings& process, Exchange::Request& request,
                Exchange::Result& result);

  /// Fills the request of the first or the next exchange. False: there is none, the chain is
  /// complete. Runs on the caller's stack. Throws InvalidURL.
  [[nodiscard]] bool next_exchange();

  /// The name of the row, if the author gives none. The views that this and the next two functions
  /// return are valid as long as the chain.
  [[nodiscard]] std::string_view name() const;
  /// The name of the row for a request that was cut off.
  [[nodiscard]] std::string_view first_name() const { return first_.path_url(); }
  /// The complete URL, for listeners.
  [[nodiscard]] std::string_view event_url();
  /// The response of the last exchange, with the failure text if it failed, and the responses
  /// before it as its history. To be called once.
  [[nodiscard]] Response take_response();
  /// The responses that redirected, unless take_response() has returned them.
  [[nodiscard]] const std::vector<Response>& history() const { return history_; }

 private:
  void choose_authorization();
  void choose_transport();
  void request_first();
  bool request_redirected();
  /// The values of all Location headers, as a list.
  [[nodiscard]] std::string location() const;
  void write_headers();
  void keep_cookies();
  [[nodiscard]] CookieRequest cookie_request() const;
  void decode();
  [[nodiscard]] bool failed() const { return result_.failure || !failure_.empty(); }
  Response take_answer(bool with_body);
  [[nodiscard]] const std::string& proxy() const;
  [[nodiscard]] bool lost_request() const;
  [[nodiscard]] const Url& url() const { return redirected_ ? *redirected_ : first_; }

  const Call& call_;
  const ProcessSettings& process_;
  Exchange::Request& request_;
  Exchange::Result& result_;
  std::string method_;         // upper case
  std::string authorization_;  // header value
  Content content_;            // of the first request
  Url first_;
  std::optional<Url> redirected_;  // of the current request, if it isn't the first
  std::vector<Response> history_;
  Cookies own_cookies_;         // the session's and the call's, if the call has cookies
  std::string failure_;         // the text of a failure that no exchange has caused; "": none
  std::string unprepared_url_;  // the name that Locust uses for a request without a prepared URL
  int exchanges_ = 0;
  bool follows_ = true;
  bool auth_dropped_ = false;
  bool body_dropped_ = false;
  bool never_sent_ = false;
};

}  // namespace cppworker::http::requests
