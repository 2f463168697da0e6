#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "stats/increment.hpp"
#include "stats/limits.hpp"

namespace cppworker::stats {

/// Forgets all requests and failures. The names stay, as in Locust's tables after --reset-stats.
void forget_requests(StatsIncrement& stats);

/// The statistics of a whole run without a master: the sum of all increments, and the response
/// times of the last seconds.
class RunStats {
 public:
  using Key = std::pair<std::string, std::string>;  ///< name, method

  /// The response times of the last kWindow seconds.
  static constexpr std::int64_t kWindow = 10;

  explicit RunStats(const Limits& limits = {}) : limits_(limits) {}

  /// @param second the time at which the increment was collected, in seconds of a clock that is
  ///   never set; not before the last call's
  void add(StatsIncrement&& increment, std::int64_t second);

  /// A run begins: forgets everything.
  void clear();
  /// --reset-stats: forgets all requests and failures. The names stay, as in Locust's tables.
  void reset();
  /// The system clock was set: shifts the times of everything so far.
  void shift_times(double seconds);

  [[nodiscard]] const StatsIncrement& all() const { return all_; }

  /// The percentile of the response times that were added in the last kWindow seconds.
  /// @param part 0 to 1
  [[nodiscard]] double current_percentile(const Key& entry, double part, std::int64_t second) const;
  /// The same for all requests together.
  [[nodiscard]] double current_total_percentile(double part, std::int64_t second) const;

 private:
  struct Recent {
    std::int64_t second = 0;
    Counts response_times;
  };
  using Window = std::deque<Recent>;

  static void add_to(Window& window, const Counts& response_times, std::int64_t second);
  static double percentile(const Window& window, double part, std::int64_t second);

  Limits limits_;
  StatsIncrement all_;
  std::map<Key, Window> windows_;
  Window total_window_;
};

}  // namespace cppworker::stats
