#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

/// The line that shows the state of a run while it lasts.
namespace cppworker::report {

struct RunStatus {
  std::chrono::seconds elapsed{0};
  std::optional<std::chrono::seconds> run_time{};  ///< planned; none: the run has no planned end
  std::int64_t users = 0;
  double rps = 0;         ///< requests per second now
  double fail_ratio = 0;  ///< of the whole run, 0 to 1
  double p95 = 0;         ///< ms, of the last seconds
};

/// For example `[#####-----] 1:00 / 2:00 | 100 users | 951.3 req/s | 0.12% failed | p95 12 ms`,
/// with a bar if there is a run time. ASCII, at most `columns` characters: on a narrow terminal the
/// bar is left out, then the numbers from the right.
[[nodiscard]] std::string status_line(const RunStatus& status, std::size_t columns);

}  // namespace cppworker::report
