#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <variant>

#include "base/check.hpp"
#include "runner/action_list.hpp"
#include "runner/outbox.hpp"
#include "runner/rate_limit.hpp"
#include "runner/report_ledger.hpp"
#include "runner/shards.hpp"
#include "runner/unknown_classes.hpp"
#include "runner/worker_runner.hpp"

namespace cppworker::runner {

/// A test run of the worker: carries out `spawn` and `stop` and keeps the stage of the run.
class Run {
 public:
  enum class Stage {
    kReady,
    kTestStart,  ///< the test_start hook runs; users start after it
    kSpawning,   ///< the shards have not reached their targets yet
    kRunning,
    kTestStopping,  ///< the test_stopping hook runs; users keep running
    kStopping,      ///< users are ending
    kTestStop,      ///< the test_stop hook runs
    kCollecting,    ///< the last increments are being collected
    kEnded,         ///< all statistics are collected; the worker must report its end to the master
    kParted,        ///< `client_stopped` was sent; the worker will be ready again a little later
  };

  Run(const WorkerOptions& options, ActionList& actions, Outbox& outbox, ReportLedger& ledger);

  /// A spawn or stop from the master. It is queued while a stop is in progress.
  void received(const protocol::Spawn& spawn, TimePoint now);
  void received(const protocol::Stop& stop, TimePoint now);
  /// Stops the users without an order, because no master can send one.
  void abandon();
  /// User code called runner.stop(): stops the users, with test_stopping and test_stop. The worker
  /// sends no message about it. The master's next spawn starts users again; its stop is answered.
  void stop_by_itself();

  void on(const ShardReached& event, bool certain);
  void on(const ShardStopped& event);
  void on(const HookDone& event, TimePoint now);
  /// True if this is the collection that it waits for; it then sends the report.
  bool on(const IncrementsCollected& event);
  void on_time(bool certain, TimePoint now);

  /// After kEnded: `client_stopped` was sent. Waits for additional_wait_before_ready.
  void parted(TimePoint now);
  /// It is time for `client_ready` after kParted.
  [[nodiscard]] bool wants_to_be_ready(TimePoint now) const {
    return stage_ == Stage::kParted && now >= ready_at_;
  }
  /// The state is `ready` again. take_waiting() handles the queued messages.
  void become_ready() {
    CHECK(stage_ == Stage::kReady || stage_ == Stage::kEnded || stage_ == Stage::kParted);
    stage_ = Stage::kReady;
    wire_state_ = protocol::WorkerState::kReady;
  }
  /// Handles the spawn and stop messages that came while the users were stopping.
  /// @returns whether the last one was a spawn
  bool take_waiting(TimePoint now);

  /// The next spawn may come from another master, whose clock may be behind.
  void forget_spawns(bool waiting_ones_too);

  [[nodiscard]] Stage stage() const { return stage_; }
  [[nodiscard]] bool idle() const { return stage_ == Stage::kReady; }
  /// A run has begun, and its last increments have not been asked for.
  [[nodiscard]] bool measures() const {
    return stage_ != Stage::kReady && stage_ < Stage::kCollecting;
  }
  [[nodiscard]] bool stopping() const { return stop_wanted_ || stage_ >= Stage::kTestStopping; }
  /// Locust's STATE_STOPPED: the events of the last stop were fired, and no users were started
  /// since.
  [[nodiscard]] bool events_fired() const { return events_fired_; }
  [[nodiscard]] protocol::WorkerState wire_state() const { return wire_state_; }
  [[nodiscard]] Shards& shards() { return shards_; }
  [[nodiscard]] Clock::duration stop_timeout() const { return stop_timeout_; }
  /// When the run ends according to the run time of the master.
  [[nodiscard]] std::optional<TimePoint> ends_at() const { return ends_at_; }
  [[nodiscard]] TimePoint next_wakeup() const;

 private:
  void set_targets(TimePoint now);
  void all_reached(bool certain);
  void begin_stop();
  void rest();
  void collect();
  std::uint64_t run_hook(Hook hook);
  void wait(std::variant<protocol::Spawn, protocol::Stop> message, TimePoint now);

  const WorkerOptions& options_;
  ActionList& actions_;
  Outbox& outbox_;
  ReportLedger& ledger_;
  Shards shards_;
  UnknownClasses unknown_classes_;

  Stage stage_ = Stage::kReady;
  protocol::WorkerState wire_state_ = protocol::WorkerState::kReady;
  bool events_fired_ = false;
  bool by_itself_ = false;         // the stop in progress was requested by user code
  bool stop_wanted_ = false;       // stop as soon as test_start has ended
  std::uint64_t waiting_for_ = 0;  // id of the hook or collection that stage_ waits for

  UserClassesCount targets_;
  Clock::duration stop_timeout_{};
  double last_timestamp_ = 0;
  std::optional<TimePoint> patience_ends_;  // kSpawning: slow shards are not waited for any longer
  std::optional<TimePoint> ends_at_;
  TimePoint ready_at_{};
  std::deque<std::variant<protocol::Spawn, protocol::Stop>> waiting_;
  RateLimit too_many_waiting_{std::chrono::seconds(30)};
};

}  // namespace cppworker::runner
