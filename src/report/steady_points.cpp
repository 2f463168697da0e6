#include "report/steady_points.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace cppworker::report {
namespace {

/// The number of users counts as the same within this part.
constexpr double kUsersTolerance = 0.02;

bool is_steady(const TimedPoint& point, double users) {
  const double tolerance = users * kUsersTolerance;
  return std::abs(point.users - users) <= tolerance &&
         std::abs(point.users_before - users) <= tolerance;
}

}  // namespace

std::vector<TimedPoint> timed_points(const RunReport& report, double warm_up) {
  std::vector<TimedPoint> points;
  const std::int64_t span = report.timeline.span();
  const TimedPoint nothing{.begin = 0, .users_before = -1, .users = -1};
  TimedPoint before = nothing;
  for (const auto& [begin, point] : report.timeline.points()) {
    TimedPoint one{.begin = begin, .users = point.users(), .point = &point};
    one.users_before = before.point != nullptr && before.begin + span == begin ? before.users : -1;
    const bool is_whole = static_cast<double>(begin) >= report.began + warm_up &&
                          static_cast<double>(begin + span) <= report.ended;
    if (is_whole) points.push_back(one);
    before = one;
  }
  return points;
}

std::vector<const Timeline::Point*> steady_points(const std::vector<TimedPoint>& points,
                                                  double users) {
  std::vector<const Timeline::Point*> steady;
  for (const TimedPoint& point : points) {
    if (is_steady(point, users)) steady.push_back(point.point);
  }
  return steady;
}

double common_users(const std::vector<TimedPoint>& a, std::int64_t span_a,
                    const std::vector<TimedPoint>& b, std::int64_t span_b) {
  std::set<double> candidates;
  for (const auto* points : {&a, &b}) {
    for (const TimedPoint& point : *points) {
      if (point.users > 0 && is_steady(point, point.users)) candidates.insert(point.users);
    }
  }
  double best = 0;
  std::int64_t longest = 0;
  for (const double users : candidates) {
    const auto seconds = [users](const auto& points, std::int64_t span) {
      return static_cast<std::int64_t>(steady_points(points, users).size()) * span;
    };
    const std::int64_t both = std::min(seconds(a, span_a), seconds(b, span_b));
    if (both >= longest && both > 0) {
      longest = both;
      best = users;
    }
  }
  return best;
}

}  // namespace cppworker::report
