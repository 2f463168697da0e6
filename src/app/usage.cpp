#include "app/usage.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <utility>

#include <unistd.h>

#include "base/check.hpp"
#include "coro/clock.hpp"

namespace cppworker::app {

Usage::Usage(std::vector<clockid_t> cpu_clocks) : cpu_clocks_(std::move(cpu_clocks)) {}

double Usage::busiest_thread_percent(TimePoint now) {
  CHECK(samples_.empty() || now >= samples_.back().at);
  Sample sample{now, {}};
  for (const clockid_t clock : cpu_clocks_) {
    sample.used.push_back(coro::read_clock(clock));
  }
  samples_.push_back(std::move(sample));
  while (samples_.size() > 2 && samples_[1].at + kWindow <= now) {
    samples_.pop_front();
  }
  const Sample& oldest = samples_.front();
  const Sample& newest = samples_.back();
  if (newest.at - oldest.at < kShortest) {
    return 0;
  }
  const std::chrono::duration<double> elapsed = newest.at - oldest.at;
  double busiest = 0;
  for (std::size_t i = 0; i < cpu_clocks_.size(); ++i) {
    const std::chrono::duration<double> busy = newest.used[i] - oldest.used[i];
    busiest = std::max(busiest, 100 * busy / elapsed);
  }
  return std::clamp(std::round(busiest * 10) / 10, 0.0, 100.0);
}

std::int64_t Usage::resident_bytes() {
  std::ifstream statm("/proc/self/statm");  // in pages: total, resident, …
  std::int64_t total = 0;
  std::int64_t resident = 0;
  if (!(statm >> total >> resident)) {
    return 0;
  }
  return resident * sysconf(_SC_PAGESIZE);
}

}  // namespace cppworker::app
