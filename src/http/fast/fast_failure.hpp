#pragma once

#include <string>
#include <string_view>

#include "http/failure.hpp"

namespace cppworker::http::fast {

// The texts of Python's FastHttpUser: repr() of the exceptions of locust.contrib.fasthttp and
// geventhttpclient.

/// `LocustBadStatusCode(code=404)`; "" for a status that isn't a failure.
[[nodiscard]] std::string bad_status_text(int status_code, std::string_view url);

/// The text of a failed exchange. Before the head of the response is complete, some errors are
/// wrapped, because geventhttpclient retries after them (Locust disables this):
/// `RetriesExceeded('http://x/', 0, original=timed out)`. On the scheduler's own stack.
/// @param url of the call, for that
/// @param https of the connection; some texts differ
/// @param host that a certificate should be for
[[nodiscard]] std::string failure_text(const Failure& failure, std::string_view url, bool https,
                                       std::string_view host);

/// `RetriesExceeded('http://x/', 'Redirection limit reached (30)')`.
[[nodiscard]] std::string too_many_redirects_text(int redirects_max, std::string_view url);

/// `UnsupportedRedirectSchemeError('http://x/', "refusing to follow redirect to 'ftp' URL")`.
[[nodiscard]] std::string redirect_scheme_text(std::string_view location, std::string_view url);

}  // namespace cppworker::http::fast
