#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <cppworker/http_session.hpp>

namespace cppworker::http {

/// What decides which headers one hop sends.
struct HeaderInputs {
  const Headers& own;              ///< the author's
  std::string_view authorization;  ///< value of the header; "" if none. Wins over the author's
  bool has_body = false;
  bool json = false;
  bool redirected = false;    ///< cookies are now the session's alone
  bool body_dropped = false;  ///< by a redirect, with the headers that described it
  bool auth_dropped = false;  ///< a redirect led to another host
};

/// All headers in libcurl's form ("Name: value", "Name;" empty, "Name:" not at all), or none if the
/// defaults do.
[[nodiscard]] std::vector<std::string> header_lines(const HeaderInputs& inputs);

/// What requests says about a header that can't be sent: its failure's text.
[[nodiscard]] std::optional<std::string> invalid_header(const Headers& headers);

/// The value of an Authorization header.
[[nodiscard]] std::string basic_auth(std::string_view user_and_password);

}  // namespace cppworker::http
