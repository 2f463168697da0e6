#pragma once

#include "http/curl/curl_handles.hpp"
#include "http/exchange.hpp"

namespace cppworker::http {

/// A request's headers in libcurl's form, for CURLOPT_HTTPHEADER. Throws std::bad_alloc.
[[nodiscard]] HeaderList curl_headers(const Exchange::Request& request);

}  // namespace cppworker::http
