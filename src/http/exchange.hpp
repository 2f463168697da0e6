#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <cppworker/http_options.hpp>

#include "coro/clock.hpp"
#include "http/url/url.hpp"

namespace cppworker::http {

/// How a connection is made. A request never uses a connection that was made in another way.
struct Transport {
  Verify verify = true;
  Cert cert{};
  /// URL of the proxy; "": no proxy; nullopt: the environment variables decide.
  std::optional<std::string> proxy{std::in_place};
  HttpVersion http_version = HttpVersion::kHttp11;

  /// False only if there is certainly no proxy.
  [[nodiscard]] bool may_have_proxy() const { return !proxy || !proxy->empty(); }
  bool operator==(const Transport&) const = default;
};

/// One request of a call, which has several if it is redirected. The texts and the URL must stay
/// valid until the response is complete.
struct ExchangeRequest {
  std::string_view method;  ///< upper case
  const Url* url = nullptr;
  std::string_view body;
  bool has_body = false;     ///< false: no `Content-Length: 0` is sent either
  bool stream = false;       ///< complete with the head of the response, unless it is a redirect
  bool follows = false;      ///< redirects are followed, so their bodies are read
  std::string header_lines;  ///< "Name: value\r\n", all; Host only if the author sets it
  std::optional<coro::Duration> connect_timeout;
  std::optional<coro::Duration> read_timeout;  ///< for each wait for bytes
  Transport transport;
};

/// The most memory that is reserved because a server announces a large body.
constexpr std::size_t kBodyReservedMax = std::size_t{1024} * 1024;

/// The response to an ExchangeRequest, or its failure.
struct ExchangeResult {
  int status_code = 0;
  std::string reason;         ///< of the status line, as received
  std::string header_lines;   ///< "Name: value\r\n", without the status line
  bool sets_cookies = false;  ///< there is a Set-Cookie header
  std::string body;
  std::string failure;  ///< the text that Python shows; "": the response is complete
  /// The failure came after the head of the response. Python's exception has no request then.
  bool failed_in_body = false;
  coro::TimePoint finished_at{};
};

}  // namespace cppworker::http
