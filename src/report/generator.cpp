#include "report/generator.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.hpp"

namespace cppworker::report {
namespace {

using stats::Lateness;
using Outcome = GeneratorVerdict::Outcome;

std::int64_t length_of(const std::map<std::int64_t, std::int64_t>& ranges) {
  std::int64_t sum = 0;
  for (const auto& [begin, end] : ranges) sum += end - begin;
  return sum;
}

/// Texts of failures whose cause is a limit of this machine.
constexpr std::array<std::string_view, 7> kOwnFailures = {
    "[Errno 24]",
    "OSError(24,",
    "[Errno 99]",
    "OSError(99,",
    "MemoryError()",
    ": Too many open files",
    ": Cannot assign requested address"};  // of TcpStream and UdpSocket

std::int64_t own_failures(const stats::StatsIncrement& all) {
  std::int64_t sum = 0;
  for (const auto& [key, error] : all.errors) {
    const auto is_in = [&text = error.error](std::string_view part) {
      return text.find(part) != std::string::npos;
    };
    if (std::ranges::any_of(kOwnFailures, is_in)) sum += error.occurrences;
  }
  return sum;
}

std::string plural(std::int64_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

std::string ms_text(double ms) { return fmt::format("{:.{}f} ms", ms, ms < 10 ? 1 : 0); }

std::string percent_text(double percent) {
  return fmt::format("{:.{}f} %", percent, percent < 10 ? 2 : 0);
}

/// As the advice of the warning in the log.
std::string_view advice(const GeneratorVerdict& verdict) {
  return verdict.cpu_percent >= Generator::kUsersArePossibleCausePercent
             ? "Use fewer users, more threads (--threads), more workers, or a less busy machine. "
               "The "
               "warnings in the log name the cause"
             : "The threads were not busy: look for other programs, a CPU quota, or user code that "
               "blocks a thread";
}

/// "3-5, 9": seconds since the beginning.
std::string seconds_text(const std::vector<GeneratorVerdict::Range>& ranges, double began) {
  constexpr std::size_t kMaxShown = 10;
  const auto start = static_cast<std::int64_t>(std::floor(began));
  std::vector<std::string> texts;
  for (const auto& range : ranges) {
    if (texts.size() == kMaxShown) {
      texts.push_back(fmt::format("and {} more", ranges.size() - kMaxShown));
      break;
    }
    const std::int64_t first = range.begin - start;
    const std::int64_t last = range.end - start - 1;
    texts.push_back(first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string headline(const GeneratorVerdict& verdict) {
  const std::vector<GeneratorVerdict::Thread> late = verdict.late_threads();
  switch (verdict.outcome) {
    case Outcome::kUnknown:
      if (verdict.threads.empty()) {
        return "Generator: not judged, because the lag of the threads was not recorded.";
      }
      return fmt::format(
          "Generator: not judged. A thread had less than {} wake-ups, of which {} were late, by up "
          "to {}.",
          Lateness::kFewest, percent_text(verdict.late_percent()), ms_text(verdict.max_ms()));
    case Outcome::kSound:
      return fmt::format(
          "Generator: numbers are sound. At most {} of the wake-ups of a thread were "
          "late, by up to {}.",
          percent_text(verdict.late_percent()), ms_text(verdict.max_ms()));
    case Outcome::kNotSound:
      break;
  }
  if (late.empty()) {
    return fmt::format("Generator: {} on this machine: not sound.",
                       plural(verdict.own_failures, "request") + " failed");
  }
  return fmt::format(
      "Generator: late by p99 {} on {} of {}: not sound. Response times are too long by up to "
      "this.",
      ms_text(verdict.p99_ms()), late.size(),
      plural(static_cast<std::int64_t>(verdict.threads.size()), "thread"));
}

}  // namespace

std::vector<GeneratorVerdict::Thread> GeneratorVerdict::late_threads() const {
  std::vector<Thread> late;
  std::ranges::copy_if(threads, std::back_inserter(late),
                       [](const Thread& thread) { return thread.lateness.is_late(); });
  return late;
}

std::int64_t GeneratorVerdict::late_seconds_count() const {
  std::int64_t sum = 0;
  for (const Range& range : late_seconds) sum += range.end - range.begin;
  return sum;
}

double GeneratorVerdict::late_percent() const {
  double worst = 0;
  for (const Thread& thread : threads) worst = std::max(worst, thread.lateness.late_percent());
  return worst;
}

double GeneratorVerdict::p99_ms() const {
  double worst = 0;
  for (const Thread& thread : threads) worst = std::max(worst, thread.lateness.p99_ms());
  return worst;
}

double GeneratorVerdict::max_ms() const {
  double worst = 0;
  for (const Thread& thread : threads) worst = std::max(worst, thread.lateness.max_ms);
  return worst;
}

/// Adds [begin, end) and joins it with the ranges that it touches.
void Generator::add_range(Ranges& ranges, std::int64_t begin, std::int64_t end) {
  auto next = ranges.upper_bound(begin);
  if (next != ranges.begin() && std::prev(next)->second >= begin) {
    --next;
    begin = next->first;
  }
  while (next != ranges.end() && next->first <= end) {
    end = std::max(end, next->second);
    next = ranges.erase(next);
  }
  ranges[begin] = end;
}

void Generator::add_second(std::size_t worker, std::size_t thread, std::int64_t second,
                           std::int64_t wakeups, std::int64_t late) {
  CHECK(wakeups >= 0 && late >= 0);
  Worker& of_worker = workers_[worker];
  Thread& of_thread = of_worker.threads[thread];
  add_range(of_worker.measured, second, second + 1);
  of_thread.lateness.wakeups += wakeups;
  std::vector<Second>& window = of_thread.window;
  window.push_back({second, wakeups, late});
  std::erase_if(window, [second](const Second& one) {
    return std::abs(one.second - second) >= Lateness::kWindowSeconds;
  });
  judge_window(window, of_worker.late);
}

/// A second with enough wake-ups is judged alone, one with fewer together with the window.
void Generator::judge_window(const std::vector<Second>& window, Ranges& late) {
  const auto mark = [&late](const Second& one) { add_range(late, one.second, one.second + 1); };
  const Second& newest = window.back();
  if (Lateness::is_late(newest.wakeups, newest.late)) mark(newest);
  Second all;
  for (const Second& one : window) {
    all.wakeups += one.wakeups;
    all.late += one.late;
  }
  if (!Lateness::is_late(all.wakeups, all.late)) return;
  for (const Second& one : window) {
    if (one.wakeups < Lateness::kFewest && one.late > 0) mark(one);
  }
}

void Generator::add_times(std::size_t worker, std::size_t thread, stats::Counts late_times,
                          double max_ms) {
  const Lateness more{.wakeups = 0, .late_times = std::move(late_times), .max_ms = max_ms};
  workers_[worker].threads[thread].lateness.add(more);
}

void Generator::add_cpu(std::size_t worker, std::int64_t second, std::int64_t span,
                        double percent) {
  Worker& of_worker = workers_[worker];
  of_worker.cpu_percent = std::max(of_worker.cpu_percent, percent);
  if (percent > kBusyPercent) add_range(of_worker.busy, second, second + span);
}

GeneratorVerdict Generator::verdict(const stats::StatsIncrement& all) const {
  GeneratorVerdict verdict;
  Worker together;  // only its ranges
  const auto join = [](Ranges& into, const Ranges& from) {
    for (const auto& [begin, end] : from) add_range(into, begin, end);
  };
  bool has_too_few = false;
  for (const auto& [number, worker] : workers_) {
    for (const auto& [thread, of_thread] : worker.threads) {
      const Lateness& lateness = of_thread.lateness;
      has_too_few |= lateness.wakeups < Lateness::kFewest && lateness.late() > 0;
      verdict.threads.push_back({number, thread, lateness});
    }
    join(together.measured, worker.measured);
    join(together.late, worker.late);
    join(together.busy, worker.busy);
    verdict.cpu_percent = std::max(verdict.cpu_percent, worker.cpu_percent);
  }
  for (const auto& [begin, end] : together.late) verdict.late_seconds.push_back({begin, end});
  verdict.measured_seconds = length_of(together.measured);
  verdict.busy_seconds = length_of(together.busy);
  verdict.own_failures = own_failures(all);
  if (verdict.own_failures > 0 || !verdict.late_threads().empty()) {
    verdict.outcome = Outcome::kNotSound;
  } else if (!verdict.threads.empty() && !has_too_few) {
    verdict.outcome = Outcome::kSound;
  }
  return verdict;
}

std::vector<std::string> generator_lines(const GeneratorVerdict& verdict, double began) {
  std::vector<std::string> lines = {headline(verdict)};
  for (const GeneratorVerdict::Thread& thread : verdict.late_threads()) {
    lines.push_back(fmt::format(
        "  Thread {}{}: {} of {} wake-ups were late: p99 {}, max {}", thread.thread + 1,
        verdict.threads.back().worker == 0 ? "" : fmt::format(" of file {}", thread.worker + 1),
        percent_text(thread.lateness.late_percent()), thread.lateness.wakeups,
        ms_text(thread.lateness.p99_ms()), ms_text(thread.lateness.max_ms)));
  }
  if (!verdict.late_threads().empty()) lines.push_back(fmt::format("  {}", advice(verdict)));
  if (!verdict.late_seconds.empty()) {
    lines.push_back(fmt::format(
        "  Not sound: {} of {} (seconds of the run: {})", verdict.late_seconds_count(),
        plural(verdict.measured_seconds, "second"), seconds_text(verdict.late_seconds, began)));
  }
  if (verdict.own_failures > 0) {
    lines.push_back(
        fmt::format("  {} on this machine, not on the server: too many open files, no free port or "
                    "no memory. Raise the limits or use fewer users",
                    plural(verdict.own_failures, "request") + " failed"));
  }
  if (verdict.busy_seconds > 0) {
    lines.push_back(
        fmt::format("  The busiest thread used more than {} % of a CPU in {}: it has no "
                    "reserve, so the requests per second may be limited by it",
                    Generator::kBusyPercent, plural(verdict.busy_seconds, "second")));
  }
  return lines;
}

Value generator_json(const GeneratorVerdict& verdict, double began) {
  Value::List threads;
  for (const GeneratorVerdict::Thread& thread : verdict.threads) {
    threads.emplace_back(Value::Map{{"file", static_cast<std::int64_t>(thread.worker)},
                                    {"thread", static_cast<std::int64_t>(thread.thread)},
                                    {"late", thread.lateness.is_late()},
                                    {"wakeups", thread.lateness.wakeups},
                                    {"late_percent", thread.lateness.late_percent()},
                                    {"p99_ms", thread.lateness.p99_ms()},
                                    {"max_ms", thread.lateness.max_ms}});
  }
  Value::List late_seconds;
  for (const GeneratorVerdict::Range& range : verdict.late_seconds) {
    late_seconds.emplace_back(Value::List{range.begin, range.end});
  }
  return Value::Map{
      {"sound",
       verdict.outcome == Outcome::kUnknown ? Value() : Value(verdict.outcome == Outcome::kSound)},
      {"text", fmt::format("{}", fmt::join(generator_lines(verdict, began), "\n"))},
      {"late_percent", verdict.late_percent()},
      {"p99_ms", verdict.p99_ms()},
      {"max_ms", verdict.max_ms()},
      {"threads", std::move(threads)},
      {"late_seconds", std::move(late_seconds)},
      {"measured_seconds", verdict.measured_seconds},
      {"cpu_percent", verdict.cpu_percent},
      {"busy_seconds", verdict.busy_seconds},
      {"own_failures", verdict.own_failures}};
}

}  // namespace cppworker::report
