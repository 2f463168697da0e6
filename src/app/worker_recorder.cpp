#include "app/worker_recorder.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cppworker/exception.hpp>
#include <cppworker/json.hpp>
#include <cppworker/time.hpp>

#include "app/logging.hpp"
#include "app/run_file_names.hpp"
#include "loader/description.hpp"
#include "report/files.hpp"
#include "stats/merge.hpp"

namespace cppworker::app {
namespace {

using Kind = runfile::Event::Kind;

/// If the thread has more to do than this, seconds are added up until it has caught up. So a disk
/// that hangs does not use up the memory.
constexpr std::size_t kMostJobs = 20;

std::optional<double> real_option(const Value& options, std::string_view key) {
  double number = 0;
  const Value* const value = options.find(key);
  if (value == nullptr || !value->to_double(number)) return std::nullopt;
  return number;
}

std::optional<std::int64_t> integer_option(const Value& options, std::string_view key) {
  std::int64_t number = 0;
  const Value* const value = options.find(key);
  if (value == nullptr || !value->to_int64(number)) return std::nullopt;
  return number;
}

std::vector<std::string> text_options(const Value& options, std::string_view key) {
  std::vector<std::string> texts;
  const Value* const value = options.find(key);
  const Value::List* const list = value == nullptr ? nullptr : value->as_list();
  if (list == nullptr) return texts;
  for (const Value& item : *list) texts.push_back(item.str());
  return texts;
}

/// "Command of the master: spawn, 30 users (Buyer: 10, Reader: 20)".
std::string text_of_command(const runner::MasterCommand& command) {
  std::string text = "Command of the master: " + command.name;
  if (command.users.empty()) return text;
  std::int64_t total = 0;
  std::string classes;
  for (const auto& [name, count] : command.users) {
    if (count == 0) continue;
    total += count;
    classes += fmt::format("{}{}: {}", classes.empty() ? "" : ", ", name, count);
  }
  if (total == 0) return text + ", no users";
  return fmt::format("{}, {} user{} ({})", text, total, total == 1 ? "" : "s", classes);
}

Value data_of_command(const runner::MasterCommand& command) {
  Value::Map data{{"command", command.name}};
  if (!command.users.empty()) {
    Value::Map users;
    for (const auto& [name, count] : command.users) users.emplace_back(name, count);
    data.emplace_back("users", std::move(users));
  }
  return data;
}

}  // namespace

WorkerRecorder::WorkerRecorder(const Options& options, const UserCode& user_code,
                               std::string node_id, const Masking& masking,
                               failures::Collection& samples)
    : options_(options),
      user_code_(user_code),
      node_id_(std::move(node_id)),
      file_(run_file_of_worker(options.out, options.worker_number)),
      masking_(masking),
      samples_(samples),
      exceptions_(options.max_entries),
      writer_(std::make_shared<std::unique_ptr<RunWriter>>()),
      thread_([number = options.worker_number] { log_as_worker(number); }) {
  report::check_replaceable(file_);
}

// --- the beginning of a run ---

/// The options of the master, in place of those of a run without a master.
Options WorkerRecorder::options_of(const runner::SetEnvironment& action) const {
  Options options = options_;
  const Value& sent = action.parsed_options;
  options.host = action.host;
  options.users = integer_option(sent, "num_users");
  options.spawn_rate = real_option(sent, "spawn_rate");
  if (const auto seconds = integer_option(sent, "run_time")) {
    options.run_time = std::chrono::seconds(*seconds);
  }
  const double stop_timeout = real_option(sent, "stop_timeout").value_or(0);
  options.stop_timeout = std::chrono::seconds(std::llround(std::clamp(stop_timeout, 0., 1e9)));
  options.stages.clear();
  options.iterations = 0;
  options.warm_up = {};
  options.tags = text_options(sent, "tags");
  options.exclude_tags = text_options(sent, "exclude_tags");
  return options;
}

Value::Map WorkerRecorder::arguments_of(const Value& parsed_options) const {
  Value::Map arguments = user_code_.arguments;
  for (auto& [name, value] : arguments) {
    if (const Value* sent = parsed_options.find(*name.as_string())) value = *sent;
  }
  return arguments;
}

void WorkerRecorder::begin_run(const runner::SetEnvironment& action) {
  if (stage_ != Stage::kBegins) return;
  stage_ = Stage::kRun;
  const double now = detail::unix_time();
  exceptions_.clear();
  seconds_.emplace(now);
  sample_records_ = {};
  const UserCode user_code{.locustfile = user_code_.locustfile,
                           .arguments = arguments_of(action.parsed_options),
                           .config_users = user_code_.config_users};
  runfile::Header header = header_of(options_of(action), user_code, masking_, now);
  header.facts.emplace_back("master",
                            fmt::format("{}:{}", options_.master_host, options_.master_port));
  header.facts.emplace_back("worker", node_id_);
  thread_.post([writer = writer_, file = file_, header = std::move(header)] {
    if (*writer != nullptr) (*writer)->flush();
    writer->reset();
    try {
      const std::string name = create_run_file(file);
      *writer = std::make_unique<RunWriter>(name, header);
      spdlog::info("Recording the run in {}", name);
    } catch (const Error& error) {
      spdlog::error("{}. The run is not recorded", error.what());
    }
  });
}

// --- what happens in a run ---

void WorkerRecorder::write(Job job) {
  thread_.post([writer = writer_, job = std::move(job)] {
    if (*writer != nullptr) job(**writer);
  });
}

void WorkerRecorder::write(const runfile::Event& event) {
  if (seconds_) write([event](RunWriter& writer) { writer.add(event); });
}

void WorkerRecorder::record(const runner::IncrementsCollected& collected,
                            runner::UserClassesCount users, const runner::UsageMeasured& usage) {
  if (!seconds_) return;
  if (stage_ != Stage::kRun && stats::empty(collected.increment)) return;
  runfile::Seconds second = seconds_->next(collected, std::move(users), usage);
  second.increment = collected.increment;
  masking_.mask(second.increment);
  if (const auto warning = sample_records_.warning(samples_)) write(*warning);
  if (SampleRecords::Samples samples = sample_records_.next(samples_); !samples.empty()) {
    write([samples = std::move(samples)](RunWriter& writer) { writer.add(samples); });
  }
  add(std::move(second), collected.unix_now);
}

void WorkerRecorder::add(runfile::Seconds second, double now) {
  const bool is_behind = thread_.waiting() >= kMostJobs;
  if (held_ && held_->begin != second.begin && !is_behind) write_held();
  // A collection for a report comes in the middle of a second.
  const bool is_over = now >= static_cast<double>(second.begin + second.span);
  if (held_) {
    runfile::merge(*held_, std::move(second));
  } else {
    held_ = std::move(second);
  }
  if (is_over && !is_behind) write_held();
}

void WorkerRecorder::write_held() {
  if (!held_) return;
  auto second = std::make_shared<runfile::Seconds>(*std::exchange(held_, std::nullopt));
  write([second = std::move(second)](RunWriter& writer) { writer.add(std::move(*second)); });
}

void WorkerRecorder::record(const runner::SystemClockSet& event) {
  if (!seconds_) return;
  write_held();
  seconds_->system_clock_set(event.seconds);
  write(event_now(Kind::kClockSet, {}, event.seconds));
}

void WorkerRecorder::record(const runner::Log& action) {
  if (action.level == runner::Log::Level::kDebug) return;
  write(event_now(Kind::kLog, masking_.masked(action.text)));
}

void WorkerRecorder::record(const runner::MasterCommand& action) {
  write(event_now(Kind::kCommand, text_of_command(action), data_of_command(action)));
}

void WorkerRecorder::record(const runner::ClearStats& action) {
  write_held();
  if (!action.keeps_names) {
    if (stage_ == Stage::kRun) end_run(std::nullopt);
    stage_ = Stage::kBegins;
    return;
  }
  if (stage_ == Stage::kRun) write(event_now(Kind::kReset));
}

// --- the end ---

void WorkerRecorder::record(const runner::RunEnded&) {
  if (stage_ == Stage::kRun) end_run(std::nullopt);
}

void WorkerRecorder::record(const runner::Exit& action) {
  if (stage_ == Stage::kRun) return end_run(action.code);
  write_held();
  write([](RunWriter& writer) { writer.flush(); });
}

void WorkerRecorder::end_run(std::optional<int> exit_code) {
  stage_ = Stage::kEnded;
  write_held();
  Value::Map data{{"exceptions", exceptions_value(exceptions_.rows(), masking_)}};
  if (exit_code) data.emplace_back("exit_code", *exit_code);
  write([samples = SampleRecords::last(samples_), end = event_now(Kind::kEnd, {}, std::move(data)),
         selected = samples_.selected()](RunWriter& writer) {
    writer.add(samples);
    writer.add(end);
    writer.flush();
    (void)writer.write_har(selected);
  });
}

}  // namespace cppworker::app
