#pragma once

#include <memory>
#include <string_view>

#include <cppworker/cookies.hpp>
#include <cppworker/environment.hpp>
#include <cppworker/http_session.hpp>
#include <cppworker/user.hpp>

#include "http/url/base_url.hpp"

namespace cppworker::http {

struct Call;

/// What an HttpSession owns: the settings, which the author may change between requests, and the
/// client that makes its requests. A client behaves like its Python counterpart: URLs, default
/// headers and names, redirects, failure texts. It holds everything that users must not share, such
/// as cookies and connections.
class HttpClient {
 public:
  HttpClient(Environment& environment, std::string_view base_url, User* user);
  virtual ~HttpClient() = default;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  Environment& environment;
  User* const user;  // not owned, may be null
  const std::shared_ptr<const BaseUrl> base;
  SessionSettings settings;
  Cookies cookies;

  /// Sends the request, follows its redirects, passes the outcome to report() and returns the
  /// response. The only virtual call per request. In a coroutine; suspends. Throws InvalidURL,
  /// std::invalid_argument (options that contradict each other), StopUser (after count_cut_off() if
  /// something was sent).
  virtual Response request(const Call& call) = 0;
  /// The default of `allow_redirects` for HttpSession::head().
  [[nodiscard]] virtual bool head_follows_redirects() const { return false; }
};

/// Throws Error when neither the master nor the user's class names a host.
void require_host(const User& user);

}  // namespace cppworker::http
