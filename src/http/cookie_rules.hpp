#pragma once

#include <string>
#include <string_view>

#include <cppworker/cookies.hpp>

#include "http/url/url.hpp"

namespace cppworker::http {

// Which cookies are kept and sent: http.cookiejar's DefaultCookiePolicy, as both of Python's
// clients use it.

/// Takes what the Set-Cookie headers of an answer to `url` say. @param now Unix seconds
void store_cookies(Cookies& cookies, const Url& url, std::string_view header_lines, double now);

/// The value of the Cookie header for a request to `url`; "" if there is none to send.
[[nodiscard]] std::string cookie_header(const Cookies& cookies, const Url& url, double now);

}  // namespace cppworker::http
