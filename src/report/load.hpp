#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/run_report.hpp"

/// Failures and response times against the load. A run in which the load changes, such as a ramp,
/// has the answer to "how much can the server take?".
namespace cppworker::report {

/// The points of a run in which the load was within the same limits.
struct LoadStep {
  double from = 0;   ///< users or requests/s, included
  double until = 0;  ///< not included
  double seconds = 0;
  double users = 0;  ///< mean
  double requests_per_s = 0;
  std::int64_t requests = 0;
  std::int64_t failures = 0;
  std::optional<double> p50_ms, p95_ms, p99_ms;  ///< of successes; none if there are none
  std::string worst;  ///< the name with the most failures; "" if there are none
  std::int64_t worst_failures = 0;
};

/// The load from which on the server does not keep up.
struct Knee {
  enum class Axis : std::uint8_t { kRequests, kUsers };
  Axis axis = Axis::kRequests;
  double requests_per_s = 0;   ///< the highest load at which it keeps up
  double users = 0;            ///< likewise
  double successes_per_s = 0;  ///< above the knee: the median
  double failure_ratio = 0;    ///< above the knee
  std::size_t points = 0;      ///< of the run
  std::size_t exceptions = 0;  ///< points that are on the wrong side of the knee
};

struct LoadReport {
  std::vector<LoadStep> by_users;
  std::vector<LoadStep> by_requests;
  std::optional<Knee> knee;
  std::string conclusion;  ///< a sentence: the knee, or why there is none
};

/// The rule by which the knee is found.
extern const char* const kKneeRule;

/// The part of a point of the timeline that belongs to the run, in seconds.
[[nodiscard]] double covered_seconds(const RunReport& report, std::int64_t begin);

[[nodiscard]] LoadReport load_report(const RunReport& report);

}  // namespace cppworker::report
