#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/messages.hpp"
#include "stats/increment.hpp"

namespace cppworker::runner {

/// Keeps account of what was measured on its way to the master. Reports are not acknowledged, but
/// an answered heartbeat that was sent after a report proves that the report was read.
///
/// Every increment is in exactly one place: pending (not sent), unproved (sent, in doubt) or gone
/// (proved, or dropped by a call that says so). Used by one thread.
class ReportLedger {
 public:
  /// How much there is, for a log line.
  struct Size {
    std::int64_t requests = 0;
    std::int64_t failures = 0;
    bool operator==(const Size&) const = default;
  };

  /// More to report.
  void add(stats::StatsIncrement&& increment);

  /// Everything pending as a report, which must come back by sent() or not_sent() before anything
  /// else is called: a CHECK fails otherwise.
  [[nodiscard]] protocol::StatsReport take_report(protocol::UserClassesCount user_classes_count,
                                                  std::int64_t user_count);
  /// The report was handed to the socket.
  /// @param proved_by the first heartbeat after it; none: nothing will prove it, it is let go.
  void sent(protocol::StatsReport&& report, std::optional<std::uint64_t> proved_by);
  /// The socket did not take it: it is pending again.
  void not_sent(protocol::StatsReport&& report);

  /// The heartbeat with this number was answered.
  void heartbeat_proved(std::uint64_t number);

  /// At most once: what is in doubt is given up. Says how much that is.
  Size drop_unproved();
  /// Gives up what is in doubt and what is pending.
  Size drop_all();
  /// What is in doubt goes to another master: it is pending again.
  void resend_unproved();
  /// A run begins: nothing that was measured before it counts.
  void clear();

  /// The system clock was set: all that is here gets the times that it would have given.
  void shift_times(double seconds);

  [[nodiscard]] Size pending() const;
  [[nodiscard]] Size unproved() const;

 private:
  struct Unproved {
    std::uint64_t proved_by = 0;
    stats::StatsIncrement increment;
  };

  void check_nothing_is_out() const;

  stats::StatsIncrement pending_;
  bool report_is_out_ = false;      // between take_report() and sent() or not_sent()
  std::vector<Unproved> unproved_;  // oldest first, at most kMostUnproved
};

}  // namespace cppworker::runner
