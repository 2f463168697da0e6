#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cppworker/value.hpp>

#include "failures/collection.hpp"
#include "report/generator.hpp"
#include "runner/events.hpp"
#include "stats/increment.hpp"
#include "stats/lateness.hpp"

namespace cppworker::app {

/// What a worker adds to its reports for the tabs that the printed locustfile adds to the master's
/// web UI (app/python/tabs.py): the health of the load generator, samples of failed requests and
/// phases.
/// Belongs to the control thread.
class TabData {
 public:
  /// The data's key in a report. docs/PROTOCOL.md describes the data.
  static constexpr std::string_view kReportKey = "cpp_worker";
  /// The option with which a master asks for the data.
  static constexpr std::string_view kOption = "cpp_worker_tabs";
  /// The most bytes of samples in a report, about. Further samples come with later reports.
  static constexpr std::size_t kMostSampleBytes = std::size_t{64} * 1024;

  /// The most names in a report whose phases it has. The others come in turn.
  static constexpr std::size_t kMostNames = 20;

  /// A master has sent its options.
  void on_options(const Value& parsed_options);
  /// Whether the master has asked for the data.
  [[nodiscard]] bool is_wanted() const { return is_wanted_; }

  /// What was measured since the last call.
  /// @param cpu_percent of the busiest thread
  void add(const runner::IncrementsCollected& collected, double cpu_percent);
  /// The new samples.
  /// @param now Unix seconds
  void add(failures::Collection& samples, double now);
  /// A test begins.
  void clear();

  /// The data for the next report. It has the same samples until sent() is called.
  [[nodiscard]] Value next();
  /// The report has been sent.
  void sent();

 private:
  struct Row {
    Value sample;
    std::size_t bytes = 0;  // about
  };
  [[nodiscard]] Value generator() const;
  [[nodiscard]] Value::List phases();

  bool is_wanted_ = false;
  report::Generator generator_;
  stats::StatsIncrement test_;  // only the failures and phases
  std::int64_t collections_ = 0;
  double cpu_percent_ = 0;
  // since the last report:
  double lag_p99_ms_ = 0;
  std::vector<stats::Lateness> threads_;
  std::pair<std::string, std::string> last_name_;  // of the phases in the last report
  std::deque<Row> waiting_;
  std::size_t in_report_ = 0;  // the number of the first rows that next() has returned
};

}  // namespace cppworker::app
