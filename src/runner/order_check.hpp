#pragma once

#include <chrono>

#include "runner/link.hpp"

namespace cppworker::runner {

/// Finds out whether a `spawn` or `stop` was lost when the connection to the same master broke.
/// While a test runs, a master that had missed this worker's heartbeats sends its orders again when
/// heartbeats return, and any master sends them after another `client_ready`. So if no order
/// arrives, no test runs and the users must stop.
///
/// In one case a master sends no orders although a test runs: a stock master that has rebalanced
/// users once does not do it again (its dispatcher keeps `_dispatch_in_progress`). The users then
/// stop unnecessarily, which is safer than load that cannot be stopped.
class OrderCheck {
 public:
  explicit OrderCheck(Link& link) : link_(link) {}

  /// @param introduced the master has just acknowledged client_ready: another one is not necessary.
  /// @param ramping see on_time().
  void begin(bool introduced, bool ramping, TimePoint now) {
    stage_ = introduced ? Stage::kAsked : Stage::kWaiting;
    ends_ = now + (introduced ? patience(ramping) : Clock::duration(kByItself));
    interrupted_ = false;
  }
  /// An order has arrived, or the check is no longer necessary.
  void end() {
    stage_ = Stage::kNone;
    interrupted_ = false;
  }
  /// The connection broke before the check ended: it has to begin again on the next connection.
  [[nodiscard]] bool interrupted() const { return interrupted_; }

  /// @param idle there are no users here: sending client_ready is enough.
  /// @param ramping the cluster is still ramping up: the next order may take as long as one step of
  ///     the ramp-up.
  /// @return true, once, if no order has arrived in time: the users must stop.
  bool on_time(bool idle, bool ramping, TimePoint now) {
    if (stage_ == Stage::kNone) return false;
    if (!link_.accepted()) {
      stage_ = Stage::kNone;
      interrupted_ = true;
    }
    if (stage_ == Stage::kNone || now < ends_) return false;
    if (stage_ == Stage::kWaiting) {
      link_.ask_for_orders();
      stage_ = idle ? Stage::kNone : Stage::kAsked;
      ends_ = now + patience(ramping);
      return false;
    }
    end();
    return !idle;
  }
  [[nodiscard]] TimePoint next_wakeup() const {
    return stage_ == Stage::kNone ? TimePoint::max() : ends_;
  }

 private:
  enum class Stage {
    kNone,
    kWaiting,  ///< for orders that the master sends on its own
    kAsked,    ///< client_ready was sent
  };
  static constexpr std::chrono::milliseconds kByItself{1500};
  static constexpr std::chrono::seconds kPatience{3};
  static constexpr std::chrono::seconds kRampPatience{30};

  static Clock::duration patience(bool ramping) { return ramping ? kRampPatience : kPatience; }

  Link& link_;
  Stage stage_ = Stage::kNone;
  TimePoint ends_{};
  bool interrupted_ = false;
};

}  // namespace cppworker::runner
