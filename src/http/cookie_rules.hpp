#pragma once

#include <string>
#include <string_view>

#include <cppworker/cookies.hpp>

#include "http/url/url.hpp"

namespace cppworker::http {

// The rules for storing and sending cookies: http.cookiejar's DefaultCookiePolicy, which both of
// Python's clients use.

/// A request, as the rules see it.
struct CookieRequest {
  const Url& url;
  /// The author's Host header; "" if there is none. requests takes it for the host of the URL,
  /// geventhttpclient does not.
  std::string_view host{};
};

/// The jar that stores a cookie.
enum class CookieJar {
  kRequests,  ///< stores values without_escaped_quotes()
  kPlain,     ///< http.cookiejar's own
};

/// Stores the cookies of the Set-Cookie headers of a response. @param now Unix seconds
void store_cookies(Cookies& cookies, const CookieRequest& request, std::string_view header_lines,
                   double now, CookieJar jar);

/// The value of the Cookie header of a request, in UTF-8; "" if there is none to send.
[[nodiscard]] std::string cookie_header(const Cookies& cookies, const CookieRequest& request,
                                        double now);

/// `value` as the jar of requests stores it: a value in quotes without each \".
[[nodiscard]] std::string without_escaped_quotes(std::string_view value);

}  // namespace cppworker::http
