#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/single_thread.hpp"
#include "runner/action_list.hpp"
#include "stats/increment.hpp"

namespace cppworker::runner {

/// The statistics on their way to the master. The master does not acknowledge reports, but an
/// answered heartbeat that was sent after a report proves that the master has read the report.
///
/// Every increment is in exactly one place: pending (not sent), unproved (sent, and not proved to
/// be read) or gone: proved, or dropped, which is logged with its size. Used by one thread.
class ReportLedger {
 public:
  /// @param actions receives log lines and ClearStats; not owned
  explicit ReportLedger(ActionList& actions) : actions_(actions) {}

  /// How many requests and failures some statistics count.
  struct Size {
    std::int64_t requests = 0;
    std::int64_t failures = 0;
    bool operator==(const Size&) const = default;
  };

  /// More to report.
  void add(stats::StatsIncrement&& increment);

  /// Everything pending, to be sent at once.
  /// @param proved_by the first heartbeat after it; none: nothing will prove it, so it is not kept
  [[nodiscard]] stats::StatsIncrement take(std::optional<std::uint64_t> proved_by);
  /// The socket did not take what the last take() returned: it is pending again, unless a run has
  /// begun meanwhile.
  void not_sent(const stats::StatsIncrement& increment);

  /// The master has answered the heartbeat with this number.
  void heartbeat_proved(std::uint64_t number);

  /// Drops what is unproved: sending it again could count it twice.
  void drop_unproved();
  /// Drops what is unproved and what is pending: they belong to a run that the next master does not
  /// know.
  void drop_all();
  /// What is unproved is pending again: another master gets it.
  void resend_unproved();
  /// A run begins: what was measured before it does not count. Adds ClearStats for the shards.
  void clear();

  /// The system clock was set: shifts the times of everything here.
  void shift_times(double seconds);

  /// At the end of the process: logs the size of what no master reads any more.
  /// @param master_listens the master reads what was sent
  void log_lost(bool master_listens);

  [[nodiscard]] Size pending() const;
  [[nodiscard]] Size unproved() const;

 private:
  struct Report {
    std::optional<std::uint64_t> proved_by;
    stats::StatsIncrement increment;
  };

  void keep_newest();
  void log_dropped(const Size& size, std::string_view why);

  ActionList& actions_;
  base::SingleThread thread_;  // for assertions
  stats::StatsIncrement pending_;
  std::vector<Report> unproved_;  // oldest first, at most kMaxUnproved
  std::optional<Report> newest_;  // what the last take() returned: not_sent() may take it back
};

}  // namespace cppworker::runner
