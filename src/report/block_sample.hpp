#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "report/compare.hpp"
#include "report/timeline.hpp"
#include "stats/counts.hpp"
#include "stats/increment.hpp"

/// The figures of a run and how much they vary, by the bootstrap over blocks of seconds.
namespace cppworker::report {

/// The compared seconds of a run in blocks.
struct Blocks {
  std::vector<std::vector<const Timeline::Point*>> points;
  std::vector<double> seconds;
  /// For each resample, how often it contains each block. The first one is the run itself.
  std::vector<std::vector<int>> weights;
};

/// Cuts successive points into blocks, and draws the resamples: the same for the same seed.
/// @param span seconds of a point
[[nodiscard]] Blocks make_blocks(const std::vector<const Timeline::Point*>& points,
                                 std::int64_t span, std::uint64_t seed);

/// The measurements of one name in the blocks of a run.
class BlockSample {
 public:
  /// Returns the name's measurements in a point; may return null.
  using EntryOf = std::function<const stats::EntryIncrement*(const Timeline::Point& point)>;
  struct Estimate {
    double value = 0;
    double variance = 0;
  };
  using Estimates = std::array<Estimate, Comparison::kMetrics>;

  /// @param blocks must outlive this
  BlockSample(const Blocks& blocks, const EntryOf& entry_of);

  [[nodiscard]] std::int64_t requests() const { return requests_; }
  [[nodiscard]] bool is_enough_for(Comparison::Metric metric) const;
  /// The values of the run and their variances, estimated by the resamples.
  [[nodiscard]] Estimates estimates() const;

 private:
  struct Block {
    double requests = 0;
    double failures = 0;
    double timed = 0;
    double total_time = 0;
    stats::Counts times{};
  };
  using Histogram = std::vector<std::int64_t>;
  struct Resample {
    std::array<double, Comparison::kMetrics> values{};
    Histogram histogram;
  };

  [[nodiscard]] Resample resample(std::span<const int> weights) const;
  [[nodiscard]] double percentile(const Histogram& histogram, double part) const;
  [[nodiscard]] double percentile_variance(const Histogram& histogram, double part,
                                           double error_of_share) const;

  const Blocks& blocks_;
  std::vector<Block> data_;
  std::vector<std::int64_t> keys_;  // of all response times, µs
  Histogram histogram_;             // a row of counts by key for each block
  std::int64_t requests_ = 0;
  double timed_ = 0;
};

}  // namespace cppworker::report
