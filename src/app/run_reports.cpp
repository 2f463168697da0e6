#include "app/run_reports.hpp"

#include <chrono>
#include <cstddef>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cppworker/exception.hpp>
#include <cppworker/time.hpp>

#include "app/logging.hpp"
#include "app/standard_files.hpp"
#include "app/verdict_rows.hpp"
#include "report/csv.hpp"
#include "report/generator.hpp"
#include "report/json.hpp"
#include "report/phases.hpp"
#include "report/verdicts.hpp"

namespace cppworker::app {
namespace {

std::int64_t unix_seconds() { return static_cast<std::int64_t>(detail::unix_time()); }

std::vector<report::ExceptionText> exceptions_of(const runner::LocalRunner& runner) {
  std::vector<report::ExceptionText> exceptions;
  for (const runner::ExceptionRow& row : runner.exceptions()) {
    exceptions.push_back({row.count, row.msg, row.traceback});
  }
  return exceptions;
}

}  // namespace

RunReports::RunReports(const Options& options, std::optional<std::chrono::seconds> run_time)
    : csv_(options.csv),
      csv_full_history_(options.csv_full_history),
      only_summary_(options.only_summary),
      json_(options.json),
      json_file_(options.json_file),
      junit_(options.junit),
      precision_(options.precision),
      status_(run_time) {
  if (!json_file_.empty()) report::check_replaceable(json_file_ + ".json");
  if (!junit_.empty()) report::check_replaceable(junit_);
  if (csv_.empty()) return;
  report::make_folder_of(csv_);
  history_.emplace(csv_ + "_stats_history.csv");
  history_->append(report::history_header());
}

report::TableStyle RunReports::style() const {
  report::TableStyle style{.precision = precision_};
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
    style.name_width = report::name_width_of(size.ws_col);
  }
  return style;
}

template <class Write>
void RunReports::try_to(const Write& write, runner::TimePoint now) {
  try {
    write();
  } catch (const Error& error) {
    if (failures_.allow(now)) spdlog::error("{}. The test continues", error.what());
  }
}

template <class Write>
void RunReports::try_at_end_to(const Write& write) {
  try {
    write();
  } catch (const Error& error) {
    files_are_complete_ = false;
    spdlog::error("{}", error.what());
  }
}

void RunReports::write(const runner::LocalRunner& runner, bool prints_table,
                       runner::TimePoint now) {
  if (!csv_.empty()) try_to([&] { write_csv(runner, now); }, now);
  if (prints_table && !only_summary_) {
    std::vector<std::string> lines = report::stats_table(runner.stats().all(), true, style());
    lines.emplace_back();
    log_plain(lines);
  }
  status_.show(runner, now);
}

void RunReports::write_csv(const runner::LocalRunner& runner, runner::TimePoint now) {
  history_->append(report::history_rows(runner.stats(),
                                        {.unix_time = unix_seconds(),
                                         .user_count = runner.user_count(),
                                         .second = runner.second(now)},
                                        csv_full_history_));
  report::replace_file(csv_ + "_stats.csv", report::stats_csv(runner.stats().all()));
  report::replace_file(csv_ + "_failures.csv", report::failures_csv(runner.stats().all()));
  report::replace_file(csv_ + "_exceptions.csv", report::exceptions_csv(exceptions_of(runner)));
}

void RunReports::write_json(const runner::LocalRunner& runner) const {
  const std::string text = report::stats_json(runner.stats().all());
  if (!json_file_.empty()) report::replace_file(json_file_ + ".json", text);
  if (json_) print(text + '\n');
}

void RunReports::write_verdicts(const runner::LocalRunner& runner) const {
  const std::vector<report::VerdictRow> rows = verdict_rows(runner);
  if (!rows.empty()) log_plain(report::verdict_table(rows));
  if (!junit_.empty()) report::replace_file(junit_, report::junit_xml(rows));
}

void RunReports::write_summary(const runner::LocalRunner& runner, const RunRecorder& recorder,
                               runner::TimePoint now) {
  status_.remove();  // before --json prints
  const stats::StatsIncrement& all = runner.stats().all();
  if (!csv_.empty()) try_at_end_to([&] { write_csv(runner, now); });
  const auto print_table = [](std::vector<std::string> lines) {
    lines.emplace_back();
    log_plain(lines);
  };
  print_table(report::stats_table(all, false, style()));
  print_table(report::percentile_table(all, style()));
  if (!all.errors.empty()) log_plain(report::error_report(all, style()));
  if (!all.phases.empty()) print_table(report::phase_table(all.phases, style()));
  try_at_end_to([&] { write_json(runner); });
  try_at_end_to([&] { write_verdicts(runner); });
  log_plain(report::generator_lines(recorder.verdict(all), recorder.began()));
  wait_for_log();
}

}  // namespace cppworker::app
