#include "report/compare.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <span>
#include <utility>

#include <boost/math/distributions/students_t.hpp>
#include <fmt/format.h>

#include <cppworker/exception.hpp>
#include <cppworker/json.hpp>

#include "base/check.hpp"
#include "stats/precision.hpp"

namespace cppworker::report {
namespace {

using Metric = Comparison::Metric;
using stats::EntryIncrement;
using Point = Timeline::Point;

constexpr std::size_t kMostBlocks = 20;
constexpr std::size_t kFewestBlocks = 5;
constexpr std::int64_t kShortestBlock = 2;  // seconds
constexpr int kResamples = 1'000;
constexpr std::uint64_t kSeed = 20;
/// All intervals of a comparison are right together with this probability.
constexpr double kConfidence = 0.99;
/// Two runs of the same system differ by this part, which one run can't show: the standard
/// deviation of rates and times from run to run.
constexpr double kRunToRun = 0.02;
/// The number of users counts as the same within this part.
constexpr double kUsersTolerance = 0.02;
/// A percentile needs this number of requests that took longer.
constexpr double kFewestBeyond = 10;
constexpr std::int64_t kFewestRequests = 20;

// --- the compared seconds ---

struct TimedPoint {
  std::int64_t begin = 0;
  double users_before = 0;
  double users = 0;
  const Point* point = nullptr;
};

/// The points of a run with their users, without incomplete ones.
std::vector<TimedPoint> timed_points(const RunReport& report, double warm_up) {
  std::vector<TimedPoint> points;
  const std::int64_t span = report.timeline.span();
  const TimedPoint nothing{.begin = 0, .users_before = -1, .users = -1};
  TimedPoint before = nothing;
  for (const auto& [begin, point] : report.timeline.points()) {
    TimedPoint one{.begin = begin, .users = point.users(), .point = &point};
    one.users_before = before.point != nullptr && before.begin + span == begin ? before.users : -1;
    const bool is_whole = static_cast<double>(begin) >= report.began + warm_up &&
                          static_cast<double>(begin + span) <= report.ended;
    if (is_whole) points.push_back(one);
    before = one;
  }
  return points;
}

bool is_steady(const TimedPoint& point, double users) {
  const double tolerance = users * kUsersTolerance;
  return std::abs(point.users - users) <= tolerance &&
         std::abs(point.users_before - users) <= tolerance;
}

std::vector<const Point*> steady_points(const std::vector<TimedPoint>& points, double users) {
  std::vector<const Point*> steady;
  for (const TimedPoint& point : points) {
    if (is_steady(point, users)) steady.push_back(point.point);
  }
  return steady;
}

/// The number of users with which both runs spent the most time; 0: none.
double common_users(const std::vector<TimedPoint>& a, std::int64_t span_a,
                    const std::vector<TimedPoint>& b, std::int64_t span_b) {
  std::set<double> candidates;
  for (const auto* points : {&a, &b}) {
    for (const TimedPoint& point : *points) {
      if (point.users > 0 && is_steady(point, point.users)) candidates.insert(point.users);
    }
  }
  double best = 0;
  std::int64_t longest = 0;
  for (const double users : candidates) {
    const auto seconds = [users](const auto& points, std::int64_t span) {
      return static_cast<std::int64_t>(steady_points(points, users).size()) * span;
    };
    const std::int64_t both = std::min(seconds(a, span_a), seconds(b, span_b));
    if (both >= longest && both > 0) {
      longest = both;
      best = users;
    }
  }
  return best;
}

double most_users(const std::vector<TimedPoint>& points) {
  double most = 0;
  for (const TimedPoint& point : points) most = std::max(most, point.users);
  return most;
}

// --- statistics of a run ---

/// The compared seconds of a run in blocks.
struct Blocks {
  std::vector<std::vector<const Point*>> points;
  std::vector<double> seconds;
  /// For each resample, how often it contains each block. The first one is the run itself.
  std::vector<std::vector<int>> weights;
};

Blocks make_blocks(const std::vector<const Point*>& points, std::int64_t span, std::uint64_t seed) {
  const auto seconds = static_cast<std::int64_t>(points.size()) * span;
  const std::size_t count =
      std::min({kMostBlocks, points.size(), static_cast<std::size_t>(seconds / kShortestBlock)});
  Blocks blocks;
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = static_cast<std::ptrdiff_t>(i * points.size() / count);
    const auto end = static_cast<std::ptrdiff_t>((i + 1) * points.size() / count);
    blocks.points.emplace_back(points.begin() + begin, points.begin() + end);
    blocks.seconds.push_back(static_cast<double>((end - begin) * span));
  }
  std::mt19937_64 random(seed);  // NOLINT(cert-msc51-cpp): the same output each time
  blocks.weights.assign(1, std::vector<int>(count, 1));
  for (int i = 0; i < kResamples && count > 0; ++i) {
    std::vector<int>& weights = blocks.weights.emplace_back(count, 0);
    for (std::size_t drawn = 0; drawn < count; ++drawn) ++weights[random() % count];
  }
  return blocks;
}

/// The measurements of one name in the blocks of a run.
class Sample {
 public:
  /// @param entry_of returns the entry in a point; may return null
  template <class EntryOf>
  Sample(const Blocks& blocks, const EntryOf& entry_of) : blocks_(blocks) {
    std::map<std::int64_t, std::size_t> columns;
    for (const auto& points : blocks.points) {
      stats::Counts times;
      Block& block = data_.emplace_back();
      for (const Point* point : points) {
        const EntryIncrement* entry = entry_of(*point);
        if (entry == nullptr) continue;
        block.requests += static_cast<double>(entry->num_requests);
        block.failures += static_cast<double>(entry->num_failures);
        block.timed += static_cast<double>(entry->num_requests - entry->num_none_requests);
        block.total_time += entry->total_response_time;
        times.add(stats::Counts(entry->response_times));
      }
      requests_ += static_cast<std::int64_t>(block.requests);
      timed_ += block.timed;
      for (const auto& [key, count] : times) columns.emplace(key, 0);
      block.times = std::move(times);
    }
    for (auto& [key, column] : columns) {
      column = keys_.size();
      keys_.push_back(key);
    }
    histogram_.assign(data_.size() * keys_.size(), 0);
    for (std::size_t i = 0; i < data_.size(); ++i) {
      for (const auto& [key, count] : data_[i].times) {
        histogram_[i * keys_.size() + columns[key]] = count;
      }
    }
  }

  [[nodiscard]] std::int64_t requests() const { return requests_; }
  [[nodiscard]] bool is_enough_for(Metric metric) const {
    switch (metric) {
      case Metric::kRate:
        return true;
      case Metric::kFailPercent:
        return requests_ >= kFewestRequests;
      case Metric::kAverage:
      case Metric::kP50:
        return timed_ >= kFewestRequests;
      case Metric::kP95:
        return timed_ * 0.05 >= kFewestBeyond;
      case Metric::kP99:
        return timed_ * 0.01 >= kFewestBeyond;
    }
    return false;
  }

  /// The values of all metrics for one resample.
  [[nodiscard]] std::array<double, Comparison::kMetrics> values(
      std::span<const int> weights) const {
    double seconds = 0;
    Block sum;
    std::vector<std::int64_t> histogram(keys_.size(), 0);
    for (std::size_t i = 0; i < data_.size(); ++i) {
      const int weight = weights[i];
      if (weight == 0) continue;
      seconds += weight * blocks_.seconds[i];
      sum.requests += weight * data_[i].requests;
      sum.failures += weight * data_[i].failures;
      sum.timed += weight * data_[i].timed;
      sum.total_time += weight * data_[i].total_time;
      const std::int64_t* const row = histogram_.data() + i * keys_.size();
      for (std::size_t key = 0; key < keys_.size(); ++key) histogram[key] += weight * row[key];
    }
    const auto ratio = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
    return {ratio(sum.requests, seconds),     100 * ratio(sum.failures, sum.requests),
            ratio(sum.total_time, sum.timed), percentile(histogram, 0.5),
            percentile(histogram, 0.95),      percentile(histogram, 0.99)};
  }

  struct Estimate {
    double value = 0;
    double variance = 0;
  };
  /// The values of the run and their variances, estimated by the resamples.
  [[nodiscard]] std::array<Estimate, Comparison::kMetrics> estimates() const {
    std::array<Estimate, Comparison::kMetrics> result;
    std::array<double, Comparison::kMetrics> sums{};
    std::array<double, Comparison::kMetrics> squares{};
    for (std::size_t i = 0; i < blocks_.weights.size(); ++i) {
      const auto of_resample = values(blocks_.weights[i]);
      for (std::size_t m = 0; m < Comparison::kMetrics; ++m) {
        if (i == 0) {
          result[m].value = of_resample[m];
          continue;
        }
        const double deviation = of_resample[m] - result[m].value;
        sums[m] += deviation;
        squares[m] += deviation * deviation;
      }
    }
    // With k blocks, the resamples vary less than the seconds do, by the factor (k - 1) / k.
    const auto blocks = static_cast<double>(data_.size());
    for (std::size_t m = 0; m < Comparison::kMetrics; ++m) {
      const double mean = sums[m] / kResamples;
      result[m].variance =
          std::max(0.0, squares[m] / kResamples - mean * mean) * blocks / (blocks - 1);
    }
    return result;
  }

 private:
  struct Block {
    double requests = 0;
    double failures = 0;
    double timed = 0;
    double total_time = 0;
    stats::Counts times{};
  };

  /// As stats::response_time_percentile().
  [[nodiscard]] double percentile(const std::vector<std::int64_t>& histogram, double part) const {
    std::int64_t all = 0;
    for (const std::int64_t count : histogram) all += count;
    if (all == 0) return 0;
    std::int64_t above = 0;
    for (std::size_t key = keys_.size(); key-- > 0;) {
      above += histogram[key];
      if (histogram[key] > 0 &&
          static_cast<double>(all - above) <= static_cast<double>(all) * part) {
        return static_cast<double>(keys_[key]) / 1'000;
      }
    }
    return 0;
  }

  const Blocks& blocks_;
  std::vector<Block> data_;
  std::vector<std::int64_t> keys_;       // of all response times, µs
  std::vector<std::int64_t> histogram_;  // a row of counts by key for each block
  std::int64_t requests_ = 0;
  double timed_ = 0;
};

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

RawRow raw_row(const Sample& a, const Sample& b, std::size_t blocks_a, std::size_t blocks_b,
               stats::Precision precision) {
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

std::string name_of(const RunReport& report) {
  CHECK(!report.sources.empty());
  return report.sources.front().file;
}

void add_fact_notes(const RunReport& a, const RunReport& b, std::vector<std::string>& notes) {
  const auto fact = [](const RunReport& report, const char* key) {
    for (const auto& [name, value] : report.sources.front().facts) {
      if (name == Value(key))
        return value.as_string() == nullptr ? to_json(value) : *value.as_string();
    }
    return std::string();
  };
  for (const char* key :
       {"program", "machine", "locustfiles", "host", "threads", "response_time_precision"}) {
    const std::string of_a = fact(a, key);
    const std::string of_b = fact(b, key);
    if (of_a != of_b)
      notes.push_back(fmt::format("The runs differ in {}: {} and {}", key, of_a, of_b));
  }
}

void add_run_notes(const RunReport& report, std::vector<std::string>& notes) {
  const RunReport::Source& source = report.sources.front();
  if (!source.is_complete) {
    notes.push_back(source.file + " has no end: the process was killed, or the run goes on");
  }
  for (const std::string& damage : source.damage) notes.push_back(source.file + ": " + damage);
  if (report.generator.outcome == GeneratorVerdict::Outcome::kNotSound) {
    notes.push_back(source.file + ": " + generator_lines(report.generator, report.began).front());
  }
}

[[noreturn]] void fail_without_common_users(const RunReport& a, double most_a, const RunReport& b,
                                            double most_b) {
  throw Error(fmt::format(
      "There is nothing to compare: no second of {} (up to {:.0f} users) and of {} (up to {:.0f} "
      "users) has the same number of users that does not change. Compare runs with the same "
      "number of users that stays the same for at least {} s",
      name_of(a), most_a, name_of(b), most_b,
      static_cast<std::int64_t>(kFewestBlocks) * kShortestBlock));
}

void check_length(const Comparison::Part& part, double users) {
  if (part.blocks >= kFewestBlocks) return;
  throw Error(fmt::format(
      "{} is too short: it has only {} s with {:.0f} users (after --warm-up). At least {} s are "
      "needed; a minute or more is better",
      part.file, part.seconds, users, static_cast<std::int64_t>(kFewestBlocks) * kShortestBlock));
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
    const std::vector<const Point*> steady = steady_points(points, result.users);
    Blocks blocks = make_blocks(steady, report.timeline.span(), seed);
    into = {.file = name_of(report),
            .seconds = static_cast<std::int64_t>(steady.size()) * report.timeline.span(),
            .all_seconds = std::max<std::int64_t>(0, std::llround(report.ended - report.began)),
            .blocks = blocks.points.size()};
    check_length(into, result.users);
    return blocks;
  };
  const Blocks blocks_a = part(a, points_a, result.a, kSeed);
  const Blocks blocks_b = part(b, points_b, result.b, kSeed + 1);
  // The coarser of both; a step of Locust's precision is never smaller than others.
  const stats::Precision precision = std::min(a.precision, b.precision);

  std::vector<RawRow> raw;
  const auto add = [&](std::string method, std::string name, const auto& entry_of) {
    const Sample of_a(blocks_a, entry_of);
    const Sample of_b(blocks_b, entry_of);
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
    add(key.second, key.first, [&key](const Point& point) -> const EntryIncrement* {
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
  add("", "Aggregated", [](const Point& point) { return &point.increment.total; });

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
