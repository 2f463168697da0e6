#include "report/compare.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <boost/math/distributions/students_t.hpp>
#include <fmt/format.h>

#include <cppworker/exception.hpp>
#include <cppworker/json.hpp>

#include "base/check.hpp"
#include "report/block_sample.hpp"
#include "report/steady_points.hpp"
#include "stats/precision.hpp"

namespace cppworker::report {
namespace {

using Metric = Comparison::Metric;
using stats::EntryIncrement;

constexpr std::size_t kFewestBlocks = 5;
constexpr std::int64_t kShortestRun = 10;  // seconds
constexpr std::uint64_t kSeed = 20;
/// All intervals of a comparison are right together with this probability.
constexpr double kConfidence = 0.99;
/// Two runs of the same system differ by this part, which one run can't show: the standard
/// deviation of rates and times from run to run.
constexpr double kRunToRun = 0.02;

// --- differences ---

/// The width of the histogram's step at this time.
double step_ms(double ms, stats::Precision precision) {
  const std::int64_t index = stats::bucket_index(ms, precision);
  return static_cast<double>(stats::bucket_key_us(index + 1, precision) -
                             stats::bucket_key_us(index, precision)) /
         1'000;
}

/// The variance of a difference that the resamples do not show.
double other_variance(Metric metric, double a, double b, stats::Precision precision) {
  if (metric == Metric::kFailPercent) return 0;
  const double run_to_run = kRunToRun * (a + b) / 2;
  double variance = run_to_run * run_to_run;
  if (metric >= Metric::kP50) {
    // Both percentiles are rounded: each has the variance of a uniform distribution.
    const double step = step_ms(std::max(a, b), precision);
    variance += step * step / 6;
  }
  return variance;
}

/// A difference before the number of all differences, and so the width of its interval, is known.
struct Raw {
  Comparison::Difference difference;
  double error = 0;    ///< standard error
  double freedom = 1;  ///< degrees of freedom (Welch and Satterthwaite)
};

using RawRow = std::array<Raw, Comparison::kMetrics>;

RawRow raw_row(const BlockSample& a, const BlockSample& b, std::size_t blocks_a,
               std::size_t blocks_b, stats::Precision precision) {
  const auto of_a = a.estimates();
  const auto of_b = b.estimates();
  RawRow row;
  for (std::size_t m = 0; m < Comparison::kMetrics; ++m) {
    const auto metric = static_cast<Metric>(m);
    Raw& raw = row[m];
    raw.difference.is_measured = a.is_enough_for(metric) && b.is_enough_for(metric);
    raw.difference.a = of_a[m].value;
    raw.difference.b = of_b[m].value;
    const double variance = of_a[m].variance + of_b[m].variance +
                            other_variance(metric, of_a[m].value, of_b[m].value, precision);
    raw.error = std::sqrt(variance);
    const double denominator =
        of_a[m].variance * of_a[m].variance / static_cast<double>(blocks_a - 1) +
        of_b[m].variance * of_b[m].variance / static_cast<double>(blocks_b - 1);
    constexpr double kMany = 1e6;
    raw.freedom = denominator > 0 ? std::min(kMany, variance * variance / denominator) : kMany;
  }
  return row;
}

// --- texts ---

double most_users(const std::vector<TimedPoint>& points) {
  double most = 0;
  for (const TimedPoint& point : points) most = std::max(most, point.users);
  return most;
}

std::string name_of(const RunReport& report) {
  CHECK(!report.sources.empty());
  std::string files;
  for (const RunReport::Source& source : report.sources) {
    files += (files.empty() ? "" : ",") + source.file;
  }
  return files;
}

/// Of each worker, without repetitions.
std::string fact_of(const RunReport& report, const char* key) {
  std::vector<std::string> values;
  for (const RunReport::Source& source : report.sources) {
    for (const auto& [name, value] : source.facts) {
      if (name != Value(key)) continue;
      std::string text = value.as_string() == nullptr ? to_json(value) : *value.as_string();
      if (std::ranges::find(values, text) == values.end()) values.push_back(std::move(text));
    }
  }
  std::ranges::sort(values);
  return fmt::format("{}", fmt::join(values, ", "));
}

void add_fact_notes(const RunReport& a, const RunReport& b, std::vector<std::string>& notes) {
  if (a.sources.size() != b.sources.size()) {
    notes.push_back(fmt::format("The runs differ in the number of run files: {} and {}",
                                a.sources.size(), b.sources.size()));
  }
  for (const char* key :
       {"program", "machine", "locustfiles", "host", "threads", "response_time_precision"}) {
    const std::string of_a = fact_of(a, key);
    const std::string of_b = fact_of(b, key);
    if (of_a != of_b)
      notes.push_back(fmt::format("The runs differ in {}: {} and {}", key, of_a, of_b));
  }
}

void add_run_notes(const RunReport& report, std::vector<std::string>& notes) {
  for (const RunReport::Source& source : report.sources) {
    if (!source.is_complete) {
      notes.push_back(source.file + " has no end: the process was killed, or the run goes on");
    }
    for (const std::string& damage : source.damage) notes.push_back(source.file + ": " + damage);
  }
  if (report.generator.outcome == GeneratorVerdict::Outcome::kNotSound) {
    notes.push_back(name_of(report) + ": " +
                    generator_lines(report.generator, report.began).front());
  }
}

[[noreturn]] void fail_without_common_users(const RunReport& a, double most_a, const RunReport& b,
                                            double most_b) {
  throw Error(fmt::format(
      "There is nothing to compare: no second of {} (up to {:.0f} users) and of {} (up to {:.0f} "
      "users) has the same number of users that does not change. Compare runs with the same "
      "number of users that stays the same for at least {} s",
      name_of(a), most_a, name_of(b), most_b, kShortestRun));
}

/// @param span seconds of a point
void check_length(const Comparison::Part& part, double users, std::int64_t span) {
  if (part.blocks >= kFewestBlocks) return;
  throw Error(fmt::format(
      "{} is too short: it has only {} s with {:.0f} users (after --warm-up). At least {} s are "
      "needed; a minute or more is better",
      part.file, part.seconds, users,
      std::max(kShortestRun, static_cast<std::int64_t>(kFewestBlocks) * span)));
}

}  // namespace

bool Comparison::Difference::is_shown() const { return is_measured && std::abs(b - a) > margin; }

bool Comparison::Row::is_flagged() const {
  return std::ranges::any_of(differences, &Difference::is_shown);
}

std::size_t Comparison::flagged_rows() const {
  return static_cast<std::size_t>(std::ranges::count_if(rows, &Row::is_flagged));
}

Comparison compare(const RunReport& a, const RunReport& b, double warm_up) {
  Comparison result;
  const std::vector<TimedPoint> points_a = timed_points(a, warm_up);
  const std::vector<TimedPoint> points_b = timed_points(b, warm_up);
  const std::int64_t span_a = a.timeline.span();
  const std::int64_t span_b = b.timeline.span();
  result.users = common_users(points_a, span_a, points_b, span_b);
  if (result.users == 0) {
    fail_without_common_users(a, most_users(points_a), b, most_users(points_b));
  }
  const auto part = [&](const RunReport& report, const std::vector<TimedPoint>& points,
                        Comparison::Part& into, std::uint64_t seed) {
    const std::vector<const Timeline::Point*> steady = steady_points(points, result.users);
    Blocks blocks = make_blocks(steady, report.timeline.span(), seed);
    into = {.file = name_of(report),
            .seconds = static_cast<std::int64_t>(steady.size()) * report.timeline.span(),
            .all_seconds = std::max<std::int64_t>(0, std::llround(report.ended - report.began)),
            .blocks = blocks.points.size()};
    check_length(into, result.users, report.timeline.span());
    return blocks;
  };
  const Blocks blocks_a = part(a, points_a, result.a, kSeed);
  const Blocks blocks_b = part(b, points_b, result.b, kSeed + 1);
  // The coarser of both; a step of Locust's precision is never smaller than others.
  const stats::Precision precision = std::min(a.precision, b.precision);

  std::vector<RawRow> raw;
  const auto add = [&](std::string method, std::string name, const auto& entry_of) {
    const BlockSample of_a(blocks_a, entry_of);
    const BlockSample of_b(blocks_b, entry_of);
    result.rows.push_back({.method = std::move(method),
                           .name = std::move(name),
                           .requests_a = of_a.requests(),
                           .requests_b = of_b.requests()});
    raw.push_back(raw_row(of_a, of_b, result.a.blocks, result.b.blocks, precision));
  };
  std::set<std::pair<std::string, std::string>> keys;
  for (const auto* run : {&a, &b}) {
    for (const auto& [key, entry] : run->all.entries) keys.insert(key);
  }
  for (const auto& key : keys) {
    add(key.second, key.first, [&key](const Timeline::Point& point) -> const EntryIncrement* {
      const auto found = point.increment.entries.find(key);
      return found == point.increment.entries.end() ? nullptr : &found->second;
    });
    Comparison::Row& row = result.rows.back();
    row.is_in_a = a.all.entries.contains(key);
    row.is_in_b = b.all.entries.contains(key);
    if (row.requests_a == 0 || row.requests_b == 0) {
      for (Raw& one : raw.back()) one.difference.is_measured = false;
    }
  }
  add("", "Aggregated", [](const Timeline::Point& point) { return &point.increment.total; });

  std::size_t measured = 0;
  for (const RawRow& row : raw) {
    measured += static_cast<std::size_t>(
        std::ranges::count_if(row, [](const Raw& one) { return one.difference.is_measured; }));
  }
  for (std::size_t i = 0; i < raw.size(); ++i) {
    for (std::size_t m = 0; m < Comparison::kMetrics; ++m) {
      Raw& one = raw[i][m];
      const double tail =
          (1 - kConfidence) / 2 / static_cast<double>(std::max<std::size_t>(1, measured));
      const boost::math::students_t distribution(one.freedom);
      one.difference.margin =
          one.error * boost::math::quantile(boost::math::complement(distribution, tail));
      result.rows[i].differences[m] = one.difference;
    }
  }
  add_fact_notes(a, b, result.notes);
  add_run_notes(a, result.notes);
  add_run_notes(b, result.notes);
  return result;
}

std::string_view metric_name(Metric metric) {
  static constexpr std::array<std::string_view, Comparison::kMetrics> kNames = {
      "req/s", "fail%", "avg", "p50", "p95", "p99"};
  return kNames.at(static_cast<std::size_t>(metric));
}

std::string difference_text(Metric metric, const Comparison::Difference& difference) {
  if (!difference.is_measured) return "-";
  const double change = difference.b - difference.a;
  const double scale = metric == Metric::kFailPercent ? 1 : 100 / difference.a;
  if (metric != Metric::kFailPercent && difference.a <= 0) {
    return fmt::format("{:+.2f} ±{:.2f}", change, difference.margin);
  }
  return fmt::format("{:+.{}f} ±{:.{}f} {}", change * scale, scale == 1 ? 2 : 1,
                     difference.margin * scale, scale == 1 ? 2 : 1,
                     metric == Metric::kFailPercent ? "pp" : "%");
}

}  // namespace cppworker::report
