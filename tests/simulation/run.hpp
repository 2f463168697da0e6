#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cppworker::simulation {

struct Result {
  std::vector<std::string> failures;    ///< broken invariants; empty: the run is good
  std::vector<std::string> transcript;  ///< if it was asked for
  std::int64_t requests = 0;            ///< that users reported
  std::int64_t lost = 0;                ///< of them, those that no master has counted
  double seconds = 0;                   ///< of simulated time
};

/// Simulates one run: a worker, a master, and the faults that the seed chooses.
[[nodiscard]] Result simulate(std::uint64_t seed, bool keeps_transcript);

/// One of two shards is blocked for 30 s.
[[nodiscard]] Result simulate_blocked_shard();

}  // namespace cppworker::simulation
