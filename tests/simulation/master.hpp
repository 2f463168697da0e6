#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <cppworker/value.hpp>

#include "network.hpp"
#include "protocol/messages.hpp"
#include "world.hpp"

namespace cppworker::simulation {

/// What masters have received of each request name. The names are "/0", "/1", ….
using CountsByName = std::vector<std::int64_t>;

/// The simulated `locust --master`, with the rules of Locust's MasterRunner: it removes a worker
/// after 60 s without a heartbeat, makes an unknown worker quit that sends `spawning`, and counts
/// every report that it reads.
class Master {
 public:
  Master(World& world, Network& network, bool has_other_worker);

  // The process.
  void start();
  void kill();  ///< SIGKILL
  void suspend(Duration duration);
  void resume();
  [[nodiscard]] bool is_running() const { return running_; }

  // The web UI.
  void swarm(std::int64_t users, std::int64_t spawn_rate, double stop_timeout);
  void stop();
  void quit();
  void ask_to_reconnect();
  void send_custom();
  void change_class();
  [[nodiscard]] bool test_is_running() const {
    return state_ == State::kSpawning || state_ == State::kRunning;
  }
  [[nodiscard]] bool is_stopped() const {
    return state_ == State::kReady || state_ == State::kStopped;
  }
  /// It is registered and ready, and all others are missing.
  [[nodiscard]] bool has_only_ready_worker(const std::string& identity) const;
  [[nodiscard]] bool misses(const std::string& identity) const;
  /// The users that this worker has reported last.
  [[nodiscard]] std::int64_t users_of(const std::string& identity) const;
  /// The users that it has to run.
  [[nodiscard]] std::int64_t share() const { return share_; }

  // What it has counted.
  [[nodiscard]] const CountsByName& received() const { return received_; }  ///< by all processes
  [[nodiscard]] const CountsByName& received_here() const {
    return received_here_;
  }  ///< by this one
  /// It has made the worker quit because it did not know it.
  [[nodiscard]] bool refused_worker() const { return refused_worker_; }

 private:
  enum class State { kReady, kSpawning, kRunning, kStopping, kStopped };
  enum class WorkerState { kReady, kSpawning, kRunning, kMissing };
  struct Worker {
    int heartbeat = 3;
    WorkerState state = WorkerState::kReady;
    std::int64_t users = 0;
  };

  void opened(const WirePtr& wire);
  void received(const WirePtr& wire, Message message);
  void closed(const WirePtr& wire);
  void read(const WirePtr& wire, const Message& message);
  void count(const Value& report);
  void send(const std::string& identity, std::string type, Value data, std::uint64_t answers = 0);
  void send_to_all(const std::string& type, const Value& data);
  void tick();
  void begin_dispatch();
  void dispatch();
  void rebalance();
  void check_stopped();
  [[nodiscard]] bool is_reconnecting() const;
  [[nodiscard]] std::size_t workers_present() const;

  World& world_;
  Network& network_;
  const bool has_other_;
  bool running_ = false;
  std::uint64_t process_ = 0;
  TimePoint suspended_until_{};
  std::vector<std::pair<WirePtr, Message>> unread_;
  std::map<std::string, WirePtr> wires_;  // by identity
  std::map<std::string, Worker> workers_;
  State state_ = State::kReady;
  std::int64_t target_ = 0;
  std::int64_t users_ = 0;  // of the ramp
  std::int64_t share_ = 0;
  std::int64_t spawn_rate_ = 1;
  double stop_timeout_ = 0;
  bool dispatching_ = false;     // stays set after a rebalance, as in Locust
  bool has_rebalanced_ = false;  // in this test
  std::uint64_t dispatch_ = 0;
  TimePoint stopping_since_{};
  TimePoint reconnect_asked_{};
  CountsByName received_;
  CountsByName received_here_;
  bool refused_worker_ = false;
};

}  // namespace cppworker::simulation
