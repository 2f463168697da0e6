#pragma once

#include "http/curl_handles.hpp"
#include "http/hop.hpp"

namespace cppworker::http {

/// A request's headers in libcurl's form, for CURLOPT_HTTPHEADER. Throws std::bad_alloc.
/// @param proxied there is a proxy, or libcurl alone knows whether there is one
[[nodiscard]] HeaderList curl_headers(const HopRequest& request, bool proxied);

}  // namespace cppworker::http
