#pragma once

#include <cstdint>

#include "stats/increment.hpp"

/// The numbers that Locust's `StatsEntry` computes for its tables and files. Times are in
/// milliseconds.
namespace cppworker::stats {

/// Locust's `calculate_response_time_percentile`: the response time within which this part of the
/// requests finished.
/// @param response_times as in EntryIncrement
/// @param requests the number of requests with a response time
/// @param part 0 to 1
[[nodiscard]] double response_time_percentile(const Counts& response_times, std::int64_t requests,
                                              double part);
[[nodiscard]] double response_time_percentile(const EntryIncrement& entry, double part);

[[nodiscard]] double median_response_time(const EntryIncrement& entry);
[[nodiscard]] double average_response_time(const EntryIncrement& entry);
[[nodiscard]] double average_content_length(const EntryIncrement& entry);
[[nodiscard]] double fail_ratio(const EntryIncrement& entry);

/// `count` per second over the whole run.
/// @param total the row of all requests, which decides when the run began and ended
[[nodiscard]] double total_rate(std::int64_t count, const EntryIncrement& total);

/// Locust's `current_rps`: the rate over the last 10 s but two.
/// @param per_second num_reqs_per_sec or num_fail_per_sec of an entry
/// @param total as for total_rate()
[[nodiscard]] double current_rate(const Counts& per_second, const EntryIncrement& total);

}  // namespace cppworker::stats
