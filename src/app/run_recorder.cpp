#include "app/run_recorder.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include <cppworker/exception.hpp>
#include <cppworker/time.hpp>

#include "app/run_builder.hpp"
#include "app/run_facts.hpp"
#include "app/verdict_rows.hpp"
#include "report/files.hpp"
#include "report/samples.hpp"

namespace cppworker::app {
namespace {

/// Before the end of the run, samples are written only up to this size.
constexpr std::size_t kMostSampleBytes = std::size_t{8} << 20U;

/// The value with secrets in its texts masked.
Value masked(const Value& value, const Masking& masking) {
  if (const std::string* text = value.as_string()) return masking.masked(*text);
  if (const Value::List* list = value.as_list()) {
    Value::List result;
    for (const Value& item : *list) result.push_back(masked(item, masking));
    return result;
  }
  if (const Value::Map* map = value.as_map()) {
    Value::Map result;
    for (const auto& [name, item] : *map) result.emplace_back(name, masked(item, masking));
    return result;
  }
  return value;
}

runfile::Header header_of(const Options& options, const UserCode& user_code, const Masking& masking,
                          double began) {
  runfile::Header header;
  header.start_time = began;
  header.max_entries = static_cast<std::int64_t>(options.max_entries);
  const Value facts = masked(run_facts(options, user_code), masking);
  header.facts = *facts.as_map();
  return header;
}

/// The number of the only run file.
constexpr std::size_t kThisWorker = 0;

std::vector<runfile::ThreadLateness> threads_of(const runner::IncrementsCollected& collected,
                                                std::int64_t second) {
  std::vector<runfile::ThreadLateness> threads;
  for (const stats::Lateness& one : collected.threads) {
    runfile::ThreadLateness thread{
        .wakeups = {}, .late = {}, .late_times = one.late_times, .max_ms = one.max_ms};
    if (one.wakeups > 0) thread.wakeups[second] = one.wakeups;
    if (one.late() > 0) thread.late[second] = one.late();
    threads.push_back(std::move(thread));
  }
  return threads;
}

Value thresholds_value(const runner::LocalRunner& runner) {
  Value::List rows;
  for (const report::VerdictRow& row : verdict_rows(runner)) {
    rows.push_back(Value{{"condition", row.condition},
                         {"failed", row.failed},
                         {"value", row.value},
                         {"note", row.note}});
  }
  return rows;
}

Value exceptions_value(const runner::LocalRunner& runner, const Masking& masking) {
  Value::List rows;
  for (const runner::ExceptionRow& row : runner.exceptions()) {
    rows.push_back(Value{{"count", row.count},
                         {"message", masking.masked(row.msg)},
                         {"traceback", masking.masked(row.traceback)}});
  }
  return rows;
}

}  // namespace

RunRecorder::RunRecorder(const Options& options, const UserCode& user_code, const Masking& masking)
    : masking_(masking), began_(detail::unix_time()), recorded_until_(began_) {
  if (options.out.empty() && options.html.empty()) return;
  runfile::Header header = header_of(options, user_code, masking_, began_);
  if (!options.out.empty()) {
    report::make_folder_of(options.out);
    writer_.emplace(options.out, header);
  }
  if (!options.html.empty()) {
    page_.emplace(options, masking_);
    page_->add(std::move(header));
  }
}

template <class Write>
void RunRecorder::try_to(const Write& write) {
  try {
    write();
    if (std::exchange(failed_, false)) {
      spdlog::info("{} is written again. No statistics are lost", writer_->file());
    }
  } catch (const Error& error) {
    if (!std::exchange(failed_, true)) {
      spdlog::error(
          "{}. The test continues. The statistics are kept in memory and are written when the file "
          "can be written again",
          error.what());
    }
  }
}

void RunRecorder::record(const runner::IncrementsCollected& collected,
                         runner::UserClassesCount users, const runner::UsageMeasured& usage) {
  // Most of it was measured in the second in the middle.
  const double middle = (recorded_until_ + collected.unix_now) / 2;
  recorded_until_ = collected.unix_now;
  const auto second = static_cast<std::int64_t>(std::floor(middle));
  const bool is_recorded = writer_ || page_;
  runfile::Seconds seconds{.begin = second,
                           .increment = is_recorded ? collected.increment : stats::StatsIncrement(),
                           .state = runfile::State{.users = std::move(users),
                                                   .cpu_percent = usage.cpu_percent,
                                                   .memory_bytes = usage.memory_bytes,
                                                   .lag_p99_ms = collected.lag_p99_ms,
                                                   .lag_max_ms = collected.lag_max_ms,
                                                   .threads = threads_of(collected, second)}};
  add_load(generator_, kThisWorker, seconds);
  if (page_) page_->add(runfile::Seconds(seconds));
  if (writer_) try_to([&] { writer_->add(std::move(seconds)); });
}

void RunRecorder::add(runfile::Event::Kind kind, std::string text, Value data) {
  const runfile::Event event{
      .kind = kind, .time = detail::unix_time(), .text = std::move(text), .data = std::move(data)};
  if (writer_) writer_->add(event);
  if (page_) page_->add(runfile::Event(event));
}

void RunRecorder::record(failures::Collection& samples) {
  if (!writer_) return;
  if (samples.is_full() && !std::exchange(warned_of_samples_, true)) {
    spdlog::warn(
        "There are more failures than samples can be kept of (100 distinct ones, 8 MiB). Some have "
        "fewer samples, or none");
  }
  // The newest are written at the end in any case.
  if (sample_bytes_ < kMostSampleBytes) {
    write(samples.unread(failures::Collection::Reader::kRunFile, detail::unix_time()));
  };
}

void RunRecorder::write(const std::vector<std::shared_ptr<const failures::Sample>>& samples) {
  for (const auto& sample : samples) {
    sample_bytes_ += sample->size();
    writer_->add(*sample);
  }
}

void RunRecorder::record(const runner::Log& action) {
  if (action.level == runner::Log::Level::kDebug) return;
  add(runfile::Event::Kind::kLog, masking_.masked(action.text), {});
}

void RunRecorder::record(const runner::ClearStats& action) {
  generator_.clear(kThisWorker);
  add(action.keeps_names ? runfile::Event::Kind::kReset : runfile::Event::Kind::kClear, {}, {});
}

void RunRecorder::record(const runner::SystemClockSet& event) {
  recorded_until_ += event.seconds;
  add(runfile::Event::Kind::kClockSet, {}, event.seconds);
}

void RunRecorder::write_page(const runner::LocalRunner& runner, const failures::Collection& samples,
                             runner::TimePoint now) {
  if (page_) page_->write(runner, samples, now);
}

bool RunRecorder::write_har(const failures::Collection& samples) const {
  if (!writer_) return true;
  const std::filesystem::path run_file = writer_->file();
  const std::string file =
      (run_file.parent_path() / (run_file.stem().string() + ".failures.har")).string();
  const std::vector<failures::Sample> selected = samples.selected();
  try {
    if (selected.empty()) {
      std::error_code ignored;
      std::filesystem::remove(file, ignored);  // of an earlier run
    } else {
      report::replace_file(file, report::samples_har(selected));
      spdlog::info("Samples of failed requests are in {} and {}", writer_->file(), file);
    }
    return true;
  } catch (const Error& error) {
    spdlog::error("{}", error.what());
    return false;
  }
}

int RunRecorder::end(int exit_code, const runner::LocalRunner& runner,
                     failures::Collection& samples) {
  if (!writer_ && !page_) return exit_code;
  if (writer_) write(samples.unread_at_end(failures::Collection::Reader::kRunFile));
  add(runfile::Event::Kind::kEnd, {},
      Value{{"exit_code", exit_code},
            {"thresholds", thresholds_value(runner)},
            {"exceptions", exceptions_value(runner, masking_)}});
  if (writer_) try_to([&] { writer_->flush(); });
  try {
    if (page_) page_->write_now(runner, samples);
  } catch (const Error& error) {
    spdlog::error("{}", error.what());
    return exit_code == 0 ? 1 : exit_code;
  }
  return exit_code;
}

}  // namespace cppworker::app
