#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <cppworker/environment.hpp>

#include "coro/scheduler.hpp"
#include "coro/timers.hpp"
#include "user/life/task_table.hpp"
#include "user/life/user_run.hpp"

namespace cppworker::detail {

class Shard;

/// The users of one shard: starts and stops them until each class has its target. Belongs to the
/// shard's thread; none of its calls wait.
class Population {
 public:
  using Counts = std::map<std::string, std::int64_t>;

  /// @param user_classes live as long as the program.
  /// @param changed called when users have ended without having been asked to.
  Population(Environment& environment, std::span<const UserClass* const> user_classes,
             std::function<void()> changed);
  ~Population();
  Population(const Population&) = delete;
  Population& operator=(const Population&) = delete;

  /// Absolute numbers per class; classes that are absent keep their users. Missing users start
  /// soon, surplus ones stop, some in each turn of the loop: waiting ones at once, others within
  /// `stop_timeout`, then by force. `reached` is called when nobody is stopping any more; a newer
  /// call replaces an older one's.
  void set_targets(const Counts& targets, coro::Duration stop_timeout,
                   std::function<void()> reached);

  /// Stops everybody; `stopped` is called when the last user has ended.
  void stop_all(coro::Duration stop_timeout, std::function<void()> stopped);

  /// Users alive, also those that are stopping; every class is listed.
  [[nodiscard]] Counts counts() const;

  /// The master's class picker or --config-users: `change` is a map with `user_class_name`, and
  /// perhaps `host` (for new users), `tasks` (names; unknown ones are ignored) and attributes of
  /// the author's own, which count from now on. False if the class is unknown.
  bool update_user_class(const Value& change);

  /// Only tasks that pass from now on, in all classes.
  void filter_tasks(TagFilter filter);

  /// A coroutine swallowed StopUser again and again and was given up: its user counts as ended. The
  /// user object stays, for its stack still refers to it.
  void parked(const coro::Coroutine& coroutine);

  [[nodiscard]] Shard& shard() const { return environment_.shard(); }
  [[nodiscard]] Environment& environment() const { return environment_; }

  // --- for UserRun ---
  [[nodiscard]] TaskTable& tasks() { return tasks_; }
  [[nodiscard]] std::string_view host_of(const UserClassState& state);
  void leave_without_stack(UserRun& run);
  void ended(UserRun& run);
  /// There is no memory for a stack. Goes to the log and the master, once in a while.
  void report_missing_stack(std::string_view user_class);

 private:
  struct Batch {
    coro::TimePoint kill_at;
    std::uint32_t number;
  };

  /// Users of a class that are yet to be told to stop, from the youngest to the oldest.
  struct StopOrder {
    enum class Whom : std::uint8_t {
      kSurplus,    // those that are not stopping
      kEverybody,  // also those that are, whose stop_timeout may be longer
      kOverdue,    // those of the batch that have not ended
    };
    UserClassState* state;
    Whom whom;
    bool force;
    std::uint32_t batch;
    std::size_t unseen;     // users below this position have not been looked at
    std::int64_t left;      // how many more to tell
    std::int64_t told = 0;  // how many were
  };

  bool has_host(UserClassState& state);
  void start_some_users();
  void stop_users(UserClassState& state, std::int64_t count, coro::Duration stop_timeout);
  void stop_everybody(UserClassState& state, coro::Duration stop_timeout);
  void stop_some_users();
  static bool is_meant(const UserRun& run, const StopOrder& order);
  void begin_batch(coro::Duration stop_timeout);
  static void on_kill_timer(void* self);
  void kill_overdue();
  void remove(UserRun& run);
  void end_of_turn();
  void settle();
  void start_leaving();

  Environment& environment_;
  TaskTable tasks_;
  TagFilter tag_filter_;
  std::deque<UserClassState> classes_;  // a deque: addresses stay
  std::function<void()> changed_;
  std::function<void()> settled_;  // reached or stopped, whichever was asked for last
  std::uint32_t batch_ = 0;
  std::deque<Batch> batches_;  // not yet killed, earliest first
  std::deque<StopOrder> stop_orders_;
  coro::Timer kill_timer_;
  std::deque<UserRun*> leaving_queue_;  // waiting for a stack to run on_stop on
  std::size_t leaving_ = 0;             // holding such a stack
  std::vector<UserRun*> ended_;         // to be destroyed at the end of the turn
  std::vector<UserRun*> given_up_;      // parked; destroyed with the population
  bool changed_by_themselves_ = false;
  coro::TimePoint next_stack_report_ = coro::TimePoint::min();
};

}  // namespace cppworker::detail
