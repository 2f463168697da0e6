#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "stats/entry_recorder.hpp"
#include "stats/increment.hpp"
#include "stats/limits.hpp"

namespace cppworker::stats {

/// The statistics of one shard since its last report; the counterpart of Locust's `RequestStats` on
/// a worker. Used by the shard's thread alone. Recording under a known name takes no lock and
/// allocates nothing (but a new second, or a response over a minute, may).
class RequestStats {
 public:
  /// `now_unix` is the start_time of the first increment; 0 leaves it to the first request.
  explicit RequestStats(double now_unix = 0, Limits limits = {});
  RequestStats(const RequestStats&) = delete;
  RequestStats& operator=(const RequestStats&) = delete;

  /// A request, successful or not. Without a response time (or with one that is not finite) it
  /// counts in num_none_requests and in no histogram. `now_unix`: Unix seconds.
  void log_request(std::string_view method, std::string_view name,
                   std::optional<double> response_time_ms, std::int64_t content_length,
                   double now_unix);

  /// That a request failed, in addition to its log_request().
  void log_error(std::string_view method, std::string_view name, std::string_view error,
                 double now_unix);

  /// Hands over everything recorded; the next increment starts at `now_unix`. Names and failures
  /// stay known, so that recording them again allocates nothing.
  [[nodiscard]] StatsIncrement take_increment(double now_unix);

  /// Forgets everything, names too (start of a run, --reset-stats).
  void clear(double now_unix);

 private:
  struct EntryView {
    std::string_view name;
    std::string_view method;
    bool operator==(const EntryView&) const = default;
  };
  struct EntryKey {
    std::string name;
    std::string method;
    operator EntryView() const { return {name, method}; }  // NOLINT(google-explicit-constructor)
  };
  struct ErrorView {
    EntryView entry;
    std::string_view error;
    bool operator==(const ErrorView&) const = default;
  };
  struct ErrorKey {
    EntryKey entry;
    std::string error;
    operator ErrorView() const { return {entry, error}; }  // NOLINT(google-explicit-constructor)
  };
  // Transparent: a lookup by views builds no strings.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const EntryView& key) const noexcept;
    std::size_t operator()(const ErrorView& key) const noexcept;
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const EntryView& a, const EntryView& b) const noexcept { return a == b; }
    bool operator()(const ErrorView& a, const ErrorView& b) const noexcept { return a == b; }
  };
  struct ErrorRow {
    std::string key;  ///< error_key()
    std::int64_t occurrences = 0;
    double first_seen = 0;
    double last_seen = 0;
  };

  EntryRecorder& entry(const EntryView& key, double now_unix);
  EntryRecorder& add_entry(const EntryView& key, double now_unix);
  ErrorRow& error_row(const ErrorView& key);
  ErrorRow& add_error(const ErrorView& key);

  const Limits limits_;
  EntryRecorder total_;
  std::unordered_map<EntryKey, EntryRecorder, Hash, Equal> entries_;
  EntryRecorder* overflow_entry_ = nullptr;  // in entries_, once it was needed
  std::unordered_map<ErrorKey, ErrorRow, Hash, Equal> errors_;
  std::size_t entry_text_bytes_ = 0;
  std::size_t error_text_bytes_ = 0;
};

}  // namespace cppworker::stats
