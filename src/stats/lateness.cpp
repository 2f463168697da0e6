#include "stats/lateness.hpp"

#include <algorithm>
#include <vector>

namespace cppworker::stats {

void Lateness::add(const Lateness& from) {
  wakeups += from.wakeups;
  late_times.add(Counts(from.late_times));
  max_ms = std::max(max_ms, from.max_ms);
}

std::int64_t Lateness::late() const {
  std::int64_t sum = 0;
  for (const auto& [time, count] : late_times) sum += count;
  return sum;
}

double Lateness::late_percent() const {
  return wakeups == 0 ? 0 : 100 * static_cast<double>(late()) / static_cast<double>(wakeups);
}

double Lateness::p99_ms() const {
  const std::vector<Counts::Item> ascending(late_times.begin(), late_times.end());
  std::int64_t above = wakeups / 100;
  for (auto item = ascending.rbegin(); item != ascending.rend(); ++item) {
    if (item->second > above) return std::min(max_ms, static_cast<double>(item->first) / 1'000);
    above -= item->second;
  }
  return 0;
}

}  // namespace cppworker::stats
