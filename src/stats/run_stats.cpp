#include "stats/run_stats.hpp"

#include <utility>

#include "base/check.hpp"
#include "stats/entry_numbers.hpp"
#include "stats/merge.hpp"

namespace cppworker::stats {
namespace {

void forget_requests(EntryIncrement& entry) {
  EntryIncrement empty;
  empty.name = std::move(entry.name);
  empty.method = std::move(entry.method);
  entry = std::move(empty);
}

}  // namespace

void forget_requests(StatsIncrement& stats) {
  for (auto& [key, entry] : stats.entries) forget_requests(entry);
  forget_requests(stats.total);
  stats.errors.clear();
  stats.phases.clear();
}

void RunStats::add(StatsIncrement&& increment, std::int64_t second) {
  for (const auto& [key, entry] : increment.entries) {
    add_to(windows_[key], entry.response_times, second);
  }
  add_to(total_window_, increment.total.response_times, second);
  merge(all_, std::move(increment), limits_);
}

void RunStats::add_to(Window& window, const Counts& response_times, std::int64_t second) {
  CHECK(window.empty() || window.back().second <= second);
  while (!window.empty() && window.front().second <= second - kWindow) window.pop_front();
  if (response_times.empty()) return;
  if (window.empty() || window.back().second != second) window.push_back({second, {}});
  window.back().response_times.add(Counts(response_times));
}

double RunStats::percentile(const Window& window, double part, std::int64_t second) {
  Counts sum;
  for (const Recent& recent : window) {
    if (recent.second > second - kWindow) sum.add(Counts(recent.response_times));
  }
  std::int64_t requests = 0;
  for (const auto& [time, count] : sum) requests += count;
  return response_time_percentile(sum, requests, part);
}

double RunStats::current_percentile(const Key& entry, double part, std::int64_t second) const {
  const auto window = windows_.find(entry);
  return window == windows_.end() ? 0 : percentile(window->second, part, second);
}

double RunStats::current_total_percentile(double part, std::int64_t second) const {
  return percentile(total_window_, part, second);
}

void RunStats::clear() {
  all_ = {};
  windows_.clear();
  total_window_.clear();
}

void RunStats::reset() {
  forget_requests(all_);
  windows_.clear();
  total_window_.clear();
}

void RunStats::shift_times(double seconds) { stats::shift_times(all_, seconds); }

}  // namespace cppworker::stats
