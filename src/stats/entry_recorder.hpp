#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "stats/histogram.hpp"
#include "stats/increment.hpp"
#include "stats/phase_recorder.hpp"
#include "stats/second_counts.hpp"

namespace cppworker::stats {

/// One request, with the values that every entry that counts it needs, so that they are computed
/// only once.
struct Sample {
  bool has_response_time = false;
  double response_time_ms = 0;
  std::int64_t bucket = 0;  ///< bucket_index(response_time_ms)
  std::int64_t content_length = 0;
  double now_unix = 0;
  std::int64_t second = 0;  ///< of now_unix
};

/// `a + b`, saturated at the limits instead of overflowing.
[[nodiscard]] inline std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) {
    return sum;
  }
  return b > 0 ? std::numeric_limits<std::int64_t>::max()
               : std::numeric_limits<std::int64_t>::min();
}

/// Totals of all requests, over any number of reports. Times are in milliseconds.
struct Total {
  std::int64_t num_requests = 0;
  std::int64_t num_failures = 0;
  std::int64_t num_timed_requests = 0;
  double total_response_time = 0;
  double min_response_time = std::numeric_limits<double>::infinity();
  double max_response_time = 0;
};

/// The name of an entry. The shard and the recordings that it delivers share one copy.
struct EntryName {
  std::string name;
  std::string method;
};

/// Records the values of Locust's `StatsEntry`, in a form to which a request can be added quickly.
class EntryRecorder {
 public:
  EntryRecorder(std::shared_ptr<const EntryName> name, double start_time)
      : name_(std::move(name)), start_time_(start_time) {}

  void log(const Sample& sample) {
    ++num_requests_;
    requests_per_second_.add(sample.second);
    last_request_timestamp_ = sample.now_unix;
    total_content_length_ = saturating_add(total_content_length_, sample.content_length);
    if (!sample.has_response_time) {
      ++num_none_requests_;
      return;
    }
    const double ms = sample.response_time_ms;
    total_response_time_ += ms;
    min_response_time_ = ms < min_response_time_ ? ms : min_response_time_;
    max_response_time_ = ms > max_response_time_ ? ms : max_response_time_;
    response_times_.add(sample.bucket);
  }

  /// @param bucket of its response time, if it has one
  void log_failure(std::int64_t second, std::optional<std::int64_t> bucket) {
    ++num_failures_;
    failures_per_second_.add(second);
    if (!bucket) return;
    if (!failed_response_times_) failed_response_times_ = std::make_unique<Histogram>();
    failed_response_times_->add(*bucket);
  }

  /// The phases of a request, in addition to its log().
  void log_phases(const PhaseTimes& times, Precision precision) {
    if (!phases_) phases_ = std::make_unique<PhaseRecorder>();
    phases_->log(times, precision);
  }

  /// Adds the recorded values to an increment.
  void add_to(Total& total) const {
    total.num_requests += num_requests_;
    total.num_failures += num_failures_;
    total.num_timed_requests += num_requests_ - num_none_requests_;
    total.total_response_time += total_response_time_;
    total.min_response_time = std::min(total.min_response_time, min_response_time_);
    total.max_response_time = std::max(total.max_response_time, max_response_time_);
  }

  /// @param precision the precision of the samples' buckets
  [[nodiscard]] EntryIncrement increment(Precision precision) &&;
  /// null: none were measured
  [[nodiscard]] const PhaseRecorder* phases() const { return phases_.get(); }

 private:
  std::shared_ptr<const EntryName> name_;
  double start_time_;
  double last_request_timestamp_ = 0;  // valid if num_requests_ > 0
  std::int64_t num_requests_ = 0;
  std::int64_t num_none_requests_ = 0;
  std::int64_t num_failures_ = 0;
  double total_response_time_ = 0;
  double max_response_time_ = 0;
  double min_response_time_ = std::numeric_limits<double>::infinity();
  std::int64_t total_content_length_ = 0;
  SecondCounts requests_per_second_;
  SecondCounts failures_per_second_;
  Histogram response_times_;
  std::unique_ptr<Histogram> failed_response_times_;  // null until a request has failed
  std::unique_ptr<PhaseRecorder> phases_;             // null until phases are measured
};

}  // namespace cppworker::stats
