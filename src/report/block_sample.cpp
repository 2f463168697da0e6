#include "report/block_sample.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <utility>

namespace cppworker::report {
namespace {

using Metric = Comparison::Metric;

constexpr std::size_t kMostBlocks = 20;
constexpr std::int64_t kShortestBlock = 2;  // seconds
constexpr int kResamples = 1'000;
/// A percentile needs this number of requests that took longer.
constexpr double kFewestBeyond = 10;
constexpr std::int64_t kFewestRequests = 20;

constexpr std::array<double, 3> kParts = {0.5, 0.95, 0.99};
constexpr auto kFirstPercentile = static_cast<std::size_t>(Metric::kP50);

class Variance {
 public:
  void add(double deviation) {
    sum_ += deviation;
    squares_ += deviation * deviation;
  }
  [[nodiscard]] double get() const {
    const double mean = sum_ / kResamples;
    return std::max(0.0, squares_ / kResamples - mean * mean);
  }

 private:
  double sum_ = 0;
  double squares_ = 0;
};

/// The part of a histogram that is in its first columns.
double share_of_first(const std::vector<std::int64_t>& histogram, std::size_t columns) {
  std::int64_t all = 0;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < histogram.size(); ++i) {
    all += histogram[i];
    if (i < columns) first += histogram[i];
  }
  return all == 0 ? 1 : static_cast<double>(first) / static_cast<double>(all);
}

}  // namespace

Blocks make_blocks(const std::vector<const Timeline::Point*>& points, std::int64_t span,
                   std::uint64_t seed) {
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

BlockSample::BlockSample(const Blocks& blocks, const EntryOf& entry_of) : blocks_(blocks) {
  std::map<std::int64_t, std::size_t> columns;
  for (const auto& points : blocks.points) {
    stats::Counts times;
    Block& block = data_.emplace_back();
    for (const Timeline::Point* point : points) {
      const stats::EntryIncrement* entry = entry_of(*point);
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

bool BlockSample::is_enough_for(Metric metric) const {
  switch (metric) {
    case Metric::kRate:
      return true;
    case Metric::kFailPercent:
      return requests_ >= kFewestRequests;
    case Metric::kAverage:
      return timed_ >= kFewestRequests;
    case Metric::kP50:
    case Metric::kP95:
    case Metric::kP99:
      const double part = kParts.at(static_cast<std::size_t>(metric) - kFirstPercentile);
      return timed_ * (1 - part) >= kFewestBeyond - 1e-6;
  }
  return false;
}

BlockSample::Resample BlockSample::resample(std::span<const int> weights) const {
  double seconds = 0;
  Block sum;
  Resample result{.values = {}, .histogram = Histogram(keys_.size(), 0)};
  for (std::size_t i = 0; i < data_.size(); ++i) {
    const int weight = weights[i];
    if (weight == 0) continue;
    seconds += weight * blocks_.seconds[i];
    sum.requests += weight * data_[i].requests;
    sum.failures += weight * data_[i].failures;
    sum.timed += weight * data_[i].timed;
    sum.total_time += weight * data_[i].total_time;
    const std::int64_t* const row = histogram_.data() + i * keys_.size();
    for (std::size_t key = 0; key < keys_.size(); ++key) result.histogram[key] += weight * row[key];
  }
  const auto ratio = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
  result.values = {ratio(sum.requests, seconds), 100 * ratio(sum.failures, sum.requests),
                   ratio(sum.total_time, sum.timed)};
  for (std::size_t p = 0; p < kParts.size(); ++p) {
    result.values[kFirstPercentile + p] = percentile(result.histogram, kParts[p]);
  }
  return result;
}

/// As stats::response_time_percentile().
double BlockSample::percentile(const Histogram& histogram, double part) const {
  std::int64_t all = 0;
  for (const std::int64_t count : histogram) all += count;
  std::int64_t above = 0;
  for (std::size_t key = keys_.size(); key-- > 0;) {
    above += histogram[key];
    if (histogram[key] > 0 && static_cast<double>(all - above) <= static_cast<double>(all) * part) {
      return static_cast<double>(keys_[key]) / 1'000;
    }
  }
  return 0;
}

/// A percentile may be between two groups of response times, for example those of two names. Then
/// all resamples may have it in the same group, although another run has it in the other one. So
/// its variance also follows from how much the share of the requests varies that it divides
/// (Woodruff's interval).
double BlockSample::percentile_variance(const Histogram& histogram, double part,
                                        double error_of_share) const {
  constexpr double kErrors = 3;
  const double low = percentile(histogram, std::max(0.0, part - kErrors * error_of_share));
  const double high = percentile(histogram, std::min(1.0, part + kErrors * error_of_share));
  const double error = (high - low) / (2 * kErrors);
  return error * error;
}

BlockSample::Estimates BlockSample::estimates() const {
  const Resample run = resample(blocks_.weights.front());
  std::array<std::size_t, kParts.size()> columns{};  // with times up to the percentile
  std::array<double, kParts.size()> shares{};
  for (std::size_t p = 0; p < kParts.size(); ++p) {
    const double us = run.values[kFirstPercentile + p] * 1'000;
    columns[p] = static_cast<std::size_t>(std::ranges::count_if(
        keys_, [us](std::int64_t key) { return static_cast<double>(key) <= us + 0.5; }));
    shares[p] = share_of_first(run.histogram, columns[p]);
  }
  std::array<Variance, Comparison::kMetrics> of_values{};
  std::array<Variance, kParts.size()> of_shares{};
  for (const std::vector<int>& weights : std::span(blocks_.weights).subspan(1)) {
    const Resample one = resample(weights);
    for (std::size_t m = 0; m < of_values.size(); ++m) {
      of_values[m].add(one.values[m] - run.values[m]);
    }
    for (std::size_t p = 0; p < kParts.size(); ++p) {
      of_shares[p].add(share_of_first(one.histogram, columns[p]) - shares[p]);
    }
  }
  // With k blocks, the resamples vary less than the seconds do, by the factor (k - 1) / k.
  const auto blocks = static_cast<double>(data_.size());
  const double correction = blocks / (blocks - 1);
  Estimates result;
  for (std::size_t m = 0; m < result.size(); ++m) {
    result[m] = {run.values[m], of_values[m].get() * correction};
  }
  for (std::size_t p = 0; p < kParts.size(); ++p) {
    double& variance = result[kFirstPercentile + p].variance;
    const double error_of_share = std::sqrt(of_shares[p].get() * correction);
    variance = std::max(variance, percentile_variance(run.histogram, kParts[p], error_of_share));
  }
  return result;
}

}  // namespace cppworker::report
