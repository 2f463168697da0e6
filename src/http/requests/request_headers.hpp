#pragma once

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
  bool redirected = false;           ///< only the session's cookies are sent
  bool body_dropped = false;         ///< a redirect dropped the body and its headers
  bool auth_dropped = false;         ///< a redirect led to another host
};

/// Replaces `lines` by all headers but Host and Content-Length, "Name: value\r\n" each, in the
/// order of requests.
void write_header_lines(const HeaderInputs& inputs, std::string& lines);

/// The failure text of requests for a header that can't be sent; none: all can be sent.
[[nodiscard]] std::optional<std::string> invalid_header(const Headers& headers);

}  // namespace cppworker::http::requests
