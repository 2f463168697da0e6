#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <cppworker/http_session.hpp>

namespace cppworker::http::requests {

/// The inputs for the headers of one request.
struct HeaderInputs {
  const Headers& session;            ///< they win over the defaults
  const Headers& own;                ///< the author's for this request; they win over the session's
  std::string_view content_type{};   ///< of an encoded body; the author's header wins
  std::string_view authorization{};  ///< value of the header; "" if none. Wins over the author's
  std::string_view cookie{};         ///< value of the header; the author's header wins
  std::size_t body_size = 0;
  bool has_body = false;      ///< Content-Length is sent, even if it is 0
  bool redirected = false;    ///< only the session's cookies are sent
  bool body_dropped = false;  ///< a redirect dropped the body and its headers
  bool auth_dropped = false;  ///< a redirect led to another host
};

/// Replaces `lines` by all headers, "Name: value\r\n" each, in the order and the encoding of
/// requests. Host is among them only if the author sets it. Throws std::invalid_argument for
/// characters that Python can't encode.
void write_header_lines(const HeaderInputs& inputs, std::string& lines);

/// The Host header that the author gives; "" if there is none.
[[nodiscard]] std::string_view own_host(const Headers& session, const Headers& own);

/// Throws std::invalid_argument for a method that urllib3 refuses.
void check_method(std::string_view method);

/// Whether urllib3 sends `Content-Length: 0` for a request with that method and without a body.
[[nodiscard]] bool expects_body(std::string_view method);

/// The failure text of requests for a header that can't be sent; none: all can be sent.
[[nodiscard]] std::optional<std::string> invalid_header(const Headers& headers);

}  // namespace cppworker::http::requests
