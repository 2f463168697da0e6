#include "stats/request_stats.hpp"

#include <atomic>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "base/check.hpp"
#include "stats/error_key.hpp"
#include "stats/name_watch.hpp"
#include "stats/rounding.hpp"
#include "text/log_text.hpp"
#include "text/utf8.hpp"

namespace cppworker::stats {
namespace {

// Logs a warning once per process, because all shards are likely to reach a limit at the same time.
void warn_once(std::atomic<bool>& warned, const char* what, const Limits& limits) {
  if (!warned.exchange(true)) {
    spdlog::warn(
        "More than {0} distinct {1} (or {2} MiB of them): further ones are counted in one row, "
        "\"(other…\". If URLs contain ids, give the requests a name without the id, such as "
        "\"/item/[id]\".",
        limits.max_entries, what, limits.max_text_bytes >> 20U);
  }
}

/// While each name still has its own row.
void warn_of_many_names(std::string_view method, const std::vector<std::string>& examples,
                        const Limits& limits) {
  std::string quoted;
  for (const std::string& name : examples) {
    quoted.append(quoted.empty() ? "\"" : ", \"").append(text::quote_for_log(name)).append("\"");
  }
  spdlog::warn(
      "The requests of type {} have {} distinct names, for example {}. Each name is a row of the "
      "statistics. If names contain ids, set one name for all of them: {{.name = \"/item/[id]\"}}. "
      "After {} names (--max-entries), further ones share one row, \"(other…\".",
      text::quote_for_log(method), NameWatch::kNamesMax, quoted, limits.max_entries);
}

std::atomic<bool> warned_of_names{false};
std::atomic<bool> warned_of_errors{false};

std::size_t combine(std::size_t seed, std::string_view text) {
  constexpr std::size_t kGoldenRatio = 0x9E3779B97F4A7C15U;
  return (seed ^ std::hash<std::string_view>{}(text)) * kGoldenRatio;
}

}  // namespace

std::size_t RequestStats::Hash::operator()(const EntryView& key) const noexcept {
  return combine(std::hash<std::string_view>{}(key.method), key.name);
}

std::size_t RequestStats::Hash::operator()(const ErrorView& key) const noexcept {
  return combine((*this)(key.entry), key.error);
}

RequestStats::RequestStats(double now_unix, Limits limits, Precision precision)
    : limits_(limits),
      precision_(precision),
      total_name_(std::make_shared<const EntryName>(
          EntryName{.name = empty_total().name, .method = empty_total().method})),
      total_(std::make_unique<EntryRecorder>(total_name_, now_unix)) {}

void RequestStats::log_request(std::string_view method, std::string_view name,
                               std::optional<double> response_time_ms, std::int64_t content_length,
                               double now_unix) {
  Sample sample;
  sample.content_length = content_length;
  sample.now_unix = now_unix;
  sample.second = static_cast<std::int64_t>(now_unix);
  if (response_time_ms && std::isfinite(*response_time_ms)) {
    sample.has_response_time = true;
    sample.response_time_ms = *response_time_ms;
    sample.bucket = bucket_index(*response_time_ms, precision_);
  }
  DCHECK(thread_.is_here());
  total_->log(sample);
  recorder(entry({name, method}, now_unix)).log(sample);
}

void RequestStats::log_error(std::string_view method, std::string_view name, std::string_view error,
                             double now_unix, std::optional<double> response_time_ms) {
  const auto second = static_cast<std::int64_t>(now_unix);
  std::optional<std::int64_t> bucket;
  if (response_time_ms && std::isfinite(*response_time_ms)) {
    bucket = bucket_index(*response_time_ms, precision_);
  }
  total_->log_failure(second, bucket);
  recorder(entry({name, method}, now_unix)).log_failure(second, bucket);

  RecordedError& row = error_row({{name, method}, error});
  if (row.occurrences++ == 0) {
    row.first_seen = now_unix;
  }
  row.last_seen = now_unix;
}

void RequestStats::log_phases(std::string_view method, std::string_view name,
                              const PhaseTimes& times, double now_unix) {
  DCHECK(thread_.is_here());
  recorder(entry({name, method}, now_unix)).log_phases(times, precision_);
}

EntryRecorder& RequestStats::recorder(Entry& entry) {
  if (!entry.recorder) {
    entry.recorder = std::make_unique<EntryRecorder>(entry.name, entry.start_time);
  }
  return *entry.recorder;
}

RequestStats::Entry& RequestStats::entry(const EntryView& key, double now_unix) {
  if (last_entry_ == nullptr || view(*last_entry_->name) != key) {
    last_entry_ = &known_or_new(key, now_unix);
  }
  return *last_entry_;
}

RequestStats::Entry& RequestStats::known_or_new(const EntryView& key, double now_unix) {
  const auto found = entries_.find(key);
  return found != entries_.end() ? found->second : add_entry(key, now_unix);
}

RequestStats::Entry& RequestStats::add_entry(const EntryView& key, double now_unix) {
  if (!text::is_utf8(key.name) || !text::is_utf8(key.method)) {
    const EntryName valid{text::to_utf8(key.name), text::to_utf8(key.method)};
    return known_or_new(view(valid), now_unix);
  }
  const std::size_t bytes = key.name.size() + key.method.size();
  if (entries_.size() >= limits_.max_entries ||
      entry_text_bytes_ + bytes > limits_.max_text_bytes) {
    warn_once(warned_of_names, "request names", limits_);
    if (overflow_entry_ == nullptr) {
      overflow_entry_ = &insert_entry({overflow_name(limits_), ""}, now_unix);
    }
    return *overflow_entry_;
  }
  entry_text_bytes_ += bytes;
  if (const auto examples = NameWatch::process().add(key.method, key.name)) {
    warn_of_many_names(key.method, *examples, limits_);
  }
  return insert_entry(key, now_unix);
}

RequestStats::Entry& RequestStats::insert_entry(const EntryView& key, double now_unix) {
  auto name = std::make_shared<const EntryName>(
      EntryName{.name = std::string(key.name), .method = std::string(key.method)});
  const EntryView owned = view(*name);
  return entries_.try_emplace(owned, Entry{std::move(name), now_unix, nullptr}).first->second;
}

RecordedError& RequestStats::error_row(const ErrorView& key) {
  if (!text::is_utf8(key.error)) {
    const std::string valid = text::to_utf8(key.error);
    return error_row({key.entry, valid});
  }
  std::string masked;
  ErrorView masked_key = key;
  if (has_object_address(key.error)) {
    masked = parse_error(key.error);
    masked_key.error = masked;
  }
  const auto found = errors_.find(masked_key);
  return found != errors_.end() ? found->second : add_error(masked_key);
}

RecordedError& RequestStats::add_error(const ErrorView& key) {
  ErrorName name{
      {text::to_utf8(key.entry.name), text::to_utf8(key.entry.method)}, std::string(key.error), ""};
  const std::size_t bytes = name.entry.name.size() + name.entry.method.size() + name.error.size();
  if (!errors_.contains({view(name.entry), name.error}) &&
      (errors_.size() >= limits_.max_entries ||
       error_text_bytes_ + bytes > limits_.max_text_bytes)) {
    warn_once(warned_of_errors, "failures", limits_);
    name = {{std::string(kOtherFailures), ""}, overflow_error(limits_), ""};
  }
  if (const auto found = errors_.find({view(name.entry), name.error}); found != errors_.end()) {
    return found->second;
  }
  error_text_bytes_ += bytes;
  name.key = error_key(name.entry.method, name.entry.name, name.error);
  auto shared = std::make_shared<const ErrorName>(std::move(name));
  const ErrorView owned{view(shared->entry), shared->error};
  return errors_.try_emplace(owned, RecordedError{std::move(shared)}).first->second;
}

Recording RequestStats::take(double now_unix) {
  DCHECK(thread_.is_here());
  Recording recording;
  recording.precision = precision_;
  total_->add_to(handed_over_);
  recording.total = std::exchange(total_, std::make_unique<EntryRecorder>(total_name_, now_unix));
  recording.entries.reserve(entries_.size());
  for (auto& [key, entry] : entries_) {
    if (entry.recorder) {
      recording.entries.push_back(std::move(entry.recorder));
      entry.start_time = now_unix;
    }
  }
  for (auto& [key, row] : errors_) {
    if (row.occurrences > 0) {
      recording.errors.push_back(row);
      row.occurrences = 0;
    }
  }
  return recording;
}

void RequestStats::clear(double now_unix) {
  handed_over_ = {};
  total_ = std::make_unique<EntryRecorder>(total_name_, now_unix);
  entries_.clear();
  last_entry_ = nullptr;
  overflow_entry_ = nullptr;
  errors_.clear();
  entry_text_bytes_ = 0;
  error_text_bytes_ = 0;
}

}  // namespace cppworker::stats
