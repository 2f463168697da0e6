#pragma once

#include <string>
#include <string_view>

#include <cppworker/http_session.hpp>

namespace cppworker::http {

/// The options of a request that HttpSession::rest() makes: they ask for JSON.
[[nodiscard]] RequestOptions rest_options(const RequestOptions& options);

/// Parses the response as JSON and runs the author's check; failures of either become the verdict
/// on `response`. Throws control-flow exceptions of the check.
void check_rest(CatchResponse& response, const HttpSession::RestCheck& check);

/// `url` with a query parameter `_` of that value, against caches.
[[nodiscard]] std::string with_cache_buster(std::string_view url, std::string_view value);

}  // namespace cppworker::http
