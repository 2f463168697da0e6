#include "app/recorded_run.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <cppworker/exception.hpp>

#include "base/check.hpp"
#include "runfile/reader.hpp"
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

/// Adds the records of one run file to a report.
class FileReader {
 public:
  FileReader(report::RunReport& report, report::Generator& generator, const std::string& file)
      : report_(report),
        generator_(generator),
        worker_(report.sources.size()),
        reader_(runfile::read_bytes(file)) {
    source_.file = file;
  }

  void read() {
    while (auto record = reader_.next()) {
      std::visit([this](auto&& one) { take(std::move(one)); }, std::move(*record));
    }
    for (const runfile::Reader::Damage& damage : reader_.damage()) {
      source_.damage.push_back(fmt::format("bytes {} to {} are not readable: {}", damage.begin,
                                           damage.end, damage.reason));
    }
    if (began_) report_.began = report_.began == 0 ? *began_ : std::min(report_.began, *began_);
    report_.ended = std::max(report_.ended, ended_);
    stats::merge(report_.all, stats::StatsIncrement(stats_.all()));
    report_.sources.push_back(std::move(source_));
  }

 private:
  void take(runfile::Header&& header) {
    began_ = header.start_time;
    const std::string precision = text_member(header.facts, "response_time_precision");
    report_.precision = precision == "locust" ? stats::Precision::kLocust
                        : precision == "3"    ? stats::Precision::kThreeDigits
                                              : stats::Precision::kTwoDigits;
    source_.facts = std::move(header.facts);
  }

  void take(runfile::Seconds&& seconds) {
    if (!began_) began_ = static_cast<double>(seconds.begin);  // the header is damaged
    ended_ = std::max(ended_, static_cast<double>(seconds.begin + seconds.span));
    std::optional<report::WorkerLoad> load;
    if (seconds.state) {
      load = report::WorkerLoad{.users = total_of(seconds.state->users),
                                .cpu_percent = seconds.state->cpu_percent,
                                .lag_p99_ms = seconds.state->lag_p99_ms,
                                .lag_max_ms = seconds.state->lag_max_ms};
      add_load(generator_, worker_, seconds);
    }
    report_.timeline.add(worker_, seconds.begin, seconds.span, seconds.increment,
                         load ? &*load : nullptr);
    stats_.add(std::move(seconds.increment), ++added_);
  }

  void take(runfile::Event&& event) {
    double seconds = 0;
    switch (event.kind) {
      case runfile::Event::Kind::kLog:
        report_.events.push_back({event.time, std::move(event.text)});
        return;
      case runfile::Event::Kind::kClear:
        generator_.clear(worker_);
        return stats_.clear();
      case runfile::Event::Kind::kReset:
        generator_.clear(worker_);
        return stats_.reset();
      case runfile::Event::Kind::kClockSet:
        if (event.data.to_double(seconds) && std::abs(seconds) < 1e10) stats_.shift_times(seconds);
        return;
      case runfile::Event::Kind::kEnd:
        return end(event);
    }
    CHECK(false);
  }

  void end(const runfile::Event& event) {
    source_.is_complete = true;
    source_.exit_code = static_cast<int>(integer_member(event.data, "exit_code"));
    ended_ = event.time;
    for (const Value& row : list_member(event.data, "thresholds")) {
      const Value* const failed = row.find("failed");
      report_.verdicts.push_back({text_member(row, "condition"),
                                  failed != nullptr && *failed == Value(true),
                                  text_member(row, "value"), text_member(row, "note")});
    }
    for (const Value& row : list_member(event.data, "exceptions")) {
      report_.exceptions.push_back({integer_member(row, "count"), text_member(row, "message"),
                                    text_member(row, "traceback")});
    }
  }

  report::RunReport& report_;
  report::Generator& generator_;
  const std::size_t worker_;
  runfile::Reader reader_;
  report::RunReport::Source source_;
  stats::RunStats stats_;
  std::int64_t added_ = 0;
  std::optional<double> began_;
  double ended_ = 0;
};

}  // namespace

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

report::RunReport read_run(const std::vector<std::string>& files) {
  report::RunReport report;
  report::Generator generator;
  for (const std::string& file : files) {
    try {
      FileReader(report, generator, file).read();
    } catch (const Error& error) {
      throw Error(fmt::format("{}: {}", file, error.what()));
    }
  }
  report.generator = generator.verdict(report.all);
  std::ranges::stable_sort(report.events, {}, &report::RunReport::Happening::time);
  return report;
}

}  // namespace cppworker::app
