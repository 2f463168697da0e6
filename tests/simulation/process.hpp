#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/control.hpp"
#include "app/options.hpp"
#include "coro/clock.hpp"
#include "master.hpp"
#include "network.hpp"
#include "target.hpp"
#include "user/shard.hpp"
#include "world.hpp"

namespace cppworker::simulation {

/// One process of the worker: the real Control with the real shards, on the simulated time and
/// network.
class Process {
 public:
  /// @param number of the process in this run; its request names differ from those of the others
  Process(World& world, Network& network, Target& target, const app::Options& options,
          std::size_t number);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Runs the process until it exits, and the rest of the world meanwhile.
  int run();
  /// The process whose code runs.
  static Process& here();

  // Faults.
  void suspend(Duration duration);
  void resume() { suspended_until_ = {}; }
  /// SIGKILL. From then on, `meanwhile` runs the world; when it returns, the process is taken down.
  void kill(std::function<void()> meanwhile);
  void set_system_clock_forward(Duration step);
  /// The next task on this shard blocks its thread.
  void block(std::size_t shard, Duration duration);
  /// No task will block its thread any more. Returns when the last blocked thread goes on.
  TimePoint end_blocks();
  void signal() {
    control_.hear(15);
    wake();
  }
  /// It should have ended long ago.
  void take_down();

  [[nodiscard]] const std::string& identity() const { return identity_; }
  [[nodiscard]] std::size_t shards() const { return shards_.size(); }
  [[nodiscard]] bool was_killed() const { return killed_; }
  [[nodiscard]] bool has_exited() const { return exited_; }
  [[nodiscard]] bool got_quit() const { return control_.ended_by_master(); }

  // For the users.
  World& world() { return world_; }
  Target& target() { return target_; }
  /// Blocks the thread of the running user if block() asked for it.
  void perhaps_block(std::size_t shard);
  std::size_t next_name() { return first_name_ + requests_++ / kRequestsPerName; }
  void counted(std::size_t name, std::size_t shard);
  void add_shard(detail::Shard& shard);
  std::int64_t users = 0;  ///< User objects that exist

  // The account.
  /// The requests that users have reported to the worker, by name.
  [[nodiscard]] const CountsByName& counted() const { return counted_; }
  /// The requests of a shard's users.
  [[nodiscard]] std::int64_t counted_by(std::size_t shard) const {
    return shards_.at(shard).counted;
  }
  /// The last warning of a task that blocked its thread.
  [[nodiscard]] const std::string& blocked_warning() const { return blocked_warning_; }
  /// The requests that the log gave up.
  [[nodiscard]] std::int64_t dropped() const { return dropped_; }
  void logged(const std::string& text);

 private:
  class ControlClock;
  class ShardClock;
  struct ShardHere {
    detail::Shard* shard = nullptr;
    std::unique_ptr<ShardClock> clock;
    std::optional<TimePoint> message_due;
    std::optional<Duration> block;
    std::int64_t counted = 0;
  };
  static constexpr std::size_t kRequestsPerName = 8;
  static constexpr std::size_t kNamesPerProcess = 4000;

  app::Surroundings surroundings();
  bool drive(TimePoint deadline);
  TimePoint wakes_at(ShardHere& shard);
  void run_shard(ShardHere& shard);
  void wake();
  Duration latency_of_thread();
  void check_time();
  void sent(const Message& message);
  void refused(const Message& message);
  void received(const Message& message);

  World& world_;
  Network& network_;
  Target& target_;
  const std::string identity_;
  const std::size_t first_name_;
  std::size_t requests_ = 0;
  CountsByName counted_;
  std::int64_t dropped_ = 0;
  std::string blocked_warning_;
  Duration clock_step_{};
  coro::WallClock wall_;
  std::unique_ptr<ControlClock> clock_;
  std::vector<ShardHere> shards_;
  Connection* connection_ = nullptr;    // owned by control_
  std::optional<TimePoint> event_due_;  ///< when the control thread reads what has arrived
  TimePoint suspended_until_{};
  std::optional<TimePoint> heartbeat_due_;
  std::optional<TimePoint> report_due_;  ///< the master listens
  TimePoint master_spoke_{};
  const bool quits_without_master_;
  bool has_lost_master_ = false;  ///< and has not joined one since
  bool shuts_down_ = false;
  bool has_spawned_ = false;  ///< since the last client_ready after client_stopped
  std::string last_type_;     ///< of the messages to the master, without heartbeats
  bool killed_ = false;
  bool exited_ = false;
  std::function<void()> meanwhile_;
  Process* outer_;
  app::Control control_;
};

/// Sends the log of the worker to the running process.
void log_to_processes();

}  // namespace cppworker::simulation
