#pragma once

#include <cppworker/user.hpp>

#include "http/call.hpp"

namespace cppworker::http {

/// The interface between a session and its engine. A client behaves like its Python counterpart:
/// URLs, default headers and names, redirects, failure texts. A session owns one client, which
/// holds everything that users must not share, such as connections.
class HttpClient {
 public:
  HttpClient() = default;
  virtual ~HttpClient() = default;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

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
