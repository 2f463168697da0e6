#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "stats/increment.hpp"

namespace cppworker::report {

/// How loaded a worker was in some seconds.
struct WorkerLoad {
  std::int64_t users = 0;
  double cpu_percent = 0;
  double lag_p99_ms = 0;
  double lag_max_ms = 0;
};

/// What the workers measured over time: the sum of all workers for each point. Long runs have
/// longer points, so that the number of points is limited.
class Timeline {
 public:
  static constexpr std::size_t kMaxPoints = 720;
  /// The histograms of all points together. With more than 277 entries, there are fewer points.
  static constexpr std::size_t kMaxCells = 200'000;

  struct Point {
    stats::StatsIncrement increment;  ///< without errors and counts per second
    double cpu_percent = 0;           ///< of the busiest thread
    double lag_p99_ms = 0;
    double lag_max_ms = 0;
    /// The mean number of users, of all workers together.
    [[nodiscard]] double users() const;

   private:
    friend class Timeline;
    struct UserSeconds {
      double users = 0;  ///< times seconds
      double seconds = 0;
    };
    void add(Point&& from);
    void add(std::size_t worker, const WorkerLoad& load, double seconds);
    std::map<std::size_t, UserSeconds> users_;  // by worker
  };

  /// Adds what a worker measured from the Unix time `begin` on, in `span` seconds.
  /// @param load may be null
  void add(std::size_t worker, std::int64_t begin, std::int64_t span,
           const stats::StatsIncrement& increment, const WorkerLoad* load);

  /// The seconds of a point.
  [[nodiscard]] std::int64_t span() const { return span_; }
  /// By the Unix time at which they begin, a multiple of span().
  [[nodiscard]] const std::map<std::int64_t, Point>& points() const { return points_; }

 private:
  void widen(std::int64_t at_least);

  std::int64_t span_ = 1;
  std::size_t cells_ = 0;
  std::map<std::int64_t, Point> points_;
};

}  // namespace cppworker::report
