#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <cppworker/detail/locustfile_record.hpp>
#include <cppworker/load_test_shape.hpp>
#include <cppworker/value.hpp>

#include "app/slow_warnings.hpp"
#include "coro/scheduler.hpp"
#include "runner/actions.hpp"
#include "runner/local_runner.hpp"
#include "stats/recording.hpp"
#include "user/iteration_limits.hpp"
#include "user/shard.hpp"

namespace cppworker::app {

/// The statistics of a shard since its last increment.
struct ShardIncrement {
  std::size_t shard = 0;
  std::optional<std::uint64_t>
      collection;  ///< the collection that it answers; none: sent because the users stopped
  std::uint64_t epoch = 0;  ///< the number of ClearStats before this was measured
  stats::Recording recording;
  coro::Duration clock_offset{};  ///< see detail::Shard::Taken
  std::map<std::string, std::int64_t> cut_off_requests;
  Value::Map report_data{};                 ///< from report_to_master listeners
  coro::Lag lag{};                          ///< in the same time
  std::vector<failures::Sample> samples{};  ///< of failed requests
  bool samples_overflow = false;            ///< there was no room for some of them
};

/// Receives what shards send to the control thread. Called on the shards' threads; must not block.
class ShardListener : public detail::ControlLink {
 public:
  virtual void collected(ShardIncrement increment) = 0;
  virtual void happened(runner::Event event) = 0;
};

struct ShardSetup {
  /// For simulations. Null: real time, and a thread for the shard. Otherwise there is no thread:
  /// the shard's scheduler runs when the owner of the clock calls its run(). Not owned.
  coro::Clock* clock = nullptr;
  std::size_t index = 0;
  std::size_t count = 1;
  std::size_t worker_number = 0;  ///< if this process has several workers, from 1; for the log
  std::size_t stack_size = 0;
  std::size_t max_entries = 0;
  stats::Precision precision = stats::Precision::kLocust;
  bool measures_phases = false;                   ///< see detail::Shard::measures_phases
  std::size_t failure_samples = 0;                ///< see detail::Shard::keep_failure_samples()
  bool has_master = true;                         ///< false: report_to_master is not fired
  detail::IterationLimits* iterations = nullptr;  ///< null: no limits
  bool equal_weights = false;                     ///< see detail::Population
  std::string client_id{};
  std::vector<const detail::UserClass*> user_classes;
  std::vector<detail::InitFunction> init_functions;
  Value::Map arguments{};  ///< of the locustfile; the master's options override them
};

/// A thread with its scheduler and users (in a simulation, without the thread). The member
/// functions are for the control thread. They post to the shard and return at once; the answers
/// arrive at the ShardListener.
class ShardThread {
 public:
  /// Starts the thread and waits until the init functions have run. Throws Error if an init
  /// function threw; std::system_error or std::bad_alloc if there are not enough threads, file
  /// descriptors or memory. `listener` must outlive the thread.
  ShardThread(ShardSetup setup, ShardListener& listener);
  /// Joins the thread. Call stop() before and, because user code may never return, wait_stopped().
  ~ShardThread();
  ShardThread(const ShardThread&) = delete;
  ShardThread& operator=(const ShardThread&) = delete;

  void set_targets(const runner::SetTargets& action);
  void stop_users(const runner::StopUsers& action);
  void collect(const runner::CollectIncrements& action);
  void clear_stats(std::uint64_t epoch);
  /// Samples of failed requests are kept from now on, unless they are already.
  /// @param per_failure see detail::Shard::keep_failure_samples()
  void keep_failure_samples(std::size_t per_failure);
  void run_hook(const runner::RunHook& action);
  void set_environment(const runner::SetEnvironment& action);
  void set_worker_index(std::int64_t index);
  void fire_spawning_complete(std::int64_t user_count);
  void fire_heartbeat_received(const std::string& client_id);
  void fire_usage(double cpu_percent, std::int64_t memory_bytes, bool is_too_much);
  void deliver(const protocol::Custom& message);
  /// Runs the shape's tick() and calls `ticked` on the shard's thread with what it returns.
  void tick_shape(const runner::TickShape& action, LoadTestShape& shape,
                  std::function<void(runner::ShapeTicked)> ticked);
  void update_user_class(const Value& data);

  /// What its users have measured since its last increment.
  [[nodiscard]] detail::Shard::Untaken untaken() const;

  void stop();
  /// Fires the `quit` event, then stops the thread as stop() does.
  void quit(int exit_code);
  /// Returns false if the thread has not ended at `deadline` because user code blocks it.
  [[nodiscard]] bool wait_stopped(std::chrono::steady_clock::time_point deadline);

  /// The thread's CPU clock, for usage measurements.
  [[nodiscard]] clockid_t cpu_clock() const { return cpu_clock_; }

 private:
  struct State;  // lives on the shard's thread
  void main();
  void begin();
  coro::Scheduler::Options scheduler_options();
  void run_init_functions(State& state) const;
  void post(std::function<void(State&)> function);

  ShardSetup setup_;
  ShardListener& listener_;
  coro::RealClock real_clock_;
  coro::Clock& clock_;
  // The shard's thread sets these two before the constructor returns.
  std::unique_ptr<coro::Scheduler> scheduler_;
  std::unique_ptr<State> state_;
  SlowWarnings slow_warnings_;  // only for the shard's thread
  std::mutex mutex_;            // guards the three below
  std::condition_variable changed_;
  std::exception_ptr start_error_;
  bool started_ = false;
  bool stopped_ = false;
  clockid_t cpu_clock_{};
  std::thread thread_;
};

}  // namespace cppworker::app
