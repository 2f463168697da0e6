#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/single_thread.hpp"
#include "runner/action_list.hpp"
#include "stats/increment.hpp"

namespace cppworker::runner {

/// The account of the statistics on their way to the master. The master does not acknowledge
/// reports, but the answer to a heartbeat that was sent after a report proves that the master has
/// read the report.
///
/// Every increment is in exactly one place: pending (not sent), unproved (sent, but not proved to
/// be read) or gone (proved, or dropped with a log line that states its size). Used by one thread.
class ReportLedger {
 public:
  /// @param actions receives log lines and ClearStats; not owned
  explicit ReportLedger(ActionList& actions) : actions_(actions) {}

  /// The number of requests and failures in statistics.
  struct Size {
    std::int64_t requests = 0;
    std::int64_t failures = 0;
    bool operator==(const Size&) const = default;
  };

  /// Adds an increment to the pending statistics.
  void add(stats::StatsIncrement&& increment);

  /// Takes all pending statistics. The caller must send them at once.
  /// @param proved_by the first heartbeat after the report; none: no heartbeat can prove the
  /// report, so it is not kept
  [[nodiscard]] stats::StatsIncrement take(std::optional<std::uint64_t> proved_by);
  /// The socket did not accept the report of the last take(): its statistics are pending again,
  /// unless a run has begun since.
  void not_sent(const stats::StatsIncrement& increment);

  /// The master has answered the heartbeat with this number.
  void heartbeat_proved(std::uint64_t number);

  /// Drops the unproved statistics: sending them again could count them twice.
  void drop_unproved();
  /// Drops the unproved and the pending statistics: they belong to a run that the next master did
  /// not start.
  void drop_all();
  /// Makes the unproved statistics pending again: another master gets them.
  void resend_unproved();
  /// A run begins: discards earlier statistics. Adds ClearStats for the shards.
  void clear() { clear(ClearStats{}); }
  /// --reset-stats: likewise.
  void reset() { clear(ClearStats{.keeps_names = true}); }

  /// The system clock was set: shifts the times of all statistics here.
  void shift_times(double seconds);

  /// At the end of the process: logs the size of the statistics that no master will read.
  /// @param master_listens the master reads the reports that were sent
  void log_lost(bool master_listens);

  [[nodiscard]] Size pending() const;
  [[nodiscard]] Size unproved() const;

 private:
  struct Report {
    std::optional<std::uint64_t> proved_by;
    stats::StatsIncrement increment;
  };

  void clear(const ClearStats& action);
  void keep_newest();
  void log_dropped(const Size& size, std::string_view why);

  ActionList& actions_;
  base::SingleThread thread_;  // for assertions
  stats::StatsIncrement pending_;
  std::vector<Report> unproved_;  // oldest first, at most kMaxUnproved
  std::optional<Report>
      newest_;  // the result of the last take(); not_sent() may make it pending again
};

}  // namespace cppworker::runner
