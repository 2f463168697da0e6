#include "app/web.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>

#include "app/control_threads.hpp"
#include "app/locust_master.hpp"
#include "app/logging.hpp"
#include "app/options.hpp"
#include "app/signals.hpp"
#include "app/workers.hpp"
#include "coro/scheduler.hpp"
#include "loader/process.hpp"

namespace cppworker::app {
namespace {

using namespace std::chrono_literals;

/// The time that the workers have to read the master's `quit` message after the master has ended.
constexpr auto kQuitPatience = 1s;
/// The time that the master has to write its reports after the workers have ended.
constexpr auto kReportPatience = 10s;
/// The time between SIGTERM and SIGKILL.
constexpr auto kTerminatePatience = 10s;

/// The exit code of a process that ended like this, as in a shell.
int code_of(const loader::ExitStatus& status) {
  constexpr int kSignalled = 128;
  return status.signal > 0 ? kSignalled + status.signal : status.code;
}

/// Runs on the main thread while the workers run on threads of their own. Ends the master at a
/// signal, and ends the master and the workers together.
class WebRun final : private coro::FdHandler {
 public:
  WebRun(LocustMaster& master, SignalFd& signals, const Controls& controls)
      : master_(master),
        signals_(signals),
        controls_(controls),
        scheduler_(clock_, coro::Scheduler::Options{}),
        timer_(
            scheduler_, [](void* self) { static_cast<WebRun*>(self)->patience_ended(); }, this),
        joining_(controls.size()),
        running_(controls.size()) {}
  ~WebRun() { master_.process().on_end({}); }
  WebRun(const WebRun&) = delete;
  WebRun& operator=(const WebRun&) = delete;

  /// Returns the exit code of the process.
  int run() {
    scheduler_.watch(signals_.fd(), EPOLLIN, *this);
    master_.process().on_end([this] { scheduler_.post([this] { master_ended(); }); });
    for (const auto& control : controls_) {
      control->on_joined([this] { scheduler_.post([this] { worker_joined(); }); });
    }
    ControlThreads threads(controls_.size(), [this](std::size_t index) {
      const int code = controls_[index]->run(nullptr);
      scheduler_.post([this, code] { worker_ended(code); });
    });
    scheduler_.run();
    threads.join();
    const int code = code_of(master_.process().status().value());
    return code != 0 ? code : worker_code_;
  }

 private:
  void on_fd_ready(int, std::uint32_t) override {
    while (const std::optional<int> signal = signals_.next()) {
      if (!std::exchange(signalled_, true) && !master_has_ended_) {
        spdlog::info("Ending the Locust master; a second signal ends it at once");
        // Not SIGINT: Python's KeyboardInterrupt gets lost if it is raised in a callback. The
        // master makes the workers quit.
        master_.process().signal(SIGTERM);
        continue;
      }
      for (const auto& control : controls_) {
        if (!master_has_ended_) control->hear(*signal);  // the first, which only the master got
        control->hear(*signal);
      }
      master_.process().signal(SIGKILL);
    }
  }

  /// The web UI can be used when all workers have joined the master.
  void worker_joined() {
    if (--joining_ > 0) return;
    print_line(
        fmt::format("Locust's web UI: {} (Ctrl-C ends Locust and cpp-worker)", master_.url()));
  }

  void master_ended() {
    master_has_ended_ = true;
    if (running_ == 0) return scheduler_.stop();
    timer_.arm(clock_.now() + kQuitPatience);
  }

  void worker_ended(int code) {
    worker_code_ = std::max(worker_code_, code);
    if (--running_ > 0) return;
    if (master_has_ended_) return scheduler_.stop();
    const bool by_master = std::ranges::all_of(
        controls_, [](const auto& control) { return control->ended_by_master(); });
    if (!by_master) return end_master();
    timer_.arm(clock_.now() + kReportPatience);
  }

  void patience_ended() { master_has_ended_ ? end_workers() : end_master(); }

  void end_master() {
    master_.process().signal(std::exchange(terminated_, true) ? SIGKILL : SIGTERM);
    timer_.arm(clock_.now() + kTerminatePatience);
  }

  void end_workers() {
    for (std::size_t i = 0; i < controls_.size(); ++i) {
      controls_[i]->master_ended(i == 0 ? master_.end_text() : "");
    }
  }

  LocustMaster& master_;
  SignalFd& signals_;
  const Controls& controls_;
  coro::RealClock clock_;
  coro::Scheduler scheduler_;
  coro::Timer timer_;
  std::size_t joining_;  // workers that have not joined the master yet
  std::size_t running_;  // workers that have not ended
  int worker_code_ = 0;
  bool master_has_ended_ = false;
  bool signalled_ = false;
  bool terminated_ = false;
};

}  // namespace

int run_with_web_ui(const Options& options, const UserCode& user_code,
                    const std::string& locustfile, const std::vector<std::string>& arguments) {
  SignalFd signals;
  LocustMaster master(*options.web, locustfile, arguments);
  master.wait_until_it_listens(signals);
  if (const auto status = master.process().status()) {
    spdlog::error("{}", master.end_text());
    return std::max(1, code_of(*status));
  }
  Options joining = options;
  joining.master_host = master.host();
  joining.master_port = master.port();
  const Controls controls = make_controls(joining, user_code);
  log_start(joining);
  return WebRun(master, signals, controls).run();
}

}  // namespace cppworker::app
