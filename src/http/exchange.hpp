#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <cppworker/http_options.hpp>

#include "coro/clock.hpp"
#include "http/url/url.hpp"

namespace cppworker::http {

/// How a connection has to be made: connections that differ in it are never mixed up.
struct Transport {
  Verify verify = true;
  Cert cert{};
  /// URL of the proxy; "": none; none: what the environment variables say.
  std::optional<std::string> proxy{std::in_place};
  HttpVersion http_version = HttpVersion::kHttp11;

  /// There is one, or the environment variables decide.
  [[nodiscard]] bool may_have_proxy() const { return !proxy || !proxy->empty(); }
  bool operator==(const Transport&) const = default;
};

/// One request for one answer. What it refers to must stay valid until the answer is complete.
struct ExchangeRequest {
  std::string_view method;  ///< upper case
  const Url* url = nullptr;
  std::string_view body;
  bool has_body = false;     ///< false: there isn't even `Content-Length: 0`
  bool stream = false;       ///< done when the head of the answer is there, unless it redirects
  bool follows = false;      ///< answers that redirect are read whole
  std::string header_lines;  ///< "Name: value\r\n", all but Host and Content-Length
  std::optional<coro::Duration> connect_timeout;
  std::optional<coro::Duration> read_timeout;  ///< for each wait for bytes
  Transport transport;
};

/// A server's word for the size of a body that is to come isn't trusted beyond this.
constexpr std::size_t kBodyReservedMax = std::size_t{1024} * 1024;

/// What came of it.
struct ExchangeResult {
  int status_code = 0;
  std::string reason;         ///< of the status line, as received
  std::string header_lines;   ///< "Name: value\r\n", without the status line
  bool sets_cookies = false;  ///< there is a Set-Cookie header
  std::string body;
  std::string failure;  ///< the text Python would show; "": the answer is complete
  /// The failure came after the head of the answer: Python has lost the request by then.
  bool failed_in_body = false;
  coro::TimePoint finished_at{};
};

}  // namespace cppworker::http
