#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "runner/threshold.hpp"
#include "stats/increment.hpp"
#include "stats/lateness.hpp"

namespace cppworker::runner {

/// What became of a threshold.
struct Verdict {
  const Threshold* threshold = nullptr;
  bool failed = false;
  std::string value;  ///< at the end, or when it failed: "12.5 ms"
  std::string note;   ///< "after 14 s", "no such name; did you mean …"; may be ""
};

/// Checks the thresholds of a run, second by second. Does not read a clock.
class Thresholds {
 public:
  /// @param warm_up what is measured before this time does not count
  Thresholds(std::vector<Threshold> thresholds, std::chrono::seconds warm_up);

  /// Counts what was measured since the last call.
  /// @param elapsed since the last call
  /// @param is_second this ends a second of the run; false: a rest at the end of the run
  /// @param threads how late each thread was
  void add(const stats::StatsIncrement& increment, std::chrono::duration<double> elapsed,
           bool is_second, const std::vector<stats::Lateness>& threads = {});

  /// A new test begins, or --reset-stats: forgets what was measured.
  void forget();

  /// The threshold that ends the run now; null: none.
  [[nodiscard]] const Threshold* stop() const { return stop_; }

  /// The verdicts on the whole run, in the order of the thresholds.
  [[nodiscard]] std::vector<Verdict> verdicts(const stats::StatsIncrement& all) const;
  [[nodiscard]] bool any_failed(const stats::StatsIncrement& all) const;
  [[nodiscard]] bool empty() const { return checks_.empty(); }

 private:
  /// What was measured of a threshold's scope in a time.
  struct Measured {
    stats::EntryIncrement entry{};
    double seconds = 0;
    std::vector<stats::Lateness> threads{};  // for late%
  };
  struct Check {
    Threshold threshold;
    Measured all{};
    std::deque<Measured> recent{};        // of a window: the last seconds
    std::int64_t successive = 0;          // seconds in which the condition was met
    std::optional<double> failed_with{};  // the value with which a window failed first
    double failed_after = 0;              // seconds
  };

  static Measured measured(const Threshold& threshold, const stats::StatsIncrement& increment,
                           double seconds);
  static void add(Measured& into, const Measured& from);
  static std::optional<double> value(const Threshold& threshold, const Measured& measured);
  static std::optional<double> late_percent(const std::vector<stats::Lateness>& threads);
  static bool is_met(const Threshold& threshold, const std::optional<double>& value);
  void end_second(Check& check, Measured second);
  [[nodiscard]] static std::optional<std::string> missing_name(const Threshold& threshold,
                                                               const stats::StatsIncrement& all);

  std::deque<Check> checks_;  // the addresses of its elements do not change
  double warm_up_;
  double elapsed_ = 0;
  const Threshold* stop_ = nullptr;
};

}  // namespace cppworker::runner
