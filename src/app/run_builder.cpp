#include "app/run_builder.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "base/check.hpp"
#include "stats/merge.hpp"
#include "stats/run_stats.hpp"

namespace cppworker::app {
namespace {

/// A member of a map; "" or 0 if there is none of this type.
std::string text_member(const Value& map, std::string_view key) {
  const Value* member = map.find(key);
  const std::string* text = member == nullptr ? nullptr : member->as_string();
  return text == nullptr ? std::string() : *text;
}

std::int64_t integer_member(const Value& map, std::string_view key) {
  std::int64_t number = 0;
  if (const Value* member = map.find(key)) (void)member->to_int64(number);
  return number;
}

/// The elements of a list; none if it is absent.
const Value::List& list_member(const Value& map, std::string_view key) {
  static const Value::List none;
  const Value* member = map.find(key);
  const Value::List* list = member == nullptr ? nullptr : member->as_list();
  return list == nullptr ? none : *list;
}

std::int64_t total_of(const std::map<std::string, std::int64_t>& users) {
  std::int64_t sum = 0;
  for (const auto& [name, count] : users) sum += count;
  return sum;
}

/// The report does not show them by the second: its timeline has them.
void forget_counts_per_second(stats::EntryIncrement& entry) {
  entry.num_reqs_per_sec = {};
  entry.num_fail_per_sec = {};
}

}  // namespace

RunBuilder::RunBuilder(report::RunReport& report, report::Generator& generator, std::string file)
    : report_(report), generator_(generator), worker_(report.sources.size()) {
  report_.sources.emplace_back().file = std::move(file);
}

void RunBuilder::add(runfile::Record&& record) {
  std::visit([this](auto&& one) { take(std::move(one)); }, std::move(record));
}

void RunBuilder::begin(double time) {
  if (std::exchange(has_begun_, true)) return;
  report_.began = report_.began == 0 ? time : std::min(report_.began, time);
}

void RunBuilder::take(runfile::Header&& header) {
  begin(header.start_time);
  limits_.max_entries = std::max(limits_.max_entries, static_cast<std::size_t>(header.max_entries));
  const std::string precision = text_member(header.facts, "response_time_precision");
  report_.precision = precision == "locust" ? stats::Precision::kLocust
                      : precision == "3"    ? stats::Precision::kThreeDigits
                                            : stats::Precision::kTwoDigits;
  source().facts = std::move(header.facts);
}

void RunBuilder::take(runfile::Seconds&& seconds) {
  begin(static_cast<double>(seconds.begin));  // if the header is damaged
  ended_ = std::max(ended_, static_cast<double>(seconds.begin + seconds.span));
  report_.ended = std::max(report_.ended, ended_);
  std::optional<report::WorkerLoad> load;
  if (seconds.state) {
    load = report::WorkerLoad{.users = total_of(seconds.state->users),
                              .cpu_percent = seconds.state->cpu_percent,
                              .lag_p99_ms = seconds.state->lag_p99_ms,
                              .lag_max_ms = seconds.state->lag_max_ms};
    add_load(generator_, worker_, seconds);
  }
  take(runfile::Phases{.entries = std::exchange(seconds.increment.phases, {})});
  forget_counts_per_second(seconds.increment.total);
  for (auto& [key, entry] : seconds.increment.entries) forget_counts_per_second(entry);
  report_.timeline.add(worker_, seconds.begin, seconds.span, seconds.increment,
                       load ? &*load : nullptr);
  stats::merge(all_, std::move(seconds.increment), limits_);
}

void RunBuilder::take(runfile::Event&& event) {
  double seconds = 0;
  switch (event.kind) {
    case runfile::Event::Kind::kLog:
    case runfile::Event::Kind::kCommand: {
      const auto place = std::ranges::upper_bound(report_.events, event.time, {},
                                                  &report::RunReport::Happening::time);
      report_.events.insert(place, {event.time, std::move(event.text)});
      return;
    }
    case runfile::Event::Kind::kClear:
      samples_.clear();
      generator_.clear(worker_);
      all_ = {};
      return;
    case runfile::Event::Kind::kReset:
      samples_.clear();
      generator_.clear(worker_);
      return stats::forget_requests(all_);
    case runfile::Event::Kind::kClockSet:
      if (event.data.to_double(seconds) && std::abs(seconds) < 1e10) {
        stats::shift_times(all_, seconds);
        for (failures::Sample& sample : samples_) sample.time += seconds;
      }
      return;
    case runfile::Event::Kind::kEnd:
      return end(event);
  }
  CHECK(false);
}

void RunBuilder::end(const runfile::Event& event) {
  source().is_complete = true;
  if (event.data.find("exit_code") != nullptr) {
    source().exit_code = static_cast<int>(integer_member(event.data, "exit_code"));
  }
  ended_ = event.time;
  report_.ended = std::max(report_.ended, ended_);
  for (const Value& row : list_member(event.data, "thresholds")) {
    const Value* const failed = row.find("failed");
    report_.verdicts.push_back({text_member(row, "condition"),
                                failed != nullptr && *failed == Value(true),
                                text_member(row, "value"), text_member(row, "note")});
  }
  for (const Value& row : list_member(event.data, "exceptions")) {
    report_.exceptions.push_back(
        {integer_member(row, "count"), text_member(row, "message"), text_member(row, "traceback")});
  }
}

void add_load(report::Generator& generator, std::size_t worker, const runfile::Seconds& seconds) {
  if (!seconds.state) return;
  generator.add_cpu(worker, seconds.begin, seconds.span, seconds.state->cpu_percent);
  for (std::size_t i = 0; i < seconds.state->threads.size(); ++i) {
    const runfile::ThreadLateness& thread = seconds.state->threads[i];
    const std::map<std::int64_t, std::int64_t> late(thread.late.begin(), thread.late.end());
    for (const auto& [second, wakeups] : thread.wakeups) {
      const auto found = late.find(second);
      generator.add_second(worker, i, second, wakeups, found == late.end() ? 0 : found->second);
    }
    generator.add_times(worker, i, thread.late_times, thread.max_ms);
  }
}

}  // namespace cppworker::app
