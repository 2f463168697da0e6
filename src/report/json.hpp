#pragma once

#include <string>

#include "stats/increment.hpp"

namespace cppworker::report {

/// The text of Locust's --json and --json-file: a list with an object for each name, indented by 4.
/// The keys of response_times are milliseconds, which may have decimals.
[[nodiscard]] std::string stats_json(const stats::StatsIncrement& stats);

}  // namespace cppworker::report
