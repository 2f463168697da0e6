#include "report/timeline.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>
#include <utility>

#include "base/check.hpp"
#include "stats/limits.hpp"
#include "stats/merge.hpp"

namespace cppworker::report {
namespace {

/// Each divides the next, and the spans of run files (1, 10 and 60) are among them.
constexpr std::array<std::int64_t, 8> kSpans = {1, 5, 10, 60, 300, 600, 3'600, 86'400};

/// Without the counts per second.
void add_histograms(stats::EntryIncrement& into, const stats::EntryIncrement& from) {
  stats::extend(into, from);
  into.num_reqs_per_sec = {};
  into.num_fail_per_sec = {};
}

std::int64_t begin_of(std::int64_t time, std::int64_t span) { return time - time % span; }

}  // namespace

double Timeline::Point::users() const {
  double sum = 0;
  for (const auto& [worker, users] : users_) sum += users.users / users.seconds;
  return sum;
}

void Timeline::Point::add(std::size_t worker, const WorkerLoad& load, double seconds) {
  cpu_percent = std::max(cpu_percent, load.cpu_percent);
  lag_p99_ms = std::max(lag_p99_ms, load.lag_p99_ms);
  lag_max_ms = std::max(lag_max_ms, load.lag_max_ms);
  UserSeconds& users = users_[worker];
  users.users += static_cast<double>(load.users) * seconds;
  users.seconds += seconds;
}

void Timeline::Point::add(Point&& from) {
  constexpr stats::Limits kUnlimited{.max_entries = std::numeric_limits<std::size_t>::max()};
  stats::merge(increment, std::move(from.increment), kUnlimited);
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
  Point& point = points_[begin_of(begin, span_)];
  add_histograms(point.increment.total, increment.total);
  auto place = point.increment.entries.begin();
  for (const auto& [key, entry] : increment.entries) {
    // Seconds often have the same names, in the same order.
    if (place == point.increment.entries.end() || place->first != key) {
      bool is_new = false;
      std::tie(place, is_new) = point.increment.entries.try_emplace(key);
      if (is_new) {
        place->second.name = key.first;
        place->second.method = key.second;
        ++cells_;
      }
    }
    add_histograms(place->second, entry);
    ++place;
  }
  if (load != nullptr) point.add(worker, *load, static_cast<double>(span));
  while ((points_.size() > kMaxPoints || cells_ > kMaxCells) && span_ < kSpans.back()) {
    widen(span_ + 1);
  }
}

/// Makes points of the next longer span that is at least as long as this.
void Timeline::widen(std::int64_t at_least) {
  const auto* const next = std::ranges::lower_bound(kSpans, at_least);
  span_ = next == kSpans.end() ? kSpans.back() : *next;
  for (auto& [begin, point] : std::exchange(points_, {})) {
    points_[begin_of(begin, span_)].add(std::move(point));
  }
  cells_ = 0;
  for (const auto& [begin, point] : points_) cells_ += point.increment.entries.size();
}

}  // namespace cppworker::report
