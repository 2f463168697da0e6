#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <cppworker/value.hpp>

#include "stats/increment.hpp"
#include "stats/lateness.hpp"

namespace cppworker::report {

/// Whether the numbers of a run can be trusted as far as the load generator is concerned.
struct GeneratorVerdict {
  enum class Outcome : std::uint8_t {
    kUnknown,  ///< not measured, or too few wake-ups
    kSound,    ///< of the whole run; late_seconds may name exceptions
    kNotSound,
  };
  struct Thread {
    std::size_t worker = 0;  ///< the number of the run file
    std::size_t thread = 0;  ///< from 0
    stats::Lateness lateness;
    bool operator==(const Thread&) const = default;
  };
  struct Range {
    std::int64_t begin = 0;  ///< Unix time
    std::int64_t end = 0;    ///< exclusive
    bool operator==(const Range&) const = default;
  };

  Outcome outcome = Outcome::kUnknown;
  std::vector<Thread> threads;
  std::vector<Range> late_seconds;    ///< in ascending order; not adjacent
  std::int64_t measured_seconds = 0;  ///< of the run
  double cpu_percent = 0;             ///< the highest of the busiest thread
  std::int64_t busy_seconds = 0;      ///< with more than kBusyPercent
  /// Failures of this machine, not of the server: too many open files, no free port, no memory.
  std::int64_t own_failures = 0;

  [[nodiscard]] std::vector<Thread> late_threads() const;
  [[nodiscard]] std::int64_t late_seconds_count() const;
  /// The worst of the threads; 0 if there is none.
  [[nodiscard]] double late_percent() const;
  [[nodiscard]] double p99_ms() const;
  [[nodiscard]] double max_ms() const;
};

/// Collects what a verdict on the generator needs.
class Generator {
 public:
  /// A thread that uses more of a CPU has no reserve; also the limit of the warning in the log.
  static constexpr double kBusyPercent = 90;
  /// If a thread uses less of a CPU, late wake-ups have another cause than the number of users.
  static constexpr double kUsersArePossibleCausePercent = 50;

  /// A thread of a worker (a run file) in a second.
  /// @param second Unix time; ascends for each thread
  void add_second(std::size_t worker, std::size_t thread, std::int64_t second, std::int64_t wakeups,
                  std::int64_t late);
  /// The distribution of the late wake-ups of the thread, of any seconds.
  void add_times(std::size_t worker, std::size_t thread, stats::Counts late_times, double max_ms);
  /// The CPU usage of the busiest thread in some seconds.
  void add_cpu(std::size_t worker, std::int64_t second, std::int64_t span, double percent);
  /// The statistics of a worker begin again.
  void clear(std::size_t worker) { workers_.erase(worker); }

  /// @param all the statistics of the run
  [[nodiscard]] GeneratorVerdict verdict(const stats::StatsIncrement& all) const;

 private:
  struct Second {
    std::int64_t second = 0;
    std::int64_t wakeups = 0;
    std::int64_t late = 0;
  };
  struct Thread {
    stats::Lateness lateness;
    std::vector<Second> window;  // the last Lateness::kWindowSeconds
  };
  using Ranges = std::map<std::int64_t, std::int64_t>;  // seconds: end by begin
  struct Worker {
    std::map<std::size_t, Thread> threads;
    Ranges measured;
    Ranges late;
    Ranges busy;
    double cpu_percent = 0;
  };
  static void judge_window(const std::vector<Second>& window, Ranges& late);
  static void add_range(Ranges& ranges, std::int64_t begin, std::int64_t end);

  std::map<std::size_t, Worker> workers_;
};

/// "Generator: numbers are sound. …", and further lines with details.
/// @param began Unix time; seconds are counted from it
[[nodiscard]] std::vector<std::string> generator_lines(const GeneratorVerdict& verdict,
                                                       double began);

/// For the report in JSON (docs/run-file.md).
[[nodiscard]] Value generator_json(const GeneratorVerdict& verdict, double began);

}  // namespace cppworker::report
