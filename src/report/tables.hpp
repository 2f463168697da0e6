#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "stats/increment.hpp"
#include "stats/precision.hpp"

/// The tables that Locust prints on the terminal, one string per line.
namespace cppworker::report {

struct TableStyle {
  std::size_t name_width = 80;  ///< see name_width_of()
  stats::Precision precision = stats::Precision::kTwoDigits;
};

/// The width of the names on a terminal with this many columns, as in Locust.
[[nodiscard]] std::size_t name_width_of(std::size_t terminal_columns);

/// The rows by name, and the row of all requests.
/// @param current true: rates of the last seconds; false: of the whole run
[[nodiscard]] std::vector<std::string> stats_table(const stats::StatsIncrement& stats, bool current,
                                                   const TableStyle& style);

[[nodiscard]] std::vector<std::string> percentile_table(const stats::StatsIncrement& stats,
                                                        const TableStyle& style);

/// The failures in the order in which they first occurred. Ends with an empty line.
[[nodiscard]] std::vector<std::string> error_report(const stats::StatsIncrement& stats,
                                                    const TableStyle& style);

/// The text of a failure in the error report: the text itself for `CatchResponseError('text')`.
[[nodiscard]] std::string shown_error(std::string_view error);

}  // namespace cppworker::report
