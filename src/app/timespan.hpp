#pragma once

#include <chrono>
#include <string>

namespace cppworker::app {

/// Parses Locust's time spans: "20", "20s", "3m", "2h", "1h20m", "3h30m10s". Throws Error.
[[nodiscard]] std::chrono::seconds parse_timespan(const std::string& text);

}  // namespace cppworker::app
