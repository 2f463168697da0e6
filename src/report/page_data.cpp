#include "report/page_data.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <cppworker/json.hpp>
#include <cppworker/value.hpp>

#include "report/load.hpp"
#include "report/packed_numbers.hpp"
#include "report/page_samples.hpp"
#include "report/run_json.hpp"
#include "stats/entry_numbers.hpp"

namespace cppworker::report {
namespace {

using stats::Counts;
using stats::EntryIncrement;
using Key = std::pair<std::string, std::string>;

constexpr std::array<double, 3> kParts = {0.5, 0.95, 0.99};
constexpr std::int64_t kNone = -1;  // no response time

std::int64_t count_of(const Counts& times) {
  std::int64_t count = 0;
  for (const auto& [key, number] : times) count += number;
  return count;
}

/// The response times that occur in the data. The charts have their indexes, which are smaller than
/// the times.
class Levels {
 public:
  void add(std::int64_t time_us) { times_.push_back(time_us); }
  void add(const Counts& times) {
    for (const auto& [key, count] : times) times_.push_back(key);
  }
  /// Call it after the last add().
  void sort() {
    std::ranges::sort(times_);
    times_.erase(std::unique(times_.begin(), times_.end()), times_.end());
  }
  [[nodiscard]] std::int64_t index_of(std::int64_t time_us) const {
    return std::ranges::lower_bound(times_, time_us) - times_.begin();
  }
  [[nodiscard]] std::string packed() const {
    PackedNumbers numbers;
    for (const std::int64_t time : times_) numbers.add_difference(time);
    return std::move(numbers).take();
  }

 private:
  std::vector<std::int64_t> times_;
};

/// p50, p95 and p99 over time.
class PercentileColumns {
 public:
  void add(const Counts& times) {
    const std::int64_t count = count_of(times);
    for (std::size_t i = 0; i < kParts.size(); ++i) {
      columns_[i].push_back(
          times.empty()
              ? kNone
              : std::llround(stats::response_time_percentile(times, count, kParts[i]) * 1'000));
    }
  }
  void add_to(Levels& levels) const {
    for (const auto& column : columns_) {
      std::int64_t last = kNone;
      for (const std::int64_t time : column) {
        if (time != kNone && time != last) levels.add(time);
        last = time;
      }
    }
  }
  /// The index of the level plus 1; 0: none.
  [[nodiscard]] Value packed(const Levels& levels) const {
    Value::List texts;
    for (const auto& column : columns_) {
      PackedNumbers numbers;
      for (const std::int64_t time : column) {
        numbers.add_difference(time == kNone ? 0 : levels.index_of(time) + 1);
      }
      texts.emplace_back(std::move(numbers).take());
    }
    return texts;
  }

 private:
  std::array<std::vector<std::int64_t>, kParts.size()> columns_;
};

/// Response times over time, in classes: 10 for each power of ten, from 10 µs on.
class Heat {
 public:
  static constexpr int kPerDecade = 10;
  static constexpr std::int64_t kMostColumns = 180;        // of all requests
  static constexpr std::int64_t kMostColumnsOfEntry = 90;  // for the size of the page

  void begin_column() { counts_.fill(0); }
  void add(const Counts& times) {
    const auto& bounds = upper_bounds();
    std::size_t bin = 0;
    for (const auto& [key, count] : times) {
      while (bin + 1 < bounds.size() && key >= bounds[bin]) ++bin;
      counts_[bin] += count;
    }
  }
  /// The number of classes, the first of them, and their counts.
  void end_column() {
    const auto is_used = [](std::int64_t count) { return count > 0; };
    const auto first = std::ranges::find_if(counts_, is_used);
    const auto end = std::find_if(counts_.rbegin(), counts_.rend(), is_used).base();
    numbers_.add(std::max<std::int64_t>(0, end - first));
    if (first >= end) return;
    numbers_.add(first - counts_.begin());
    for (auto count = first; count != end; ++count) numbers_.add(*count);
  }
  [[nodiscard]] std::string take() && { return std::move(numbers_).take(); }

 private:
  static constexpr std::size_t kBins = 91;  // the last one begins at 10^4 s

  static const std::array<std::int64_t, kBins>& upper_bounds() {
    static const std::array<std::int64_t, kBins> bounds = [] {
      std::array<std::int64_t, kBins> result{};
      for (std::size_t i = 0; i < kBins; ++i) {
        result[i] = std::llround(std::pow(10, 1 + static_cast<double>(i) / kPerDecade));
      }
      return result;
    }();
    return bounds;
  }

  std::array<std::int64_t, kBins> counts_{};
  PackedNumbers numbers_;
};

/// What the charts show of one entry.
class ChartSeries {
 public:
  /// @param column_span the seconds of a column of the heatmap
  explicit ChartSeries(std::int64_t column_span) : column_span_(column_span) {}

  /// @param entry null: it was not requested in this point
  void add(std::int64_t begin, const EntryIncrement* entry) {
    static const EntryIncrement nothing;
    const EntryIncrement& one = entry == nullptr ? nothing : *entry;
    const bool is_timed = !one.response_times.empty();
    requests_.add_difference(one.num_requests);
    failures_.add_difference(one.num_failures);
    all_.add(one.response_times);
    max_.add_difference(is_timed ? std::llround(std::max(0.0, one.max_response_time) * 100) + 1
                                 : 0);
    if (one.failed_response_times.empty()) {
      successes_.add(one.response_times);
    } else {
      has_failures_ = true;
      successes_.add(one.response_times.without(one.failed_response_times));
    }
    failed_.add(one.failed_response_times);
    add_heat(begin, one);
  }
  void add_to(Levels& levels) const {
    all_.add_to(levels);
    if (!has_failures_) return;
    successes_.add_to(levels);
    failed_.add_to(levels);
  }
  [[nodiscard]] Value take(const Levels& levels) && {
    end_column();
    Value::Map members = {{"requests", std::move(requests_).take()},
                          {"failures", std::move(failures_).take()},
                          {"max", std::move(max_).take()},
                          {"all", all_.packed(levels)},
                          {"column_s", column_span_},
                          {"heat", std::move(heat_).take()}};
    if (has_failures_) {
      members.emplace_back("success", successes_.packed(levels));
      members.emplace_back("failure", failed_.packed(levels));
      members.emplace_back("failure_heat", std::move(failure_heat_).take());
    }
    return members;
  }

 private:
  void add_heat(std::int64_t begin, const EntryIncrement& entry) {
    while (column_end_ <= begin) {
      if (column_end_ != 0) end_column();
      column_end_ = column_end_ == 0 ? begin + column_span_ : column_end_ + column_span_;
      heat_.begin_column();
      failure_heat_.begin_column();
    }
    heat_.add(entry.response_times);
    failure_heat_.add(entry.failed_response_times);
  }
  void end_column() {
    heat_.end_column();
    failure_heat_.end_column();
  }

  const std::int64_t column_span_;
  std::int64_t column_end_ = 0;  // 0: none has begun
  bool has_failures_ = false;
  PackedNumbers requests_, failures_, max_;
  PercentileColumns all_, successes_, failed_;
  Heat heat_, failure_heat_;
};

/// A multiple of the points' span, so that there are at most `most` columns.
std::int64_t column_span(const Timeline& timeline, std::int64_t most) {
  if (timeline.points().empty()) return 1;
  const std::int64_t span = timeline.span();
  const std::int64_t length = timeline.points().rbegin()->first - timeline.points().begin()->first;
  return span * (length / span / most + 1);
}

/// `key` null: all requests.
ChartSeries series_of(const Timeline& timeline, const Key* key) {
  ChartSeries series(
      column_span(timeline, key == nullptr ? Heat::kMostColumns : Heat::kMostColumnsOfEntry));
  for (const auto& [begin, point] : timeline.points()) {
    if (key == nullptr) {
      series.add(begin, &point.increment.total);
      continue;
    }
    const auto found = point.increment.entries.find(*key);
    series.add(begin, found == point.increment.entries.end() ? nullptr : &found->second);
  }
  return series;
}

std::string packed_histogram(const Counts& times, const Levels& levels) {
  PackedNumbers numbers;
  std::int64_t last = 0;
  for (const auto& [key, count] : times) {
    const std::int64_t index = levels.index_of(key);
    numbers.add(index - std::exchange(last, index));
    numbers.add(count);
  }
  return std::move(numbers).take();
}

Value histograms_value(const EntryIncrement& entry, const Levels& levels) {
  return Value::Map{{"all", packed_histogram(entry.response_times, levels)},
                    {"failure", packed_histogram(entry.failed_response_times, levels)}};
}

double rounded(double value) {
  constexpr double kSteps = 1'000;
  return std::round(value * kSteps) / kSteps;
}

/// The page is smaller than 2 MB: these data, and about 0.15 MB of its own files.
constexpr std::size_t kMostBytes = 1'830'000;
constexpr std::size_t kMostOfSamples = std::size_t{512} << 10U;
constexpr std::size_t kFewestOfSamples = std::size_t{64} << 10U;

/// The charts' data: that of all requests first, then that of each entry.
Value::Map chart_members(const RunReport& report) {
  const Timeline& timeline = report.timeline;
  std::vector<ChartSeries> all_series = {series_of(timeline, nullptr)};
  std::vector<const EntryIncrement*> rows = {&report.all.total};
  for (const auto& [key, entry] : report.all.entries) {
    all_series.push_back(series_of(timeline, &key));
    rows.push_back(&entry);
  }
  Levels levels;
  for (const ChartSeries& series : all_series) series.add_to(levels);
  for (const EntryIncrement* row : rows) {
    levels.add(row->response_times);
    levels.add(row->failed_response_times);
  }
  levels.sort();

  Value::List series_values, histograms, covered, users, cpu, lag_p99, lag_max;
  for (ChartSeries& series : all_series) series_values.push_back(std::move(series).take(levels));
  for (const EntryIncrement* row : rows) histograms.push_back(histograms_value(*row, levels));
  PackedNumbers times;
  for (const auto& [begin, point] : timeline.points()) {
    times.add_difference(begin);
    covered.emplace_back(rounded(covered_seconds(report, begin)));
    users.emplace_back(rounded(point.users()));
    cpu.emplace_back(rounded(point.cpu_percent));
    lag_p99.emplace_back(rounded(point.lag_p99_ms));
    lag_max.emplace_back(rounded(point.lag_max_ms));
  }
  return {{"span_s", timeline.span()},          {"classes_per_decade", Heat::kPerDecade},
          {"levels_us", levels.packed()},       {"time", std::move(times).take()},
          {"covered_s", std::move(covered)},    {"users", std::move(users)},
          {"cpu_percent", std::move(cpu)},      {"lag_p99_ms", std::move(lag_p99)},
          {"lag_max_ms", std::move(lag_max)},   {"series", std::move(series_values)},
          {"histograms", std::move(histograms)}};
}

}  // namespace

std::string page_data(const RunReport& report) {
  Value::Map members = report_members(report);
  members.emplace_back("charts", chart_members(report));
  std::string text = without_angle_brackets(to_json(std::move(members)));
  text.pop_back();
  const std::size_t most = kMostBytes - std::min(kMostBytes, text.size());
  return text +
         fmt::format(",\"samples\":{}}}",
                     page_samples(report, std::clamp(most, kFewestOfSamples, kMostOfSamples)));
}

}  // namespace cppworker::report
