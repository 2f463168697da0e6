#include "runner/thresholds.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.hpp"
#include "stats/entry_numbers.hpp"
#include "stats/merge.hpp"
#include "text/did_you_mean.hpp"

namespace cppworker::runner {

Thresholds::Thresholds(std::vector<Threshold> thresholds, std::chrono::seconds warm_up)
    : warm_up_(std::chrono::duration<double>(warm_up).count()) {
  for (Threshold& threshold : thresholds) checks_.push_back({.threshold = std::move(threshold)});
}

Thresholds::Measured Thresholds::measured(const Threshold& threshold,
                                          const stats::StatsIncrement& increment, double seconds) {
  Measured result{.entry = {}, .seconds = seconds, .threads = {}};
  if (threshold.scope.empty()) {
    result.entry = increment.total;
    return result;
  }
  for (const auto& [key, entry] : increment.entries) {
    if (is_in_scope(threshold.scope, entry.method, entry.name)) {
      stats::extend(result.entry, stats::EntryIncrement(entry));
    }
  }
  return result;
}

void Thresholds::add(Measured& into, const Measured& from) {
  stats::extend(into.entry, stats::EntryIncrement(from.entry));
  into.seconds += from.seconds;
  into.threads.resize(std::max(into.threads.size(), from.threads.size()));
  for (std::size_t i = 0; i < from.threads.size(); ++i) into.threads[i].add(from.threads[i]);
}

/// Of the worst thread; none if no coroutine has waited.
std::optional<double> Thresholds::late_percent(const std::vector<stats::Lateness>& threads) {
  std::optional<double> worst;
  for (const stats::Lateness& thread : threads) {
    if (thread.wakeups > 0) worst = std::max(worst.value_or(0), thread.late_percent());
  }
  return worst;
}

/// None if there is nothing to measure: a percentile of no requests.
std::optional<double> Thresholds::value(const Threshold& threshold, const Measured& measured) {
  using Metric = Threshold::Metric;
  const stats::EntryIncrement& entry = measured.entry;
  const bool has_times = entry.num_requests > entry.num_none_requests;
  switch (threshold.metric) {
    case Metric::kAverage:
      return has_times ? std::optional(stats::average_response_time(entry)) : std::nullopt;
    case Metric::kMin:
      return entry.min_response_time;
    case Metric::kMax:
      return has_times ? std::optional(entry.max_response_time) : std::nullopt;
    case Metric::kPercentile:
      return has_times ? std::optional(stats::response_time_percentile(entry, threshold.part))
                       : std::nullopt;
    case Metric::kRate:
      return measured.seconds > 0 ? static_cast<double>(entry.num_requests) / measured.seconds : 0;
    case Metric::kFailPercent:
      return stats::fail_ratio(entry) * 100;
    case Metric::kFails:
      return static_cast<double>(entry.num_failures);
    case Metric::kCount:
      return static_cast<double>(entry.num_requests);
    case Metric::kLatePercent:
      return late_percent(measured.threads);
  }
  return std::nullopt;
}

bool Thresholds::is_met(const Threshold& threshold, const std::optional<double>& value) {
  if (!value) return false;
  switch (threshold.comparison) {
    case Threshold::Comparison::kLess:
      return *value < threshold.limit;
    case Threshold::Comparison::kLessOrEqual:
      return *value <= threshold.limit;
    case Threshold::Comparison::kGreater:
      return *value > threshold.limit;
    case Threshold::Comparison::kGreaterOrEqual:
      return *value >= threshold.limit;
  }
  return false;
}

void Thresholds::add(const stats::StatsIncrement& increment, std::chrono::duration<double> elapsed,
                     bool is_second, const std::vector<stats::Lateness>& threads) {
  // What was measured in a second that began before the end of the warm-up belongs to it.
  const bool is_warm = elapsed_ >= warm_up_ - 0.5;
  elapsed_ += elapsed.count();
  if (!is_warm) return;
  for (Check& check : checks_) {
    Measured one = measured(check.threshold, increment, elapsed.count());
    if (check.threshold.metric == Threshold::Metric::kLatePercent) one.threads = threads;
    add(check.all, one);
    if (is_second) end_second(check, std::move(one));
  }
}

void Thresholds::end_second(Check& check, Measured second) {
  const Threshold& threshold = check.threshold;
  std::optional<double> failed_with;
  switch (threshold.window) {
    case Threshold::Window::kRun: {
      if (!threshold.stops) return;  // only the end counts
      const std::optional<double> now = value(threshold, check.all);
      if (is_met(threshold, now)) failed_with = now;
      break;
    }
    case Threshold::Window::kFor: {
      const std::optional<double> now = value(threshold, second);
      check.successive = is_met(threshold, now) ? check.successive + 1 : 0;
      if (check.successive >= threshold.seconds) failed_with = now;
      break;
    }
    case Threshold::Window::kWithin: {
      check.recent.push_back(std::move(second));
      const auto seconds = static_cast<std::size_t>(threshold.seconds);
      if (check.recent.size() > seconds) check.recent.pop_front();
      if (check.recent.size() < seconds) return;
      Measured together;
      for (const Measured& one : check.recent) add(together, one);
      const std::optional<double> now = value(threshold, together);
      if (is_met(threshold, now)) failed_with = now;
      break;
    }
  }
  if (!failed_with || check.failed_with) return;
  check.failed_with = failed_with;
  check.failed_after = elapsed_;
  if (threshold.stops && stop_ == nullptr) stop_ = &threshold;
}

void Thresholds::forget() {
  for (Check& check : checks_) check = {.threshold = std::move(check.threshold)};
  stop_ = nullptr;
}

/// The note for a scope without any row. Without it, a misspelled name would pass every check.
std::optional<std::string> Thresholds::missing_name(const Threshold& threshold,
                                                    const stats::StatsIncrement& all) {
  if (threshold.scope.empty()) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& [key, entry] : all.entries) {
    if (is_in_scope(threshold.scope, entry.method, entry.name)) return std::nullopt;
    names.push_back(entry.name);
    names.push_back(fmt::format("{} {}", entry.method, entry.name));
  }
  const std::string meant = text::most_similar(threshold.scope, names);
  return "no request has this name" +
         (meant.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", meant));
}

std::vector<Verdict> Thresholds::verdicts(const stats::StatsIncrement& all) const {
  std::vector<Verdict> verdicts;
  for (const Check& check : checks_) {
    const Threshold& threshold = check.threshold;
    Verdict verdict{.threshold = &threshold, .failed = false, .value = {}, .note = {}};
    const bool has_requests = check.all.entry.num_requests > 0 ||
                              check.all.entry.num_failures > 0 ||
                              threshold.metric == Threshold::Metric::kLatePercent;
    const std::optional<double> at_end = has_requests ? value(threshold, check.all) : std::nullopt;
    const std::optional<double> shown = check.failed_with ? check.failed_with : at_end;
    verdict.value = shown ? value_text(threshold, *shown) : "nothing measured";
    if (const auto missing = missing_name(threshold, all)) {
      verdict.failed = true;
      verdict.note = *missing;
    } else if (check.failed_with) {
      verdict.failed = true;
      verdict.note = fmt::format("after {:.0f} s", check.failed_after);
    } else if (!at_end) {
      verdict.failed = true;  // otherwise a run without any request would pass
    } else if (threshold.window == Threshold::Window::kRun) {
      verdict.failed = is_met(threshold, at_end);
    } else {
      verdict.note = "in the whole run";
    }
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

bool Thresholds::any_failed(const stats::StatsIncrement& all) const {
  for (const Verdict& verdict : verdicts(all)) {
    if (verdict.failed) return true;
  }
  return false;
}

}  // namespace cppworker::runner
