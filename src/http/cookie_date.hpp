#pragma once

#include <string_view>

namespace cppworker::http {

/// Whether http.cookiejar understands a date.
enum class DateStatus {
  kRead,
  kUnknown,  ///< the cookie is kept until the end of the session
  kFatal,    ///< http.cookiejar raises an exception and drops all cookies of the response
};

/// The time of a cookie's Expires attribute, read like http.cookiejar's http2time(). Sets `seconds`
/// (Unix time) if the status is kRead. @param now Unix seconds, for years of two digits
[[nodiscard]] DateStatus read_cookie_date(std::string_view text, double now, double& seconds);

}  // namespace cppworker::http
