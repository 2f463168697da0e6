#include "app/run_records.hpp"

#include <cmath>
#include <cstdint>
#include <utility>

#include <spdlog/spdlog.h>

#include <cppworker/time.hpp>

#include "app/run_facts.hpp"

namespace cppworker::app {
namespace {

/// Before the end of the run, samples are written only up to this size.
constexpr std::size_t kMostSampleBytes = std::size_t{8} << 20U;

std::vector<runfile::ThreadLateness> threads_in(const runner::IncrementsCollected& collected,
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

}  // namespace

runfile::Header header_of(const Options& options, const UserCode& user_code, const Masking& masking,
                          double began) {
  runfile::Header header;
  header.start_time = began;
  header.max_entries = static_cast<std::int64_t>(options.max_entries);
  const Value facts = masking.masked(Value(run_facts(options, user_code)));
  header.facts = *facts.as_map();
  return header;
}

runfile::Event event_now(runfile::Event::Kind kind, std::string text, Value data) {
  return {
      .kind = kind, .time = detail::unix_time(), .text = std::move(text), .data = std::move(data)};
}

Value exceptions_value(const std::vector<runner::ExceptionRow>& rows, const Masking& masking) {
  Value::List list;
  for (const runner::ExceptionRow& row : rows) {
    list.push_back(Value{{"count", row.count},
                         {"message", masking.masked(row.msg)},
                         {"traceback", masking.masked(row.traceback)}});
  }
  return list;
}

runfile::Seconds SecondRecords::next(const runner::IncrementsCollected& collected,
                                     runner::UserClassesCount users,
                                     const runner::UsageMeasured& usage) {
  // Most of it was measured in the second in the middle.
  const double middle = (recorded_until_ + collected.unix_now) / 2;
  recorded_until_ = collected.unix_now;
  const auto second = static_cast<std::int64_t>(std::floor(middle));
  return {.begin = second,
          .state = runfile::State{.users = std::move(users),
                                  .cpu_percent = usage.cpu_percent,
                                  .memory_bytes = usage.memory_bytes,
                                  .lag_p99_ms = collected.lag_p99_ms,
                                  .lag_max_ms = collected.lag_max_ms,
                                  .threads = threads_in(collected, second)}};
}

std::optional<runfile::Event> SampleRecords::warning(const failures::Collection& samples) {
  if (!samples.is_full() || std::exchange(warned_, true)) return std::nullopt;
  constexpr const char* kText =
      "There are more failures than samples can be kept of (100 distinct ones, 8 MiB, and 2 MiB "
      "per thread and second). Some have fewer samples, or none";
  spdlog::warn(kText);
  return event_now(runfile::Event::Kind::kLog, kText);
}

SampleRecords::Samples SampleRecords::next(failures::Collection& samples) {
  // The newest are written at the end in any case.
  if (bytes_ >= kMostSampleBytes) return {};
  Samples unwritten = samples.unread(failures::Collection::Reader::kRunFile, detail::unix_time());
  for (const auto& sample : unwritten) bytes_ += sample->size();
  return unwritten;
}

}  // namespace cppworker::app
