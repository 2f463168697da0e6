#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "stats/counts.hpp"

/// The phases of requests (--phases).
namespace cppworker::stats {

/// The parts of a request, in the order in which they happen.
enum class Phase : std::uint8_t {
  kDns,      ///< waiting for the addresses of the host name
  kConnect,  ///< opening the TCP connection
  kTls,      ///< TLS handshake
  kSend,     ///< until the kernel has accepted the last byte of the request
  kWait,     ///< from then until the first bytes of the response arrive
  kReceive,  ///< from then until the last byte has arrived
};

inline constexpr std::size_t kPhases = 6;
inline constexpr std::array<std::string_view, kPhases> kPhaseNames = {"dns",  "connect", "tls",
                                                                      "send", "wait",    "receive"};

/// How long the phases of one request lasted.
struct PhaseTimes {
  /// By Phase; below 0: the phase did not happen. One that happened several times (redirects,
  /// further addresses of a host) is the sum.
  std::array<double, kPhases> ms = {-1, -1, -1, -1, -1, -1};
  std::int64_t new_connections = 0;  ///< TCP connections that were opened for this request

  void add(Phase phase, double duration_ms) {
    double& sum = ms[static_cast<std::size_t>(phase)];
    sum = sum < 0 ? duration_ms : sum + duration_ms;
  }
  void add(const PhaseTimes& from);
  bool operator==(const PhaseTimes&) const = default;
};

/// One phase of all requests of an entry. Times are in milliseconds.
struct PhaseIncrement {
  std::int64_t count = 0;  ///< requests in which the phase happened
  double total_ms = 0;
  double min_ms = 0;
  double max_ms = 0;
  Counts times;  ///< rounded duration in µs -> count, as EntryIncrement::response_times

  bool operator==(const PhaseIncrement&) const = default;
};

/// The phases of all requests of an entry.
struct EntryPhases {
  std::int64_t requests = 0;         ///< whose phases were measured
  std::int64_t new_connections = 0;  ///< see PhaseTimes
  std::array<PhaseIncrement, kPhases> phases;

  [[nodiscard]] const PhaseIncrement& operator[](Phase phase) const {
    return phases[static_cast<std::size_t>(phase)];
  }
  bool operator==(const EntryPhases&) const = default;
};

/// By (name, method). Empty without --phases.
using Phases = std::map<std::pair<std::string, std::string>, EntryPhases>;

/// Associative and commutative, except for the rounding of `total_ms`.
void extend(EntryPhases& into, EntryPhases&& from);

/// The row of all requests together.
[[nodiscard]] EntryPhases total_of(const Phases& phases);

/// What tables and pages show about a phase of an entry.
struct PhaseSummary {
  std::int64_t count = 0;  ///< requests in which the phase happened; 0: the others are 0, too
  double average_ms = 0;
  double median_ms = 0;
  double p95_ms = 0;
  double p99_ms = 0;
  double max_ms = 0;

  bool operator==(const PhaseSummary&) const = default;
};

[[nodiscard]] PhaseSummary summary(const PhaseIncrement& phase);

}  // namespace cppworker::stats
