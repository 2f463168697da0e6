#pragma once

#include <cstdint>
#include <vector>

#include "report/run_report.hpp"

/// The parts of runs in which the number of users does not change.
namespace cppworker::report {

/// A point of a run's timeline with the users at its beginning and its end.
struct TimedPoint {
  std::int64_t begin = 0;
  double users_before = 0;  ///< -1: not known
  double users = 0;
  const Timeline::Point* point = nullptr;
};

/// The points of a run without incomplete ones.
/// @param warm_up the first seconds do not count
[[nodiscard]] std::vector<TimedPoint> timed_points(const RunReport& report, double warm_up);

/// Those in which this number of users was running the whole time. Nearly the same number counts,
/// too.
[[nodiscard]] std::vector<const Timeline::Point*> steady_points(
    const std::vector<TimedPoint>& points, double users);

/// The number of users with which both runs spent the most time; 0: none.
[[nodiscard]] double common_users(const std::vector<TimedPoint>& a, std::int64_t span_a,
                                  const std::vector<TimedPoint>& b, std::int64_t span_b);

}  // namespace cppworker::report
