#pragma once

#include <cstdint>

#include "stats/counts.hpp"

namespace cppworker::stats {

/// How late a thread resumed the coroutines that had waited, in some time. A response waits in the
/// meantime, so its measured time is too long by the same time.
///
/// The rule by which the generator is judged is here, for the warning in the log and for the
/// verdict on the run: a thread was late if more than 1 % of at least kFewest wake-ups were late.
struct Lateness {
  /// A coroutine that is resumed later than this after its event is late. A limit between two
  /// buckets of the measured histogram: 1.05 ms.
  static constexpr std::int64_t kToleratedNs = 1 << 20;
  static constexpr double kToleratedPercent = 1;
  /// With fewer wake-ups, a percentile has no meaning.
  static constexpr std::int64_t kFewest = 100;
  /// Seconds with few wake-ups are judged together with the seconds around them, up to this number.
  static constexpr std::int64_t kWindowSeconds = 10;

  std::int64_t wakeups = 0;  ///< coroutines that were resumed after a wait
  Counts late_times;         ///< of those that were late: µs (up to 1/8 too high) -> count
  double max_ms = 0;         ///< of all

  bool operator==(const Lateness&) const = default;

  void add(const Lateness& from);
  [[nodiscard]] std::int64_t late() const;
  [[nodiscard]] double late_percent() const;
  /// 99 % of the wake-ups were not later than this. 0 if it is tolerated.
  [[nodiscard]] double p99_ms() const;
  [[nodiscard]] bool is_late() const { return is_late(wakeups, late()); }
  [[nodiscard]] static bool is_late(std::int64_t wakeups, std::int64_t late) {
    return wakeups >= kFewest &&
           static_cast<double>(late) * 100 > static_cast<double>(wakeups) * kToleratedPercent;
  }
};

}  // namespace cppworker::stats
