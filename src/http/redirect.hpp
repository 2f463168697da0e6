#pragma once

#include <string_view>

namespace cppworker::http {

/// The status codes that requests follows (if there is a Location header).
[[nodiscard]] constexpr bool is_redirect(int status_code) {
  return status_code == 301 || status_code == 302 || status_code == 303 || status_code == 307 ||
         status_code == 308;
}

/// requests' `rebuild_method`: 302 and 303 turn everything but HEAD into GET, 301 only POST.
[[nodiscard]] constexpr std::string_view redirected_method(std::string_view method,
                                                           int status_code) {
  const bool to_get = (status_code == 303 && method != "HEAD") ||
                      (status_code == 302 && method != "HEAD") ||
                      (status_code == 301 && method == "POST");
  return to_get ? "GET" : method;
}

/// Whether the redirected request has the body of the first one.
[[nodiscard]] constexpr bool keeps_body(int status_code) {
  return status_code == 307 || status_code == 308;
}

}  // namespace cppworker::http
