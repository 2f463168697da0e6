#include "report/run_json.hpp"

#include <array>
#include <optional>
#include <utility>

#include <cppworker/json.hpp>

#include "report/load.hpp"
#include "report/numbers.hpp"
#include "report/phases.hpp"
#include "report/run_report.hpp"
#include "report/samples.hpp"
#include "stats/entry_numbers.hpp"

// The version of the schema is in run_json(). docs/run-file.md describes it.
namespace cppworker::report {
namespace {

using stats::EntryIncrement;

constexpr std::int64_t kSchemaVersion = 1;

/// A key of a histogram: a whole number if it is one.
Value time_value(double ms) {
  const auto whole = static_cast<std::int64_t>(ms);
  return static_cast<double>(whole) == ms ? Value(whole) : Value(ms);
}

Value percentile_value(const EntryIncrement& entry, double part) {
  if (entry.response_times.empty()) return {};
  return time_value(stats::response_time_percentile(entry, part));
}

/// null if there are no such requests.
Value percentiles_value(const stats::Counts& times) {
  if (times.empty()) return {};
  std::int64_t count = 0;
  for (const auto& [key, number] : times) count += number;
  Value::Map percentiles;
  for (const Percentile& one : kPercentiles) {
    percentiles.emplace_back(one.heading,
                             time_value(stats::response_time_percentile(times, count, one.part)));
  }
  return percentiles;
}

Value row_json(const EntryIncrement& entry, const EntryIncrement& total) {
  Value::Map percentiles;
  for (const Percentile& one : kPercentiles) {
    percentiles.emplace_back(one.heading, percentile_value(entry, one.part));
  }
  const bool is_timed = !entry.response_times.empty();
  return Value::Map{
      {"type", entry.method},
      {"name", entry.name},
      {"requests", entry.num_requests},
      {"failures", entry.num_failures},
      {"failure_ratio", stats::fail_ratio(entry)},
      {"requests_per_s", stats::total_rate(entry.num_requests, total)},
      {"failures_per_s", stats::total_rate(entry.num_failures, total)},
      {"average_ms", is_timed ? Value(stats::average_response_time(entry)) : Value()},
      {"median_ms", is_timed ? time_value(stats::median_response_time(entry)) : Value()},
      {"minimum_ms", is_timed ? Value(entry.min_response_time.value_or(0)) : Value()},
      {"maximum_ms", is_timed ? Value(entry.max_response_time) : Value()},
      {"percentiles_ms", std::move(percentiles)},
      {"success_percentiles_ms",
       percentiles_value(entry.response_times.without(entry.failed_response_times))},
      {"failure_percentiles_ms", percentiles_value(entry.failed_response_times)},
      {"average_bytes", stats::average_content_length(entry)}};
}

/// The columns of the time series for one entry.
class Series {
 public:
  /// @param entry null: it was not requested in this point
  void add(const EntryIncrement* entry) {
    static const EntryIncrement nothing;
    const EntryIncrement& one = entry == nullptr ? nothing : *entry;
    requests_.emplace_back(one.num_requests);
    failures_.emplace_back(one.num_failures);
    p50_.push_back(percentile_value(one, 0.5));
    p95_.push_back(percentile_value(one, 0.95));
    p99_.push_back(percentile_value(one, 0.99));
    max_.push_back(one.response_times.empty() ? Value() : Value(one.max_response_time));
  }
  [[nodiscard]] Value::Map take() && {
    return {{"requests", std::move(requests_)}, {"failures", std::move(failures_)},
            {"p50_ms", std::move(p50_)},        {"p95_ms", std::move(p95_)},
            {"p99_ms", std::move(p99_)},        {"max_ms", std::move(max_)}};
  }

 private:
  Value::List requests_, failures_, p50_, p95_, p99_, max_;
};

Value series_json(const RunReport& report) {
  Value::List times, seconds, users, cpu, lag_p99, lag_max;
  Series total;
  const std::int64_t span = report.timeline.span();
  for (const auto& [begin, point] : report.timeline.points()) {
    times.emplace_back(begin);
    seconds.emplace_back(covered_seconds(report, begin));
    users.emplace_back(point.users());
    cpu.emplace_back(point.cpu_percent);
    lag_p99.emplace_back(point.lag_p99_ms);
    lag_max.emplace_back(point.lag_max_ms);
    total.add(&point.increment.total);
  }
  Value::List entries;
  for (const auto& [key, entry] : report.all.entries) {
    Series series;
    for (const auto& [begin, point] : report.timeline.points()) {
      const auto found = point.increment.entries.find(key);
      series.add(found == point.increment.entries.end() ? nullptr : &found->second);
    }
    Value::Map columns = {{"type", entry.method}, {"name", entry.name}};
    for (auto& column : std::move(series).take()) columns.push_back(std::move(column));
    entries.emplace_back(std::move(columns));
  }
  return Value::Map{{"span_s", span},
                    {"time", std::move(times)},
                    {"covered_s", std::move(seconds)},
                    {"users", std::move(users)},
                    {"cpu_percent", std::move(cpu)},
                    {"lag_p99_ms", std::move(lag_p99)},
                    {"lag_max_ms", std::move(lag_max)},
                    {"total", std::move(total).take()},
                    {"entries", std::move(entries)}};
}

Value sources_json(const RunReport& report) {
  Value::List files;
  for (const RunReport::Source& source : report.sources) {
    files.emplace_back(
        Value::Map{{"file", source.file},
                   {"complete", source.is_complete},
                   {"exit_code", source.exit_code ? Value(*source.exit_code) : Value()},
                   {"damage", source.damage},
                   {"facts", source.facts}});
  }
  return files;
}

Value samples_json(const RunReport& report) {
  Value::List list;
  for (const failures::Sample& sample : report.samples) list.push_back(sample_json(sample));
  return list;
}

Value failures_json(const RunReport& report) {
  Value::List failures;
  for (const auto& [key, error] : report.all.errors) {
    failures.emplace_back(Value::Map{{"type", error.method},
                                     {"name", error.name},
                                     {"error", error.error},
                                     {"count", error.occurrences},
                                     {"first_seen", error.first_seen},
                                     {"last_seen", error.last_seen}});
  }
  return failures;
}

Value or_null(const std::optional<double>& value) { return value ? Value(*value) : Value(); }

Value steps_json(const std::vector<LoadStep>& steps) {
  Value::List rows;
  for (const LoadStep& step : steps) {
    const double ratio = static_cast<double>(step.failures) / static_cast<double>(step.requests);
    rows.emplace_back(Value::Map{{"from", step.from},
                                 {"until", step.until},
                                 {"seconds", step.seconds},
                                 {"users", step.users},
                                 {"requests_per_s", step.requests_per_s},
                                 {"requests", step.requests},
                                 {"failures", step.failures},
                                 {"failure_ratio", ratio},
                                 {"success_p50_ms", or_null(step.p50_ms)},
                                 {"success_p95_ms", or_null(step.p95_ms)},
                                 {"success_p99_ms", or_null(step.p99_ms)},
                                 {"worst", step.worst},
                                 {"worst_failures", step.worst_failures}});
  }
  return rows;
}

Value load_json(const RunReport& report) {
  const LoadReport load = load_report(report);
  Value knee;
  if (load.knee) {
    knee = Value::Map{{"axis", load.knee->axis == Knee::Axis::kUsers ? "users" : "requests_per_s"},
                      {"requests_per_s", load.knee->requests_per_s},
                      {"users", load.knee->users},
                      {"successes_per_s_above", load.knee->successes_per_s},
                      {"failure_ratio_above", load.knee->failure_ratio},
                      {"points", load.knee->points},
                      {"exceptions", load.knee->exceptions}};
  }
  return Value::Map{{"conclusion", load.conclusion},
                    {"rule", kKneeRule},
                    {"knee", std::move(knee)},
                    {"by_users", steps_json(load.by_users)},
                    {"by_requests", steps_json(load.by_requests)}};
}

}  // namespace

Value::Map report_members(const RunReport& report) {
  Value::List thresholds, exceptions, events, entries;
  for (const VerdictRow& row : report.verdicts) {
    thresholds.emplace_back(Value::Map{{"condition", row.condition},
                                       {"failed", row.failed},
                                       {"value", row.value},
                                       {"note", row.note}});
  }
  for (const RunReport::Exception& row : report.exceptions) {
    exceptions.emplace_back(
        Value::Map{{"count", row.count}, {"message", row.message}, {"traceback", row.traceback}});
  }
  for (const RunReport::Happening& event : report.events) {
    events.emplace_back(Value::Map{{"time", event.time}, {"text", event.text}});
  }
  for (const auto& [key, entry] : report.all.entries) {
    entries.push_back(row_json(entry, report.all.total));
  }
  return {{"format", "cpp-worker report"},
          {"version", kSchemaVersion},
          {"began", report.began},
          {"ended", report.ended},
          {"files", sources_json(report)},
          {"thresholds", std::move(thresholds)},
          {"generator", generator_json(report.generator, report.began)},
          {"total", row_json(report.all.total, report.all.total)},
          {"entries", std::move(entries)},
          {"failures", failures_json(report)},
          {"exceptions", std::move(exceptions)},
          {"events", std::move(events)},
          {"load", load_json(report)},
          {"phases", phases_json(report.all.phases)}};
}

std::string run_json(const RunReport& report) {
  Value::Map members = report_members(report);
  members.emplace_back("samples", samples_json(report));
  members.emplace_back("series", series_json(report));
  return to_json(std::move(members)) + '\n';
}

}  // namespace cppworker::report
