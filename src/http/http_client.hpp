#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <cppworker/cookies.hpp>
#include <cppworker/http_session.hpp>
#include <cppworker/user.hpp>

#include "coro/clock.hpp"
#include "coro/coroutine.hpp"
#include "http/url/url.hpp"

namespace cppworker::http {

/// What a session has beside its client. Shared with calls that are under way.
struct SessionState {
  SessionState(Environment& environment_, std::string_view base_url, User* user_)
      : environment(environment_), user(user_), base(base_url) {}

  Environment& environment;
  User* const user;  // not owned, may be null
  const BaseUrl base;
  SessionSettings settings;
  Cookies cookies;
};

/// One call of HttpSession::request(). Views are valid until it returns.
struct Call {
  SessionState& session;
  std::string_view method;
  std::string_view url;
  std::string_view name;  ///< that the author gave; "": the client's default
  const RequestOptions& options;
  const HttpSession::Check& check;
  coro::Coroutine& self;
  coro::TimePoint start;
};

/// Longer than any run: as good as no limit.
constexpr Seconds kTimeoutMax = std::chrono::hours{24 * 365};

/// Throws Error when neither the master nor the user's class names a host.
void require_host(const User& user);

/// Where the call goes, with its parameters. Throws InvalidURL.
[[nodiscard]] Url target_url(const Call& call);
/// Its method in upper case, as it is sent.
[[nodiscard]] std::string sent_method(const Call& call);
/// The call's own, or else the session's.
[[nodiscard]] const std::optional<Auth>& chosen_auth(const Call& call);

/// What a call sends as its body.
struct Content {
  std::string made{};        ///< of the call's form and files
  std::string_view given{};  ///< without those: its data or JSON, which are the author's
  std::string type{};        ///< of Content-Type; "": data, of which nothing is known
  [[nodiscard]] std::string_view bytes() const { return made.empty() ? given : made; }
};
/// Throws std::invalid_argument (options that contradict each other).
[[nodiscard]] Content content(const Call& call);

/// The seam between a session and what does its requests: an engine with the manners of its
/// Python namesake (URLs, default headers and names, redirects, failure texts). A session owns one;
/// it holds what must not be shared with other users, as connections. One virtual call a request.
class HttpClient {
 public:
  HttpClient() = default;
  virtual ~HttpClient() = default;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Does the request with all its redirects, then hands the outcome to report() and returns what
  /// that returns. In a coroutine; suspends. Throws InvalidURL, std::invalid_argument (options that
  /// contradict each other), StopUser (after count_cut_off() if something was sent).
  virtual Response request(const Call& call) = 0;
  /// Whether HttpSession::head() does so when it isn't told.
  [[nodiscard]] virtual bool head_follows_redirects() const { return false; }
};

/// What a client tells of a call besides its response. Views are read by report() only.
struct Outcome {
  std::string_view name;   ///< the row's, if the call has none
  std::string_view url{};  ///< for listeners: complete; "": the response's
  /// As the statistics show it, if the author's check doesn't decide otherwise; none: a success.
  std::optional<std::string> failure{};
  std::int64_t response_length = 0;
  coro::TimePoint ended{};
};

/// Runs the author's check, which may change the response, and fires the `request` event. Throws
/// what the check or a listener throws.
void report(const Call& call, Response& response, Outcome& outcome);

/// Of a call that could not wait, since its user is being stopped and unwinds.
[[nodiscard]] Response stopped_response();

/// The user was stopped before the answer was there, but the server may have counted the request.
void count_cut_off(const Call& call, std::string_view name);

}  // namespace cppworker::http
