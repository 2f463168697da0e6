#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stats/increment.hpp"
#include "stats/run_stats.hpp"

/// The texts of Locust's CSV files, with their header lines.
namespace cppworker::report {

/// One line as Python's csv.writer writes it, with "\r\n" at its end.
[[nodiscard]] std::string csv_line(const std::vector<std::string>& fields);

/// PREFIX_stats.csv
[[nodiscard]] std::string stats_csv(const stats::StatsIncrement& stats);
/// PREFIX_failures.csv
[[nodiscard]] std::string failures_csv(const stats::StatsIncrement& stats);

/// A row of PREFIX_exceptions.csv.
struct ExceptionText {
  std::int64_t count = 0;
  std::string_view msg;
  std::string_view traceback;
};
[[nodiscard]] std::string exceptions_csv(const std::vector<ExceptionText>& exceptions);

/// The header line of PREFIX_stats_history.csv.
[[nodiscard]] std::string history_header();

/// What one second of the history file needs.
struct HistoryMoment {
  std::int64_t unix_time = 0;
  std::int64_t user_count = 0;
  std::int64_t second = 0;  ///< as RunStats counts them
};

/// The rows of one second.
/// @param full --csv-full-history: a row for each name, with the percentiles of the last seconds
[[nodiscard]] std::string history_rows(const stats::RunStats& stats, const HistoryMoment& moment,
                                       bool full);

}  // namespace cppworker::report
