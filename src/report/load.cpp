#include "report/load.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "stats/entry_numbers.hpp"

namespace cppworker::report {

const char* const kKneeRule =
    "A point in time is bad if more than 1 % of its requests fail, or if the p99 of successful "
    "requests (the median of this point and of the two next points with less and with more load) "
    "is "
    "more than twice the median p99 of the third of the points with the lowest load, and at least "
    "5 "
    "ms above it. The knee separates the good points, with less load, from the bad "
    "ones, with more load, so that the fewest points are on the wrong side. Requests/s and users "
    "are both tried, and the one with fewer points on the wrong side is taken. There is a knee if "
    "at least 3 points below it are good, at least 3 points above it are bad, and at most one "
    "point "
    "in 8 is on the wrong side.";

namespace {

constexpr double kBadRatio = 0.01;
constexpr double kSlower = 2;      // times the p99 at low load
constexpr double kSlowerByMs = 5;  // at least
constexpr std::size_t kFewestBad = 3;
constexpr std::size_t kFewestGood = 3;
constexpr std::size_t kExceptionsIn = 8;  // one point of these may be on the wrong side
constexpr std::size_t kFewestPoints = 8;
constexpr double kRamp = 1.25;  // the load of a ramp grows at least by this factor

/// A point of the timeline that is long enough for rates.
struct Moment {
  const stats::StatsIncrement* measured = nullptr;
  double seconds = 0;
  double users = 0;
  double requests_per_s = 0;
  std::optional<double> p99_ms;  // of successes
};

std::optional<double> percentile_of(const stats::Counts& times, double part) {
  if (times.empty()) return std::nullopt;
  std::int64_t count = 0;
  for (const auto& [key, number] : times) count += number;
  return stats::response_time_percentile(times, count, part);
}

stats::Counts times_of_successes(const stats::EntryIncrement& entry) {
  return entry.response_times.without(entry.failed_response_times);
}

double failure_ratio(const Moment& moment) { return stats::fail_ratio(moment.measured->total); }

std::vector<Moment> moments_of(const RunReport& report) {
  std::vector<Moment> moments;
  for (const auto& [begin, point] : report.timeline.points()) {
    const double seconds = covered_seconds(report, begin);
    const stats::EntryIncrement& total = point.increment.total;
    if (total.num_requests == 0 || seconds < 0.5 * static_cast<double>(report.timeline.span())) {
      continue;
    }
    moments.push_back({.measured = &point.increment,
                       .seconds = seconds,
                       .users = point.users(),
                       .requests_per_s = static_cast<double>(total.num_requests) / seconds,
                       .p99_ms = percentile_of(times_of_successes(total), 0.99)});
  }
  return moments;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

// --- steps ---

/// 1, 2, 2.5 or 5 times a power of ten, so that there are at most 20 steps.
double step_width(double highest) {
  constexpr double kMostSteps = 20;
  const double least = std::max(highest, 1.0) / kMostSteps;
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (factor * power >= least) return factor * power;
  }
  return 10 * power;
}

LoadStep step_of(const std::vector<const Moment*>& moments) {
  LoadStep step;
  stats::Counts times;
  std::map<std::pair<std::string, std::string>, std::int64_t> failures;  // by name and method
  for (const Moment* moment : moments) {
    const stats::EntryIncrement& total = moment->measured->total;
    step.seconds += moment->seconds;
    step.users += moment->users * moment->seconds;
    step.requests += total.num_requests;
    step.failures += total.num_failures;
    times.add(times_of_successes(total));
    for (const auto& [key, entry] : moment->measured->entries) {
      if (entry.num_failures > 0) failures[key] += entry.num_failures;
    }
  }
  step.users /= step.seconds;
  step.requests_per_s = static_cast<double>(step.requests) / step.seconds;
  step.p50_ms = percentile_of(times, 0.5);
  step.p95_ms = percentile_of(times, 0.95);
  step.p99_ms = percentile_of(times, 0.99);
  for (const auto& [key, count] : failures) {
    if (count <= step.worst_failures) continue;
    step.worst_failures = count;
    step.worst = key.second.empty() ? key.first : key.second + ' ' + key.first;
  }
  return step;
}

std::vector<LoadStep> steps_by(const std::vector<Moment>& moments, double Moment::*load) {
  double highest = 0;
  for (const Moment& moment : moments) highest = std::max(highest, moment.*load);
  const double width = step_width(highest);
  std::map<std::int64_t, std::vector<const Moment*>> groups;
  for (const Moment& moment : moments) {
    groups[static_cast<std::int64_t>(moment.*load / width)].push_back(&moment);
  }
  std::vector<LoadStep> steps;
  for (const auto& [number, group] : groups) {
    LoadStep step = step_of(group);
    step.from = static_cast<double>(number) * width;
    step.until = static_cast<double>(number + 1) * width;
    steps.push_back(std::move(step));
  }
  return steps;
}

// --- the knee ---

/// Points by load, and where to separate them.
struct Separation {
  std::vector<Moment> moments;  // by load
  std::vector<bool> is_bad;
  std::size_t place = 0;  // moments before it are below the knee
  std::size_t exceptions = 0;

  [[nodiscard]] std::size_t good_below() const {
    return static_cast<std::size_t>(
        std::count(is_bad.begin(), is_bad.begin() + static_cast<std::ptrdiff_t>(place), false));
  }
  [[nodiscard]] std::size_t bad_above() const {
    return static_cast<std::size_t>(
        std::count(is_bad.begin() + static_cast<std::ptrdiff_t>(place), is_bad.end(), true));
  }
};

/// The p99 above which a point is bad.
double slow_from(const std::vector<Moment>& by_load) {
  std::vector<double> low;
  for (std::size_t i = 0; i < (by_load.size() + 2) / 3; ++i) {
    if (by_load[i].p99_ms) low.push_back(*by_load[i].p99_ms);
  }
  const double usual = median(std::move(low));
  return std::max(usual * kSlower, usual + kSlowerByMs);
}

/// The p99 around a point. One or two seconds in which something else disturbed the server do not
/// change it.
std::optional<double> p99_around(const std::vector<Moment>& by_load, std::size_t place) {
  constexpr std::size_t kNeighbours = 2;  // on each side
  std::vector<double> times;
  const std::size_t end = std::min(place + kNeighbours + 1, by_load.size());
  for (std::size_t i = place - std::min(place, kNeighbours); i < end; ++i) {
    if (by_load[i].p99_ms) times.push_back(*by_load[i].p99_ms);
  }
  return times.empty() ? std::nullopt : std::optional(median(std::move(times)));
}

Separation separate(std::vector<Moment> moments, double Moment::*load) {
  std::ranges::stable_sort(moments, {}, load);
  Separation best;
  best.moments = std::move(moments);
  const double limit = slow_from(best.moments);
  for (std::size_t i = 0; i < best.moments.size(); ++i) {
    const std::optional<double> p99_ms = p99_around(best.moments, i);
    best.is_bad.push_back(failure_ratio(best.moments[i]) > kBadRatio ||
                          (p99_ms && *p99_ms > limit));
  }
  // With everything above the knee, the good points are exceptions.
  auto exceptions = static_cast<std::size_t>(std::ranges::count(best.is_bad, false));
  best.exceptions = exceptions;
  for (std::size_t i = 0; i < best.moments.size(); ++i) {
    exceptions = best.is_bad[i] ? exceptions + 1 : exceptions - 1;
    const bool can_separate =
        i + 1 == best.moments.size() || best.moments[i].*load < best.moments[i + 1].*load;
    if (can_separate && exceptions <= best.exceptions) {
      best.exceptions = exceptions;
      best.place = i + 1;
    }
  }
  return best;
}

Knee knee_of(const Separation& separation, Knee::Axis axis) {
  Knee knee{.axis = axis, .points = separation.moments.size(), .exceptions = separation.exceptions};
  std::vector<double> successes;
  std::int64_t requests = 0;
  std::int64_t failures = 0;
  for (std::size_t i = 0; i < separation.moments.size(); ++i) {
    const Moment& moment = separation.moments[i];
    const stats::EntryIncrement& total = moment.measured->total;
    if (i < separation.place) {
      if (separation.is_bad[i]) continue;
      knee.requests_per_s = std::max(knee.requests_per_s, moment.requests_per_s);
      knee.users = std::max(knee.users, moment.users);
    } else {
      successes.push_back(moment.requests_per_s * (1 - failure_ratio(moment)));
      requests += total.num_requests;
      failures += total.num_failures;
    }
  }
  knee.successes_per_s = median(std::move(successes));
  knee.failure_ratio =
      requests == 0 ? 0 : static_cast<double>(failures) / static_cast<double>(requests);
  return knee;
}

std::string text_of(const Knee& knee) {
  return fmt::format(
      "The server keeps up to {:.0f} requests/s ({:.0f} users). Above that, {:.1f} % of the "
      "requests fail and {:.0f} requests/s succeed.",
      knee.requests_per_s, knee.users, knee.failure_ratio * 100, knee.successes_per_s);
}

void find_knee(const std::vector<Moment>& moments, LoadReport& report) {
  if (moments.size() < kFewestPoints) {
    report.conclusion = "No knee: the run is too short for this.";
    return;
  }
  const auto [fewest, most] = std::ranges::minmax(moments, {}, &Moment::users);
  if (most.users < fewest.users * kRamp) {
    report.conclusion =
        "No knee: the number of users did not change enough. Use a ramp: a low spawn rate, or "
        "--stages.";
    return;
  }
  const Separation by_requests = separate(moments, &Moment::requests_per_s);
  const Separation by_users = separate(moments, &Moment::users);
  const bool takes_users = by_users.exceptions < by_requests.exceptions;
  const Separation& best = takes_users ? by_users : by_requests;
  const auto bad = static_cast<std::size_t>(std::ranges::count(best.is_bad, true));
  if (best.place == 0) {
    report.conclusion = "No knee: the server did not keep up at any load.";
  } else if (bad < kFewestBad) {
    report.conclusion = fmt::format(
        "No knee: the server kept up at all loads, up to {:.0f} requests/s and {:.0f} users.",
        by_requests.moments.back().requests_per_s, by_users.moments.back().users);
  } else if (best.good_below() < kFewestGood) {
    report.conclusion = fmt::format(
        "No knee: the server kept up in only {} of {} points, at low load. At least {} are needed.",
        best.good_below(), moments.size(), kFewestGood);
  } else if (best.bad_above() < kFewestBad || best.exceptions * kExceptionsIn > moments.size()) {
    report.conclusion =
        "No knee: there are good and bad points at the same load. Something other than the load "
        "matters.";
  } else {
    report.knee = knee_of(best, takes_users ? Knee::Axis::kUsers : Knee::Axis::kRequests);
    report.conclusion = text_of(*report.knee);
  }
}

}  // namespace

double covered_seconds(const RunReport& report, std::int64_t begin) {
  const double from = std::max(static_cast<double>(begin), report.began);
  const double until = std::min(static_cast<double>(begin + report.timeline.span()), report.ended);
  return std::max(0.0, until - from);
}

LoadReport load_report(const RunReport& report) {
  const std::vector<Moment> moments = moments_of(report);
  LoadReport load;
  if (moments.empty()) {
    load.conclusion = "No knee: there are no requests.";
    return load;
  }
  load.by_users = steps_by(moments, &Moment::users);
  load.by_requests = steps_by(moments, &Moment::requests_per_s);
  find_knee(moments, load);
  return load;
}

}  // namespace cppworker::report
