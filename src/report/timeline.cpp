#include "report/timeline.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.hpp"
#include "stats/merge.hpp"

namespace cppworker::report {
namespace {

/// Each divides the next, and the spans of run files (1, 10 and 60) are among them.
constexpr std::array<std::int64_t, 8> kSpans = {1, 5, 10, 60, 300, 600, 3'600, 86'400};

void keep_histograms_only(stats::EntryIncrement& entry) {
  entry.num_reqs_per_sec = {};
  entry.num_fail_per_sec = {};
}

std::int64_t begin_of(std::int64_t time, std::int64_t span) { return time - time % span; }

}  // namespace

double Timeline::Point::users() const {
  double sum = 0;
  for (const auto& [worker, users] : users_) sum += users.users / users.seconds;
  return sum;
}

void Timeline::Point::add(Point&& from) {
  stats::merge(increment, std::move(from.increment));
  cpu_percent = std::max(cpu_percent, from.cpu_percent);
  lag_p99_ms = std::max(lag_p99_ms, from.lag_p99_ms);
  lag_max_ms = std::max(lag_max_ms, from.lag_max_ms);
  for (const auto& [worker, users] : from.users_) {
    UserSeconds& sum = users_[worker];
    sum.users += users.users;
    sum.seconds += users.seconds;
  }
}

void Timeline::add(std::size_t worker, std::int64_t begin, std::int64_t span,
                   const stats::StatsIncrement& increment, const WorkerLoad* load) {
  CHECK(begin >= 0 && span > 0);
  if (span > span_) widen(span);
  Point point;
  point.increment = increment;
  point.increment.errors.clear();
  keep_histograms_only(point.increment.total);
  for (auto& [key, entry] : point.increment.entries) keep_histograms_only(entry);
  if (load != nullptr) {
    point.cpu_percent = load->cpu_percent;
    point.lag_p99_ms = load->lag_p99_ms;
    point.lag_max_ms = load->lag_max_ms;
    const auto seconds = static_cast<double>(span);
    point.users_[worker] = {static_cast<double>(load->users) * seconds, seconds};
  }
  points_[begin_of(begin, span_)].add(std::move(point));
  while (points_.size() > kMaxPoints && span_ < kSpans.back()) widen(span_ + 1);
}

/// Makes points of the next longer span that is at least as long as this.
void Timeline::widen(std::int64_t at_least) {
  const auto* const next = std::ranges::lower_bound(kSpans, at_least);
  span_ = next == kSpans.end() ? kSpans.back() : *next;
  for (auto& [begin, point] : std::exchange(points_, {})) {
    points_[begin_of(begin, span_)].add(std::move(point));
  }
}

}  // namespace cppworker::report
