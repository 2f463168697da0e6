#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <cppworker/load_test_shape.hpp>

#include "app/keyboard.hpp"
#include "app/options.hpp"
#include "app/run_recorder.hpp"
#include "app/run_reports.hpp"
#include "app/shard_actions.hpp"
#include "app/shard_thread.hpp"
#include "app/signals.hpp"
#include "coro/scheduler.hpp"
#include "loader/locustfile.hpp"
#include "runner/local_runner.hpp"
#include "runner/threshold.hpp"
#include "user/iteration_limits.hpp"

namespace cppworker::app {

/// The control thread of a run without a master: passes events (shards, signals, keys, time) to the
/// LocalRunner and carries out its actions.
class LocalRun final : private ShardListener, private coro::FdHandler {
 public:
  /// Starts the shards and creates the files of the run. Throws Error, and the exceptions of
  /// ShardThread.
  LocalRun(const Options& options, const UserCode& user_code);

  /// Runs the test. Returns the exit code of the process. An exception ends the process.
  int run(SignalFd& signals) noexcept;

 private:
  void on_fd_ready(int fd, std::uint32_t epoll_events) override;

  // ShardListener: called on the shards' threads; they post to this thread.
  void send_message(std::string type, Value data) override;
  void user_error(std::string msg, std::string traceback) override;
  void host_is_missing(std::string msg, std::string traceback) override;
  void quit() override { post(runner::QuitAsked{}); }
  void stop() override { post(runner::StopAsked{}); }
  void listener_failed() override { post(runner::ListenerFailed{}); }
  void set_exit_code(int code) override { post(runner::ExitCodeSet{code}); }
  void collected(ShardIncrement increment) override {
    shard_actions_.collected(std::move(increment));
  }
  void happened(runner::Event event) override;

  void post(runner::LocalEvent event);
  void handle(runner::LocalEvent event);
  void carry_out(std::vector<runner::LocalAction> actions);
  void record(const runner::LocalEvent& event);
  void tick();
  void measure_usage();

  void perform(const runner::TickShape& action);
  void perform(const runner::ReportStats& action);
  void perform(const runner::ReportSummary& action);
  void perform(const runner::Exit& action);

  coro::RealClock clock_;
  coro::Scheduler scheduler_;
  SignalFd* signals_ = nullptr;
  std::unique_ptr<LoadTestShape> shape_;
  RunReports reports_;
  Masking masking_;
  RunRecorder recorder_;
  runner::LocalRunner runner_;
  coro::Timer wakeup_;
  detail::IterationLimits iterations_;
  ShardActions shard_actions_;
  runner::UsageMeasured usage_;  // the newest
  Keyboard keyboard_;
  std::deque<runner::LocalEvent> events_;  // queue of events to be handled
  bool handling_ = false;
  std::optional<int> exit_code_;
};

/// The thresholds of --fail-if and of the locustfile (CPPWORKER_FAIL_IF). Throws Error.
[[nodiscard]] std::vector<runner::Threshold> thresholds_of(const Options& options,
                                                           const loader::Locustfile& locustfile);

/// Runs a test in this process, without a master. Returns the exit code.
[[nodiscard]] int run_locally(const Options& options, const UserCode& user_code);

}  // namespace cppworker::app
