#include "app/run_recorder.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cppworker/exception.hpp>
#include <cppworker/time.hpp>
#include <cppworker/version.hpp>

#include "app/recorded_run.hpp"
#include "report/files.hpp"

namespace cppworker::app {
namespace {

std::string machine_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

/// The host under test, without a user name and password.
std::string without_credentials(const std::string& url) {
  const std::size_t begin = url.find("//");
  if (begin == std::string::npos) return url;
  const std::size_t end = url.find_first_of("/?#", begin + 2);
  const std::size_t at = url.rfind('@', end);
  if (at == std::string::npos || at < begin) return url;
  return url.substr(0, begin + 2) + url.substr(at + 1);
}

runfile::Header run_file_header(const Options& options, double began) {
  runfile::Header header;
  header.start_time = began;
  header.max_entries = static_cast<std::int64_t>(options.max_entries);
  header.facts = {
      {"program", "cpp-worker " CPPWORKER_VERSION},
      {"machine", machine_name()},
      {"pid", static_cast<std::int64_t>(::getpid())},
      {"locustfiles", Value::List(options.locustfiles.begin(), options.locustfiles.end())},
      {"host", without_credentials(options.host)},
      {"threads", options.threads},
      {"response_time_precision", options.precision == stats::Precision::kLocust      ? "locust"
                                  : options.precision == stats::Precision::kTwoDigits ? "2"
                                                                                      : "3"}};
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

RunRecorder::RunRecorder(const Options& options)
    : began_(detail::unix_time()), recorded_until_(began_) {
  if (options.out.empty()) return;
  report::make_folder_of(options.out);
  writer_.emplace(options.out, run_file_header(options, began_));
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
  runfile::Seconds seconds{.begin = second,
                           .increment = writer_ ? collected.increment : stats::StatsIncrement(),
                           .state = runfile::State{.users = std::move(users),
                                                   .cpu_percent = usage.cpu_percent,
                                                   .memory_bytes = usage.memory_bytes,
                                                   .lag_p99_ms = collected.lag_p99_ms,
                                                   .lag_max_ms = collected.lag_max_ms,
                                                   .threads = threads_of(collected, second)}};
  add_load(generator_, kThisWorker, seconds);
  if (!writer_) return;
  try_to([&] { writer_->add(std::move(seconds)); });
}

void RunRecorder::add(runfile::Event::Kind kind, std::string text, Value data) {
  if (!writer_) return;
  writer_->add(runfile::Event{
      .kind = kind, .time = detail::unix_time(), .text = std::move(text), .data = std::move(data)});
}

void RunRecorder::record(const runner::Log& action) {
  if (action.level == runner::Log::Level::kDebug) return;
  add(runfile::Event::Kind::kLog, action.text, {});
}

void RunRecorder::record(const runner::ClearStats& action) {
  generator_.clear(kThisWorker);
  add(action.keeps_names ? runfile::Event::Kind::kReset : runfile::Event::Kind::kClear, {}, {});
}

void RunRecorder::record(const runner::SystemClockSet& event) {
  recorded_until_ += event.seconds;
  add(runfile::Event::Kind::kClockSet, {}, event.seconds);
}

void RunRecorder::end(int exit_code, const runner::LocalRunner& runner) {
  if (!writer_) return;
  add(runfile::Event::Kind::kEnd, {},
      Value{{"exit_code", exit_code},
            {"thresholds", thresholds_value(runner)},
            {"exceptions", exceptions_value(runner)}});
  try_to([&] { writer_->flush(); });
}

}  // namespace cppworker::app
