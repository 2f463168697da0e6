#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <cppworker/cookies.hpp>
#include <cppworker/http_options.hpp>

#include "http/url.hpp"

namespace cppworker::http {

// Which cookies are kept and sent: http.cookiejar's DefaultCookiePolicy, as both of Python's
// clients use it.

/// Name and value of a Set-Cookie header; none if there is no name.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> name_and_value(
    std::string_view set_cookie);

/// Takes what the Set-Cookie headers of an answer to `url` say. @param now Unix seconds
void store_cookies(Cookies& cookies, const Url& url, std::string_view header_lines, double now);

/// The value of the Cookie header for a request to `url`; "" if there is none to send.
[[nodiscard]] std::string cookie_header(const Cookies& cookies, const Url& url, double now);

}  // namespace cppworker::http
