#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/drift_check.hpp"
#include "app/options.hpp"
#include "app/shard_actions.hpp"
#include "app/signals.hpp"
#include "app/surroundings.hpp"
#include "app/tab_data.hpp"
#include "app/worker_recorder.hpp"
#include "coro/scheduler.hpp"
#include "loader/locustfile.hpp"
#include "runner/rate_limit.hpp"
#include "runner/worker_runner.hpp"
#include "transport/master_connection.hpp"

namespace cppworker::app {

/// The control thread: passes events (messages, shards, signals, time) to the runner and carries
/// out the runner's actions. It never waits for users.
class Control final : private ShardListener, private coro::FdHandler {
 public:
  /// Starts the shards. Throws Error if an init function fails, and the exceptions of ShardThread.
  Control(const Options& options, const UserCode& user_code, Surroundings surroundings = {});
  ~Control();

  /// Runs until the runner's Exit action. Returns the exit code of the process. An exception ends
  /// the process.
  /// @param signals not owned; nullptr: another thread reads the signals and calls hear()
  int run(SignalFd* signals) noexcept;

  /// Call after run(). True if the master asked this worker to quit.
  [[nodiscard]] bool ended_by_master() const { return runner_.ended_by_master(); }

  /// Call before run(). Calls `function` on the control thread when a master has accepted this
  /// worker for the first time.
  void on_joined(std::function<void()> function) { on_joined_ = std::move(function); }

  /// Call before run(). Forwards signals to `other`, which must outlive this.
  void forward_signals_to(Control& other) { hear_too_.push_back(&other); }
  /// Handles a signal that another worker has read. For any thread.
  void hear(int signal) {
    ++signals_heard_;
    happened(runner::SignalReceived{signal});
  }
  /// Reports that the master process, which this process started, has ended. For any thread.
  /// @param text for the log; "": another worker logs it
  void master_ended(std::string text) { happened(runner::MasterEnded{std::move(text)}); }

 private:
  void on_fd_ready(int fd, std::uint32_t epoll_events) override;

  // ShardListener: called on the shards' threads; they post to this thread.
  void send_message(std::string type, Value data) override;
  [[nodiscard]] bool takes_messages() const override {
    return messages_posted_ + messages_held_ < runner::WorkerRunner::kMaxMessages;
  }
  void user_error(std::string msg, std::string traceback) override;
  void quit() override { happened(runner::QuitAsked{}); }
  void stop() override { happened(runner::StopAsked{}); }
  void collected(ShardIncrement increment) override {
    shard_actions_.collected(std::move(increment));
  }
  void happened(runner::Event event) override;

  void handle(runner::Event event);
  void record(const runner::Event& event);
  void carry_out(std::vector<runner::Action> actions);
  void note(const runner::IncrementsCollected& collected);
  void tick();
  void measure_usage();
  void read_link();
  void read_signals();
  void end_recording();
  void take(const transport::MasterConnection::Up& event);
  void take(const transport::MasterConnection::Down& event);
  void take(const transport::MasterConnection::Trouble& event);
  void take(const transport::MasterConnection::Received& event);
  void log_undelivered_messages();
  void end_shards();

  void perform(runner::Send& action);
  void perform(const runner::ClearStats& action);
  void perform(const runner::SetEnvironment& action);
  void perform(const runner::FireHeartbeatReceived& action);
  void perform(const runner::SendLogs& action);
  void perform(const runner::UpdateUserClass& action);
  void perform(const runner::Reconnect& action);
  void perform(const runner::CheckAddress& action);
  void perform(const runner::MasterCommand&) {}  // is only recorded
  void perform(const runner::RunEnded&) {}       // likewise
  void perform(const runner::Exit& action);

  [[nodiscard]] double unix_now();
  static runner::WorkerOptions worker_options(const Options& options,
                                              const loader::Locustfile& locustfile);

  coro::RealClock real_clock_;
  coro::Clock& clock_;
  coro::Scheduler scheduler_;
  SignalFd* signals_ = nullptr;
  std::vector<Control*> hear_too_;
  std::atomic<int> signals_heard_{0};
  std::function<void()> on_joined_;
  const std::size_t workers_;        // in this process
  const std::size_t worker_number_;  // if there are several, from 1
  std::string node_id_;
  const std::unique_ptr<transport::MasterConnection> link_;
  runner::WorkerRunner runner_;
  Masking masking_;
  TabData tab_data_;
  const std::size_t failure_samples_;
  coro::Timer wakeup_;
  ShardActions shard_actions_;
  runner::UsageMeasured usage_;             // the newest
  std::optional<WorkerRecorder> recorder_;  // with --out
  DriftCheck drift_check_;
  std::deque<runner::Event> events_;  // queue of events to be handled
  bool handling_ = false;
  runner::RateLimit bad_messages_{std::chrono::seconds{10}};
  std::uint64_t logs_sent_ = 0;  // see LogReader
  std::optional<int> exit_code_;
  // Messages of user code: posted to this thread, and waiting for the master.
  std::atomic<std::size_t> messages_posted_{0};
  std::atomic<std::size_t> messages_held_{0};
};

}  // namespace cppworker::app
