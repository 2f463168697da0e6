#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runner/actions.hpp"
#include "runner/events.hpp"

namespace cppworker::runner {

/// What to do when the master is lost (--on-master-loss).
enum class OnMasterLoss { kRejoin, kKeepRunning, kQuit };

struct WorkerOptions {
  std::vector<std::string>
      user_classes;  ///< the names of this worker's classes, in locustfile order
  std::size_t shards = 1;
  OnMasterLoss on_master_loss = OnMasterLoss::kRejoin;
  std::chrono::seconds max_unattended{600};
  std::optional<std::chrono::seconds> connect_timeout;  ///< none: retry indefinitely
  std::chrono::seconds additional_wait_before_ready{0};
  bool reset_stats = false;
  bool is_recorded = false;    ///< collect the increments of each second of a run
  std::string master_address;  ///< "host:port", for log lines only
};

/// The behaviour of a Locust worker towards its master, as a state machine. Owned and called by one
/// thread. It never blocks and never reads a clock.
class WorkerRunner {
 public:
  explicit WorkerRunner(WorkerOptions options);
  ~WorkerRunner();
  WorkerRunner(const WorkerRunner&) = delete;
  WorkerRunner& operator=(const WorkerRunner&) = delete;

  /// Returns the first actions (open the connection).
  [[nodiscard]] std::vector<Action> start(TimePoint now);

  /// Handles one event. The caller must carry out the actions in order, before the next event.
  [[nodiscard]] std::vector<Action> handle(Event event, TimePoint now);

  /// This worker is registered with a master that has answered within the last seconds.
  [[nodiscard]] bool master_listens() const;

  /// The users that run now, by class.
  [[nodiscard]] UserClassesCount user_classes_count() const;

  /// True if the master asked this worker to quit.
  [[nodiscard]] bool ended_by_master() const;

  /// The number of messages of user code that wait for a master, at most kMaxMessages.
  [[nodiscard]] std::size_t messages_waiting() const;
  static constexpr std::size_t kMaxMessages = 10'000;

  /// When a Tick is due; never earlier than the last `now`.
  [[nodiscard]] TimePoint next_wakeup() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cppworker::runner
