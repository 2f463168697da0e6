#include "stats/phases.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "stats/entry_numbers.hpp"

namespace cppworker::stats {

void PhaseTimes::add(const PhaseTimes& from) {
  for (std::size_t i = 0; i < kPhases; ++i) {
    if (from.ms[i] >= 0) add(static_cast<Phase>(i), from.ms[i]);
  }
  new_connections += from.new_connections;
}

void extend(EntryPhases& into, EntryPhases&& from) {
  into.requests += from.requests;
  into.new_connections += from.new_connections;
  for (std::size_t i = 0; i < kPhases; ++i) {
    PhaseIncrement& to = into.phases[i];
    PhaseIncrement& one = from.phases[i];
    if (one.count == 0) continue;
    to.min_ms = to.count == 0 ? one.min_ms : std::min(to.min_ms, one.min_ms);
    to.max_ms = std::max(to.max_ms, one.max_ms);
    to.count += one.count;
    to.total_ms += one.total_ms;
    to.times.add(std::move(one.times));
  }
}

EntryPhases total_of(const Phases& phases) {
  EntryPhases total;
  for (const auto& [key, entry] : phases) extend(total, EntryPhases(entry));
  return total;
}

PhaseSummary summary(const PhaseIncrement& phase) {
  CHECK(phase.count >= 0);
  if (phase.count == 0) return {};
  const auto percentile = [&phase](double part) {
    const double rounded = response_time_percentile(phase.times, phase.count, part);
    return std::clamp(rounded, phase.min_ms, std::max(phase.min_ms, phase.max_ms));
  };
  return {.count = phase.count,
          .average_ms = phase.total_ms / static_cast<double>(phase.count),
          .median_ms = percentile(0.5),
          .p95_ms = percentile(0.95),
          .p99_ms = percentile(0.99),
          .max_ms = phase.max_ms};
}

}  // namespace cppworker::stats
