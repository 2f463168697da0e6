#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "stats/histogram.hpp"
#include "stats/phases.hpp"
#include "stats/precision.hpp"

namespace cppworker::stats {

/// Records the phases of an entry's requests, in a form to which a request can be added quickly.
class PhaseRecorder {
 public:
  void log(const PhaseTimes& times, Precision precision);
  /// @param precision the one of log()
  [[nodiscard]] EntryPhases phases(Precision precision) const;

 private:
  struct Recorded {
    std::int64_t count = 0;
    double total_ms = 0;
    double min_ms = 0;
    double max_ms = 0;
    Histogram times;
  };
  std::int64_t requests_ = 0;
  std::int64_t new_connections_ = 0;
  std::array<Recorded, kPhases> recorded_;
};

}  // namespace cppworker::stats
