#include "app/recorded_run.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <cppworker/exception.hpp>

#include "base/check.hpp"
#include "failures/collection.hpp"
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
  FileReader(report::RunReport& report, const std::string& file)
      : report_(report), worker_(report.sources.size()), reader_(runfile::read_bytes(file)) {
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
    for (failures::Sample& sample : samples_) report_.samples.push_back(std::move(sample));
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
    }
    report_.timeline.add(worker_, seconds.begin, seconds.span, seconds.increment,
                         load ? &*load : nullptr);
    stats_.add(std::move(seconds.increment), ++added_);
  }

  void take(failures::Sample&& sample) { samples_.push_back(std::move(sample)); }

  void take(runfile::Event&& event) {
    double seconds = 0;
    switch (event.kind) {
      case runfile::Event::Kind::kLog:
        report_.events.push_back({event.time, std::move(event.text)});
        return;
      case runfile::Event::Kind::kClear:
        samples_.clear();
        return stats_.clear();
      case runfile::Event::Kind::kReset:
        samples_.clear();
        return stats_.reset();
      case runfile::Event::Kind::kClockSet:
        if (!event.data.to_double(seconds) || std::abs(seconds) > 1e10) return;
        stats_.shift_times(seconds);
        for (failures::Sample& sample : samples_) sample.time += seconds;
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
  const std::size_t worker_;
  runfile::Reader reader_;
  report::RunReport::Source source_;
  stats::RunStats stats_;
  std::vector<failures::Sample> samples_;
  std::int64_t added_ = 0;
  std::optional<double> began_;
  double ended_ = 0;
};

/// As many samples of each failure as the runs were to keep.
std::vector<failures::Sample> selected(const report::RunReport& report) {
  std::int64_t per_failure = 1;
  for (const report::RunReport::Source& source : report.sources) {
    per_failure = std::max(per_failure, integer_member(source.facts, "failure_samples"));
  }
  failures::Collection collection(
      failures::Collection::without_bounds(static_cast<std::size_t>(per_failure)));
  for (const failures::Sample& sample : report.samples) collection.add(sample);
  return collection.selected();
}

}  // namespace

report::RunReport read_run(const std::vector<std::string>& files) {
  report::RunReport report;
  for (const std::string& file : files) {
    try {
      FileReader(report, file).read();
    } catch (const Error& error) {
      throw Error(fmt::format("{}: {}", file, error.what()));
    }
  }
  std::ranges::stable_sort(report.events, {}, &report::RunReport::Happening::time);
  report.samples = selected(report);
  return report;
}

}  // namespace cppworker::app
