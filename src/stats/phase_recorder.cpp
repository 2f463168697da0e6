#include "stats/phase_recorder.hpp"

#include <algorithm>

namespace cppworker::stats {

void PhaseRecorder::log(const PhaseTimes& times, Precision precision) {
  ++requests_;
  new_connections_ += times.new_connections;
  for (std::size_t i = 0; i < kPhases; ++i) {
    const double ms = times.ms[i];
    if (ms < 0) continue;
    Recorded& phase = recorded_[i];
    phase.min_ms = phase.count == 0 ? ms : std::min(phase.min_ms, ms);
    phase.max_ms = std::max(phase.max_ms, ms);
    phase.total_ms += ms;
    ++phase.count;
    phase.times.add(bucket_index(ms, precision));
  }
}

EntryPhases PhaseRecorder::phases(Precision precision) const {
  EntryPhases result{.requests = requests_, .new_connections = new_connections_, .phases = {}};
  for (std::size_t i = 0; i < kPhases; ++i) {
    const Recorded& from = recorded_[i];
    result.phases[i] = {.count = from.count,
                        .total_ms = from.total_ms,
                        .min_ms = from.min_ms,
                        .max_ms = from.max_ms,
                        .times = from.times.counts(precision)};
  }
  return result;
}

}  // namespace cppworker::stats
