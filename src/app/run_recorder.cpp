#include "app/run_recorder.hpp"

#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include <cppworker/exception.hpp>
#include <cppworker/time.hpp>

#include "app/run_builder.hpp"
#include "app/verdict_rows.hpp"
#include "report/files.hpp"

namespace cppworker::app {
namespace {

/// The number of the only run file.
constexpr std::size_t kThisWorker = 0;

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

}  // namespace

RunRecorder::RunRecorder(const Options& options, const UserCode& user_code, const Masking& masking)
    : masking_(masking), began_(detail::unix_time()), seconds_(began_) {
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

void RunRecorder::record(const runner::IncrementsCollected& collected,
                         runner::UserClassesCount users, const runner::UsageMeasured& usage) {
  runfile::Seconds seconds = seconds_.next(collected, std::move(users), usage);
  add_load(generator_, kThisWorker, seconds);
  if (!writer_ && !page_) return;
  seconds.increment = collected.increment;
  if (page_) page_->add(runfile::Seconds(seconds));
  if (writer_) writer_->add(std::move(seconds));
}

void RunRecorder::add(const runfile::Event& event) {
  if (writer_) writer_->add(event);
  if (page_) page_->add(runfile::Event(event));
}

void RunRecorder::record(failures::Collection& samples) {
  if (!writer_) return;
  if (const auto warning = samples_.warning(samples)) add(*warning);
  writer_->add(samples_.next(samples));
}

void RunRecorder::record(const runner::Log& action) {
  if (action.level == runner::Log::Level::kDebug) return;
  add(event_now(runfile::Event::Kind::kLog, masking_.masked(action.text)));
}

void RunRecorder::record(const runner::ClearStats& action) {
  generator_.clear(kThisWorker);
  add(event_now(action.keeps_names ? runfile::Event::Kind::kReset : runfile::Event::Kind::kClear));
}

void RunRecorder::record(const runner::SystemClockSet& event) {
  seconds_.system_clock_set(event.seconds);
  add(event_now(runfile::Event::Kind::kClockSet, {}, event.seconds));
}

void RunRecorder::write_page(const runner::LocalRunner& runner, const failures::Collection& samples,
                             runner::TimePoint now) {
  if (page_) page_->write(runner, samples, now);
}

bool RunRecorder::write_har(const failures::Collection& samples) const {
  return !writer_ || writer_->write_har(samples.selected());
}

int RunRecorder::end(int exit_code, const runner::LocalRunner& runner,
                     failures::Collection& samples) {
  if (!writer_ && !page_) return exit_code;
  if (writer_) writer_->add(SampleRecords::last(samples));
  add(event_now(runfile::Event::Kind::kEnd, {},
                Value{{"exit_code", exit_code},
                      {"thresholds", thresholds_value(runner)},
                      {"exceptions", exceptions_value(runner.exceptions(), masking_)}}));
  bool is_complete = !writer_ || writer_->flush();
  try {
    if (page_) page_->write_now(runner, samples);
  } catch (const Error& error) {
    spdlog::error("{}", error.what());
    is_complete = false;
  }
  return exit_code == 0 && !is_complete ? 1 : exit_code;
}

}  // namespace cppworker::app
