#pragma once

#include <chrono>

#include "runner/link.hpp"

namespace cppworker::runner {

/// After the connection to the same master broke, a `spawn` or `stop` may have been lost with it.
/// Finds out what the master wants. A master that had missed this worker's heartbeats sends its
/// orders by itself when they come again, if a test runs; any master sends them after another
/// `client_ready`, if a test runs. So no order at all means that no users are wanted.
///
/// One case is left where a running test sends no orders: a stock master that has rebalanced users
/// once does not do it again (its dispatcher keeps `_dispatch_in_progress`). Users then stop
/// without need, which is safer than load that nobody can stop.
class OrderCheck {
 public:
  explicit OrderCheck(Link& link) : link_(link) {}

  /// @param introduced the master has just acknowledged client_ready: it need not be asked again.
  /// @param ramping as for on_time().
  void begin(bool introduced, bool ramping, TimePoint now) {
    stage_ = introduced ? Stage::kAsked : Stage::kWaiting;
    ends_ = now + (introduced ? patience(ramping) : Clock::duration(kByItself));
  }
  /// An order has come, or nothing needs to be known any more.
  void end() { stage_ = Stage::kNone; }

  /// @param idle no users here: the master need only be asked.
  /// @param ramping the cluster's ramp-up goes on: the next order may take as long as one of its
  ///     steps.
  /// @return true once no order has come: users must stop.
  bool on_time(bool idle, bool ramping, TimePoint now) {
    if (stage_ == Stage::kNone) return false;
    if (!link_.accepted()) end();
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
    kWaiting,  ///< for orders that the master sends by itself
    kAsked,    ///< client_ready was sent
  };
  static constexpr std::chrono::milliseconds kByItself{1500};
  static constexpr std::chrono::seconds kPatience{3};
  static constexpr std::chrono::seconds kRampPatience{30};

  static Clock::duration patience(bool ramping) { return ramping ? kRampPatience : kPatience; }

  Link& link_;
  Stage stage_ = Stage::kNone;
  TimePoint ends_{};
};

}  // namespace cppworker::runner
