#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <cppworker/http_session.hpp>

namespace cppworker::http {

/// What decides which headers one hop sends.
struct HeaderInputs {
  const Headers& session;            ///< win over the defaults
  const Headers& own;                ///< the author's for this request; win over the session's
  std::string_view content_type{};   ///< of a body that the library made; the author's wins
  std::string_view authorization{};  ///< value of the header; "" if none. Wins over the author's
  std::string_view cookie{};         ///< value of the header; an author's wins
  bool redirected = false;           ///< cookies are now the session's alone
  bool body_dropped = false;         ///< by a redirect, with the headers that described it
  bool auth_dropped = false;         ///< a redirect led to another host
};

/// Replaces `lines` by all headers but Host and Content-Length, "Name: value\r\n" each, in the
/// order of requests.
void write_header_lines(const HeaderInputs& inputs, std::string& lines);

/// What requests says about a header that can't be sent: its failure's text.
[[nodiscard]] std::optional<std::string> invalid_header(const Headers& headers);

/// The value of an Authorization header.
[[nodiscard]] std::string basic_auth(const Auth& auth);

}  // namespace cppworker::http
