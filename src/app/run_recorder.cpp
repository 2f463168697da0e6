#include "app/run_recorder.hpp"

#include <cmath>
#include <cstdint>
#include <utility>

#include <spdlog/spdlog.h>

#include <cppworker/exception.hpp>
#include <cppworker/time.hpp>

#include "app/run_facts.hpp"
#include "report/files.hpp"

namespace cppworker::app {
namespace {

runfile::Header header_of(const Options& options, const UserCode& user_code) {
  runfile::Header header;
  header.start_time = detail::unix_time();
  header.max_entries = static_cast<std::int64_t>(options.max_entries);
  header.facts = run_facts(options, user_code);
  return header;
}

Value thresholds_value(const runner::LocalRunner& runner) {
  Value::List rows;
  for (const runner::Verdict& verdict : runner.verdicts()) {
    rows.push_back(Value{{"condition", verdict.threshold->text},
                         {"failed", verdict.failed},
                         {"value", verdict.value},
                         {"note", verdict.note}});
  }
  return rows;
}

Value exceptions_value(const runner::LocalRunner& runner) {
  Value::List rows;
  for (const runner::ExceptionRow& row : runner.exceptions()) {
    rows.push_back(Value{{"count", row.count}, {"message", row.msg}, {"traceback", row.traceback}});
  }
  return rows;
}

}  // namespace

RunRecorder::RunRecorder(const Options& options, const UserCode& user_code) {
  if (options.out.empty() && options.html.empty()) return;
  runfile::Header header = header_of(options, user_code);
  recorded_until_ = header.start_time;
  if (!options.out.empty()) {
    report::make_folder_of(options.out);
    writer_.emplace(options.out, header);
  }
  if (!options.html.empty()) {
    page_.emplace(options);
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
  if (!writer_ && !page_) return;
  // Most of it was measured in the second in the middle.
  const double middle = (recorded_until_ + collected.unix_now) / 2;
  recorded_until_ = collected.unix_now;
  runfile::Seconds seconds{.begin = static_cast<std::int64_t>(std::floor(middle)),
                           .increment = collected.increment,
                           .state = runfile::State{.users = std::move(users),
                                                   .cpu_percent = usage.cpu_percent,
                                                   .memory_bytes = usage.memory_bytes,
                                                   .lag_p99_ms = collected.lag_p99_ms,
                                                   .lag_max_ms = collected.lag_max_ms}};
  if (page_) page_->add(runfile::Seconds(seconds));
  if (writer_) try_to([&] { writer_->add(std::move(seconds)); });
}

void RunRecorder::add(runfile::Event::Kind kind, std::string text, Value data) {
  const runfile::Event event{
      .kind = kind, .time = detail::unix_time(), .text = std::move(text), .data = std::move(data)};
  if (writer_) writer_->add(event);
  if (page_) page_->add(runfile::Event(event));
}

void RunRecorder::record(const runner::Log& action) {
  if (action.level == runner::Log::Level::kDebug) return;
  add(runfile::Event::Kind::kLog, action.text, {});
}

void RunRecorder::record(const runner::ClearStats& action) {
  add(action.keeps_names ? runfile::Event::Kind::kReset : runfile::Event::Kind::kClear, {}, {});
}

void RunRecorder::record(const runner::SystemClockSet& event) {
  recorded_until_ += event.seconds;
  add(runfile::Event::Kind::kClockSet, {}, event.seconds);
}

void RunRecorder::write_page(const runner::LocalRunner& runner, runner::TimePoint now) {
  if (page_) page_->write(runner, now);
}

int RunRecorder::end(int exit_code, const runner::LocalRunner& runner) {
  if (!writer_ && !page_) return exit_code;
  add(runfile::Event::Kind::kEnd, {},
      Value{{"exit_code", exit_code},
            {"thresholds", thresholds_value(runner)},
            {"exceptions", exceptions_value(runner)}});
  if (writer_) try_to([&] { writer_->flush(); });
  try {
    if (page_) page_->write_now(runner);
  } catch (const Error& error) {
    spdlog::error("{}", error.what());
    return exit_code == 0 ? 1 : exit_code;
  }
  return exit_code;
}

}  // namespace cppworker::app
