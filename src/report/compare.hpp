#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/run_report.hpp"

/// The comparison of two recorded runs. docs/compare.md describes the method.
namespace cppworker::report {

struct Comparison {
  enum class Metric : std::uint8_t { kRate, kFailPercent, kAverage, kP50, kP95, kP99 };
  static constexpr std::size_t kMetrics = 6;

  /// The difference of a metric between the runs a and b.
  struct Difference {
    bool is_measured = false;  ///< false: too few requests
    double a = 0;              ///< requests per second, percent or milliseconds
    double b = 0;
    double margin = 0;  ///< the interval of the difference is b - a ± margin

    /// The interval excludes zero.
    [[nodiscard]] bool is_shown() const;
  };
  struct Row {
    std::string method;
    std::string name;
    std::int64_t requests_a = 0;  ///< in the compared seconds
    std::int64_t requests_b = 0;
    bool is_in_a = true;  ///< the run has this name at any time
    bool is_in_b = true;
    std::array<Difference, kMetrics> differences{};

    [[nodiscard]] const Difference& of(Metric metric) const {
      return differences.at(static_cast<std::size_t>(metric));
    }
    [[nodiscard]] bool is_flagged() const;
  };
  /// The part of a run that is compared.
  struct Part {
    std::string file;
    std::int64_t seconds = 0;
    std::int64_t all_seconds = 0;  ///< of the run
    std::size_t blocks = 0;
  };

  Part a;
  Part b;
  double users = 0;
  std::vector<Row> rows;  ///< by name; the last one is that of all requests
  std::vector<std::string> notes;

  [[nodiscard]] std::size_t flagged_rows() const;
};

/// Compares the seconds of two runs in which the same number of users was running. Throws Error if
/// there are too few of them.
/// @param warm_up the first seconds of both runs do not count
[[nodiscard]] Comparison compare(const RunReport& a, const RunReport& b, double warm_up);

/// "req/s", "fail%", "avg", "p50", "p95", "p99".
[[nodiscard]] std::string_view metric_name(Comparison::Metric metric);

/// "+20.1 ±3.2 %": the difference with its interval; of failures in percentage points ("pp").
[[nodiscard]] std::string difference_text(Comparison::Metric metric,
                                          const Comparison::Difference& difference);

}  // namespace cppworker::report
