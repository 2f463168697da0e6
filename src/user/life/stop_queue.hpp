#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "coro/scheduler.hpp"
#include "coro/timers.hpp"
#include "user/life/user_class_state.hpp"

namespace cppworker::detail {

/// Stops users of a Population, in steps: a call queues the stop, and each advance() asks a limited
/// number of users, so that other work of the shard runs in between. Users that have not ended when
/// their stop_timeout has passed are killed. Belongs to the shard's thread.
class StopQueue {
 public:
  /// @param classes outlives the queue; the addresses of its elements do not change.
  StopQueue(coro::Scheduler& scheduler, std::deque<UserClassState>& classes);

  /// Begins a batch of stops. The stops queued until the next call have this stop_timeout; 0: their
  /// users are killed at once.
  void begin_batch(coro::Duration stop_timeout);

  /// Stops `count` users of the class that are not stopping, the youngest first.
  /// @pre A batch has begun; `count` > 0.
  void stop_surplus(UserClassState& state, std::int64_t count);

  /// Stops all users of the class. Users that are stopping already get the stop_timeout of this
  /// batch.
  /// @pre A batch has begun.
  void stop_everybody(UserClassState& state);

  /// Asks some users to stop. To be called once per turn of the loop until the queue is empty.
  void advance();

  /// Whether all users that are to stop were asked.
  [[nodiscard]] bool empty() const { return orders_.empty(); }

 private:
  /// A batch whose stop_timeout has not passed yet.
  struct Batch {
    coro::TimePoint kill_at;
    std::uint32_t number;
  };

  enum class Scope : std::uint8_t {
    kSurplus,    // users that are not stopping
    kEverybody,  // all users that were not asked by this batch
    kOverdue,    // users of the batch that have not ended; they are killed
  };

  /// Users of one class that are to be asked to stop, from the youngest to the oldest.
  struct Order {
    UserClassState* state;
    Scope scope;
    bool force;  // kill them
    std::uint32_t batch;
    std::size_t unseen;      // users below this position have not been looked at
    std::int64_t left;       // the number of users that are still to be asked
    std::int64_t asked = 0;  // the number of users that were asked
  };

  void add(UserClassState& state, Scope scope, std::int64_t count);
  /// Looks at users for the order, at most `budget` of them. True when the order is complete.
  static bool carry_out(Order& order, std::size_t& budget);
  static void finish(const Order& order);
  static bool is_in_scope(const UserRun& run, const Order& order);
  static void on_kill_timer(void* self);
  void kill_overdue();

  std::deque<UserClassState>& classes_;
  coro::Scheduler& scheduler_;
  std::uint32_t batch_ = 0;   // the current one's number
  bool force_ = false;        // the current batch has no stop_timeout
  std::deque<Batch> timed_;   // earliest first
  std::deque<Order> orders_;  // the first one is being carried out
  coro::Timer kill_timer_;    // for the first of timed_
};

}  // namespace cppworker::detail
