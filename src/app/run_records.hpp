#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <cppworker/value.hpp>

#include "app/masking.hpp"
#include "app/options.hpp"
#include "app/shard_group.hpp"
#include "failures/collection.hpp"
#include "runfile/records.hpp"
#include "runner/events.hpp"
#include "runner/exceptions.hpp"

/// The records of a run file, made from what happens in the run.
namespace cppworker::app {

/// @param began Unix seconds
[[nodiscard]] runfile::Header header_of(const Options& options, const UserCode& user_code,
                                        const Masking& masking, double began);

/// An event of this moment.
[[nodiscard]] runfile::Event event_now(runfile::Event::Kind kind, std::string text = {},
                                       Value data = {});

/// For the end of a run file.
[[nodiscard]] Value exceptions_value(const std::vector<runner::ExceptionRow>& rows,
                                     const Masking& masking);

/// The seconds of a run, made from the increments that are collected.
class SecondRecords {
 public:
  /// @param began Unix seconds
  explicit SecondRecords(double began) : recorded_until_(began) {}

  /// What was measured since the last call, without the increment.
  [[nodiscard]] runfile::Seconds next(const runner::IncrementsCollected& collected,
                                      runner::UserClassesCount users,
                                      const runner::UsageMeasured& usage);
  void system_clock_set(double seconds) { recorded_until_ += seconds; }

 private:
  double recorded_until_;  // Unix seconds
};

/// The samples of failed requests that the run file does not have yet.
class SampleRecords {
 public:
  using Samples = std::vector<std::shared_ptr<const failures::Sample>>;

  /// Once, when the collection is full: logs a warning, which the report has, too.
  [[nodiscard]] std::optional<runfile::Event> warning(const failures::Collection& samples);
  /// Those that are due now.
  [[nodiscard]] Samples next(failures::Collection& samples);
  /// All others, at the end of the run.
  [[nodiscard]] static Samples last(failures::Collection& samples) {
    return samples.unread_at_end(failures::Collection::Reader::kRunFile);
  }

 private:
  std::size_t bytes_ = 0;  // of those so far
  bool warned_ = false;
};

}  // namespace cppworker::app
