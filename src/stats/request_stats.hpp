#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/single_thread.hpp"
#include "stats/entry_recorder.hpp"
#include "stats/increment.hpp"
#include "stats/limits.hpp"
#include "stats/recording.hpp"

namespace cppworker::stats {

/// The statistics of one shard since its last report; the counterpart of Locust's `RequestStats` on
/// a worker. Only the shard's thread uses it. Recording under a known name takes no lock. It
/// allocates memory once per report and second, and for new buckets of the histogram.
class RequestStats {
 public:
  /// `now_unix` is the start_time of the first increment; 0: that of the first request.
  explicit RequestStats(double now_unix = 0, Limits limits = {},
                        Precision precision = Precision::kLocust);
  RequestStats(const RequestStats&) = delete;
  RequestStats& operator=(const RequestStats&) = delete;

  /// Records a request, successful or not. If it has no response time, or one that is not finite,
  /// it is counted in num_none_requests and not in the histogram. `now_unix`: Unix seconds.
  void log_request(std::string_view method, std::string_view name,
                   std::optional<double> response_time_ms, std::int64_t content_length,
                   double now_unix);

  /// Records that a request failed, in addition to its log_request() with the same response time.
  void log_error(std::string_view method, std::string_view name, std::string_view error,
                 double now_unix, std::optional<double> response_time_ms = {});

  /// Records the phases of a request, in addition to its log_request().
  void log_phases(std::string_view method, std::string_view name, const PhaseTimes& times,
                  double now_unix);

  /// Returns all recorded values, in about 10 ns per name. The next recording starts at `now_unix`.
  /// Names and failures stay known.
  [[nodiscard]] Recording take(double now_unix);

  /// take().increment(), for callers on the same thread.
  [[nodiscard]] StatsIncrement take_increment(double now_unix) {
    return take(now_unix).increment();
  }

  /// The totals since the last clear(), including values that take() has returned.
  [[nodiscard]] Total total() const {
    Total total = handed_over_;
    total_->add_to(total);
    return total;
  }

  /// Resets everything, including the names (start of a run, --reset-stats).
  void clear(double now_unix);

 private:
  // Keys are views of the names that their values own, so that a lookup allocates no strings.
  struct EntryView {
    std::string_view name;
    std::string_view method;
    bool operator==(const EntryView&) const = default;
  };
  struct ErrorView {
    EntryView entry;
    std::string_view error;
    bool operator==(const ErrorView&) const = default;
  };
  struct Hash {
    std::size_t operator()(const EntryView& key) const noexcept;
    std::size_t operator()(const ErrorView& key) const noexcept;
  };
  struct Entry {
    std::shared_ptr<const EntryName> name;
    double start_time = 0;                    ///< of the next recorder
    std::unique_ptr<EntryRecorder> recorder;  ///< none until there is something to record
  };
  static EntryView view(const EntryName& name) { return {name.name, name.method}; }
  static EntryRecorder& recorder(Entry& entry);

  Entry& entry(const EntryView& key, double now_unix);
  Entry& known_or_new(const EntryView& key, double now_unix);
  Entry& add_entry(const EntryView& key, double now_unix);
  Entry& insert_entry(const EntryView& key, double now_unix);
  RecordedError& error_row(const ErrorView& key);
  RecordedError& add_error(const ErrorView& key);

  const Limits limits_;
  const Precision precision_;
  const std::shared_ptr<const EntryName> total_name_;
  std::unique_ptr<EntryRecorder> total_;
  base::SingleThread thread_;  // for assertions
  Total handed_over_;
  std::unordered_map<EntryView, Entry, Hash> entries_;
  Entry* last_entry_ = nullptr;      // the next request often has the same name
  Entry* overflow_entry_ = nullptr;  // none until it is needed
  std::unordered_map<ErrorView, RecordedError, Hash> errors_;
  std::size_t entry_text_bytes_ = 0;
  std::size_t error_text_bytes_ = 0;
};

}  // namespace cppworker::stats
