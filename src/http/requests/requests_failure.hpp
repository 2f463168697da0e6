#pragma once

#include <string>

#include "http/exchange.hpp"
#include "http/failure.hpp"

namespace cppworker::http::requests {

/// The text of HttpUser's row: repr() of the exception that Locust reports for this failure,
/// without addresses of objects and line numbers of C sources. "" without a failure. On the
/// scheduler's own stack.
/// @param request its URL and timeouts are shown
[[nodiscard]] std::string failure_text(const Failure& failure, const Exchange::Request& request);

}  // namespace cppworker::http::requests
