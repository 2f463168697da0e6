#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "failures/sample.hpp"
#include "report/generator.hpp"
#include "report/run_report.hpp"
#include "runfile/records.hpp"
#include "stats/increment.hpp"
#include "stats/limits.hpp"
#include "stats/merge.hpp"

namespace cppworker::app {

/// Makes a report from the records of a worker, in their order: of a run file, or of a run that
/// goes on.
class RunBuilder {
 public:
  /// @param report and `generator` outlive this; they may have other workers
  /// @param file the name of the run file; "": none
  RunBuilder(report::RunReport& report, report::Generator& generator, std::string file);

  void add(runfile::Record&& record);
  /// The statistics since the last --reset-stats.
  [[nodiscard]] const stats::StatsIncrement& all() const { return all_; }
  /// Of failed requests.
  [[nodiscard]] const std::vector<failures::Sample>& samples() const { return samples_; }
  [[nodiscard]] const stats::Limits& limits() const { return limits_; }
  /// What the report has about this worker.
  [[nodiscard]] report::RunReport::Source& source() { return report_.sources[worker_]; }

 private:
  void take(runfile::Header&& header);
  void take(runfile::Seconds&& seconds);
  void take(runfile::Phases&& phases) {
    stats::merge(all_.phases, std::move(phases.entries), limits_);
  }
  void take(failures::Sample&& sample) { samples_.push_back(std::move(sample)); }
  void take(runfile::Event&& event);
  void end(const runfile::Event& event);
  void begin(double time);

  report::RunReport& report_;
  report::Generator& generator_;
  const std::size_t worker_;
  stats::Limits limits_;
  stats::StatsIncrement all_;
  std::vector<failures::Sample> samples_;
  bool has_begun_ = false;
  double ended_ = 0;  // Unix seconds
};

/// Adds the CPU usage and the lag of a worker in some seconds.
void add_load(report::Generator& generator, std::size_t worker, const runfile::Seconds& seconds);

}  // namespace cppworker::app
