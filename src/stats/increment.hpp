#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stats/counts.hpp"
#include "stats/phases.hpp"

namespace cppworker::stats {

/// The statistics of one (name, method) since the last report, with the fields and units of
/// Locust's `StatsEntry` (locust/stats.py): response times in milliseconds, times in Unix seconds
/// (UTC).
struct EntryIncrement {
  std::string name;
  std::string method;
  std::optional<double> last_request_timestamp;
  double start_time = 0;
  std::int64_t num_requests = 0;
  std::int64_t num_none_requests = 0;  ///< requests that had no response time
  std::int64_t num_failures = 0;
  double total_response_time = 0;
  double max_response_time = 0;
  std::optional<double> min_response_time;
  std::int64_t total_content_length = 0;
  Counts response_times;  ///< rounded response time in µs (a key in ms, times 1000) -> count
  Counts failed_response_times;  ///< those of failed requests, which response_times has, too
  Counts num_reqs_per_sec;       ///< Unix second -> count
  Counts num_fail_per_sec;       ///< Unix second -> count

  bool operator==(const EntryIncrement&) const = default;
};

/// One distinct failure since the last report (Locust's `StatsError`).
struct ErrorIncrement {
  std::string name;
  std::string method;
  std::string error;  ///< text as shown, after parse_error()
  std::int64_t occurrences = 0;
  double first_seen = 0;  ///< Unix seconds
  double last_seen = 0;   ///< Unix seconds

  bool operator==(const ErrorIncrement&) const = default;
};

/// The row for all requests together, initially empty.
[[nodiscard]] inline EntryIncrement empty_total() {
  EntryIncrement total;
  total.name = "Aggregated";
  return total;
}

/// The statistics that one shard, or a whole worker, has to report. A plain value that is moved
/// between threads. It has only entries with requests or failures.
struct StatsIncrement {
  std::map<std::pair<std::string, std::string>, EntryIncrement> entries;  ///< by (name, method)
  EntryIncrement total = empty_total();
  std::map<std::string, ErrorIncrement> errors;  ///< by error_key()
  Phases phases;                                 ///< of the requests whose phases were measured

  bool operator==(const StatsIncrement&) const = default;
};

}  // namespace cppworker::stats
