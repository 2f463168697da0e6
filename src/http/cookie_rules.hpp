#pragma once

#include <string>
#include <string_view>

#include <cppworker/cookies.hpp>

#include "http/url/url.hpp"

namespace cppworker::http {

// The rules for storing and sending cookies: http.cookiejar's DefaultCookiePolicy, which both of
// Python's clients use.

/// Stores the cookies of the Set-Cookie headers of a response from `url`. @param now Unix seconds
void store_cookies(Cookies& cookies, const Url& url, std::string_view header_lines, double now);

/// The value of the Cookie header for a request to `url`; "" if there is none to send.
[[nodiscard]] std::string cookie_header(const Cookies& cookies, const Url& url, double now);

}  // namespace cppworker::http
