#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <cppworker/http_response.hpp>
#include <cppworker/http_session.hpp>

#include "coro/clock.hpp"

namespace cppworker::net {
class Connection;
}

namespace cppworker::http {

class HttpClient;

/// The outcome of a GET request that asks the server to switch to another protocol (RFC 9110, 7.8).
struct Upgrade {
  /// The head of the response, without the body. If there was no response, status_code is 0 and
  /// `error` has the text that the user's class reports for such a failure.
  Response response;
  /// The connection after a response with the status 101, taken out of the session's pool;
  /// otherwise null. Nothing that arrived after the head is lost: see `rest`.
  std::unique_ptr<net::Connection> connection;
  /// The bytes that arrived after the head of the response, together with it.
  std::string rest;
  /// There was no response because the user is being stopped and unwinds.
  bool stopped = false;
  /// When the head of the response was complete.
  coro::TimePoint ended;
};

/// Makes such a request with the settings, headers, cookies and proxy of the session, and keeps the
/// cookies of the response. Redirects are not followed. The outcome is not reported. For a
/// coroutine; suspends. Throws as HttpClient::request(), and Error if the request needs libcurl
/// (HTTP/2, proxies of the environment, HTTPS and SOCKS proxies).
/// @param options its headers are those of the handshake: Connection, Upgrade, …
/// @param counts_cut_off false: a stop that interrupts it is not counted
[[nodiscard]] Upgrade upgrade(HttpClient& client, std::string_view url,
                              const RequestOptions& options, bool counts_cut_off = true);

}  // namespace cppworker::http
