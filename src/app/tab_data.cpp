#include "app/tab_data.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "failures/curl_line.hpp"
#include "report/samples.hpp"
#include "stats/merge.hpp"
#include "text/log_text.hpp"
#include "text/utf8.hpp"

namespace cppworker::app {
namespace {

using failures::Sample;

/// The number of the only worker.
constexpr std::size_t kOwnNumber = 0;
constexpr std::size_t kMostCharacters = 300;
constexpr std::size_t kMostCurlBytes = std::size_t{2} * 1024;
/// A master that does not take reports for a long time gets only the newest ones.
constexpr std::size_t kMostWaiting = 300;

double rounded(double number, double factor) { return std::round(number * factor) / factor; }

std::string body_text(const failures::Body& body) {
  const std::size_t bytes = body.bytes.size() + static_cast<std::size_t>(body.left_out);
  if (!report::is_text(body.bytes)) return fmt::format("({} bytes of binary data)", bytes);
  return text::quote_for_log(body.bytes, kMostCharacters);
}

std::string request_text(const Sample& sample) {
  if (sample.request.method.empty()) return {};
  return text::quote_for_log(sample.request.method + ' ' + sample.request.url, kMostCharacters);
}

std::string response_text(const Sample& sample) {
  if (sample.response.status == 0) return body_text(sample.detail);
  return sample.response.is_streamed ? "(not received)" : body_text(sample.response.body);
}

std::string status_text(const Sample::Response& response) {
  if (response.status == 0) return {};
  return text::quote_for_log(fmt::format("{} {}", response.status, response.reason),
                             kMostCharacters);
}

/// A table in HTML shows several spaces as one. They are only inside of quotes: writes the second
/// one of them as an escape sequence, or ends and begins the quotes between them.
std::string with_single_spaces(std::string_view command) {
  enum class Quotes : std::uint8_t { kNone, kPlain, kDollar };
  Quotes quotes = Quotes::kNone;
  std::string text;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    const char before = i == 0 ? '\0' : command[i - 1];
    if (c == ' ' && before == ' ') {
      text += quotes == Quotes::kDollar ? "\\x20" : "'' ";
      continue;
    }
    text += c;
    if (c == '\\' && quotes != Quotes::kPlain && i + 1 < command.size()) {
      text += command[++i];
    } else if (c == '\'') {
      if (quotes != Quotes::kNone) {
        quotes = Quotes::kNone;
      } else {
        quotes = before == '$' ? Quotes::kDollar : Quotes::kPlain;
      }
    }
  }
  return text;
}

std::string curl_text(const Sample& sample) {
  if (sample.request.body.left_out > 0) return "(the body is too long)";
  std::string line = text::to_utf8(failures::curl_line(sample));
  if (line.size() > kMostCurlBytes) return "(too long)";
  return with_single_spaces(line);
}

Value sample_row(const Sample& sample) {
  const std::string user =
      sample.task.empty() ? sample.user_class : sample.user_class + '.' + sample.task;
  return Value::Map{
      {"method", text::shortened(sample.method, kMostCharacters)},
      {"name", text::shortened(sample.name, kMostCharacters)},
      {"error", text::shortened(sample.error, kMostCharacters)},
      {"time", sample.time},
      {"user", text::quote_for_log(user)},
      {"status", status_text(sample.response)},
      {"duration",
       sample.response_time_ms ? Value(rounded(*sample.response_time_ms, 100)) : Value("")},
      {"request", request_text(sample)},
      {"response", response_text(sample)},
      {"curl", curl_text(sample)}};
}

/// @param name name and method
Value phases_row(const std::pair<std::string, std::string>& name, const stats::EntryPhases& entry) {
  Value::Map phases;
  for (std::size_t i = 0; i < stats::kPhases; ++i) {
    const stats::PhaseSummary phase = stats::summary(entry.phases[i]);
    if (phase.count == 0) continue;
    phases.emplace_back(stats::kPhaseNames[i],
                        Value::Map{{"requests", phase.count},
                                   {"average", rounded(phase.average_ms, 1'000)},
                                   {"median", rounded(phase.median_ms, 1'000)},
                                   {"p95", rounded(phase.p95_ms, 1'000)},
                                   {"p99", rounded(phase.p99_ms, 1'000)},
                                   {"max", rounded(phase.max_ms, 1'000)}});
  }
  return Value::Map{{"method", text::shortened(name.second, kMostCharacters)},
                    {"name", text::shortened(name.first, kMostCharacters)},
                    {"connections", entry.new_connections},
                    {"phases", std::move(phases)}};
}

std::size_t size_of(const Value& row) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : *row.as_map()) {
    bytes += key.as_string()->size() + 10;
    if (const std::string* text = value.as_string()) bytes += text->size();
  }
  return bytes;
}

}  // namespace

void TabData::on_options(const Value& parsed_options) {
  const Value* const option = parsed_options.find(kOption);
  const bool* const asks = option == nullptr ? nullptr : option->as_bool();
  is_wanted_ = asks != nullptr && *asks;
}

void TabData::add(const runner::IncrementsCollected& collected, double cpu_percent) {
  cpu_percent_ = cpu_percent;
  lag_p99_ms_ = std::max(lag_p99_ms_, collected.lag_p99_ms);
  threads_.resize(collected.threads.size());
  // The tabs do not show times. With successive numbers, the measured seconds are one range.
  const std::int64_t number = collections_++;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    const stats::Lateness& lateness = collected.threads[i];
    generator_.add_second(kOwnNumber, i, number, lateness.wakeups, lateness.late());
    generator_.add_times(kOwnNumber, i, lateness.late_times, lateness.max_ms);
    threads_[i].add(lateness);
  }
  generator_.add_cpu(kOwnNumber, number, 1, cpu_percent);
  stats::StatsIncrement increment;
  increment.errors = collected.increment.errors;
  increment.phases = collected.increment.phases;
  stats::merge(test_, std::move(increment));
}

void TabData::add(failures::Collection& samples, double now) {
  for (const auto& sample : samples.unread(failures::Collection::Reader::kMaster, now)) {
    Value row = sample_row(*sample);
    const std::size_t bytes = size_of(row);
    waiting_.push_back({std::move(row), bytes});
  }
  while (waiting_.size() > kMostWaiting) waiting_.pop_front();
}

void TabData::clear() {
  TabData fresh;
  fresh.is_wanted_ = is_wanted_;
  *this = std::move(fresh);
}

Value TabData::generator() const {
  const report::GeneratorVerdict verdict = generator_.verdict(test_);
  constexpr std::string_view kPrefix = "Generator: ";
  std::string text = report::generator_lines(verdict, 0).front();
  double late_percent = 0;
  for (const auto& thread : threads_) late_percent = std::max(late_percent, thread.late_percent());
  if (text.starts_with(kPrefix)) text.erase(0, kPrefix.size());
  return Value::Map{{"verdict", std::move(text)},
                    {"threads", static_cast<std::int64_t>(threads_.size())},
                    {"cpu", cpu_percent_},
                    {"cpumax", verdict.cpu_percent},
                    {"lag", rounded(lag_p99_ms_, 100)},
                    {"lagmax", rounded(verdict.max_ms(), 100)},
                    {"late", rounded(late_percent, 100)},
                    {"latetest", rounded(verdict.late_percent(), 100)}};
}

/// The entries after those in the last report.
Value::List TabData::phases() {
  Value::List entries;
  auto entry = test_.phases.upper_bound(last_name_);
  while (entries.size() < std::min(kMostNames, test_.phases.size())) {
    if (entry == test_.phases.end()) entry = test_.phases.begin();
    entries.push_back(phases_row(entry->first, entry->second));
    last_name_ = entry->first;
    ++entry;
  }
  return entries;
}

Value TabData::next() {
  Value::List samples;
  std::size_t bytes = 0;
  for (const Row& row : waiting_) {
    bytes += row.bytes;
    if (bytes > kMostSampleBytes) break;
    samples.push_back(row.sample);
  }
  in_report_ = samples.size();
  return Value::Map{
      {"generator", generator()}, {"samples", std::move(samples)}, {"phases", phases()}};
}

void TabData::sent() {
  const auto rows = static_cast<std::ptrdiff_t>(std::exchange(in_report_, 0));
  waiting_.erase(waiting_.begin(), waiting_.begin() + rows);
  lag_p99_ms_ = 0;
  for (auto& thread : threads_) thread = {};
}

}  // namespace cppworker::app
