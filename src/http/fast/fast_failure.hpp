#pragma once

#include <string>
#include <string_view>

#include "http/fast/io_result.hpp"
#include "http/fast/response_parser.hpp"

namespace cppworker::http::fast {

// The texts of Python's FastHttpUser: repr() of the exceptions of locust.contrib.fasthttp and
// geventhttpclient.

/// `LocustBadStatusCode(code=404)`; "" for a status that isn't a failure.
[[nodiscard]] std::string bad_status_text(int status_code, std::string_view url);

/// The request failed before the head of the response was complete. Some errors are wrapped,
/// because geventhttpclient retries after them (Locust disables this):
/// `RetriesExceeded('http://x/', 0,
/// original=timed out)`.
[[nodiscard]] std::string request_failure(const IoResult& result, std::string_view url);

/// The response isn't valid HTTP.
[[nodiscard]] std::string parse_failure(const ResponseParser& parser);

/// The body is incomplete.
[[nodiscard]] std::string body_failure(const IoResult& result);

/// `RetriesExceeded('http://x/', 'Redirection limit reached (30)')`.
[[nodiscard]] std::string too_many_redirects_text(int redirects_max, std::string_view url);

/// `UnsupportedRedirectSchemeError('http://x/', "refusing to follow redirect to 'ftp' URL")`.
[[nodiscard]] std::string redirect_scheme_text(std::string_view location, std::string_view url);

}  // namespace cppworker::http::fast
