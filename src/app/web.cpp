#include "app/web.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <deque>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>

#include <cppworker/exception.hpp>

#include "app/child_process.hpp"
#include "app/control_threads.hpp"
#include "app/logging.hpp"
#include "app/options.hpp"
#include "app/reserved_port.hpp"
#include "app/signals.hpp"
#include "app/temporary_dir.hpp"
#include "app/workers.hpp"
#include "coro/scheduler.hpp"
#include "loader/process.hpp"

namespace cppworker::app {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLastLines = 10;
constexpr int kPollMs = 50;
/// The time that the workers have to read the master's `quit` message after the master has ended.
constexpr auto kQuitPatience = 1s;
/// The time that the master has to write its reports after the workers have ended.
constexpr auto kReportPatience = 10s;
/// The time between SIGTERM and SIGKILL.
constexpr auto kTerminatePatience = 10s;

std::string find_locust(const std::string& name) {
  if (const auto found = loader::find_program(name)) return *found;
  if (name != "locust") {
    throw Error(fmt::format(
        "--locust: '{}' is not an executable file. Name the program of an installed Locust", name));
  }
  throw Error(
      "--web needs Locust, but there is no program 'locust' on the PATH. Install it with `pip "
      "install locust`, or name the program with --locust PATH");
}

/// @param what e.g. "the web UI"
/// @param options the beginning of the names of the options that set the host and the port
std::unique_ptr<ReservedPort> reserve(const std::string& host, int port, std::string_view what,
                                      std::string_view options) {
  try {
    return std::make_unique<ReservedPort>(host, static_cast<std::uint16_t>(port));
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::address_not_available) {
      throw Error(
          fmt::format("{}-host: '{}' can't be used for {}, because it is not an address of "
                      "this machine. Use one of its addresses",
                      options, host, what));
    }
    throw Error(fmt::format("Port {} can't be used for {}: {}. Choose another one with {}-port",
                            port, what, error.code().message(), options));
  }
}

bool is_all_addresses(const std::string& host) {
  return host.empty() || host == "*" || host == "0.0.0.0" || host == "::";
}

/// The exit code of a process that ended like this, as in a shell.
int code_of(const loader::ExitStatus& status) {
  constexpr int kSignalled = 128;
  return status.signal > 0 ? kSignalled + status.signal : status.code;
}

/// The stock `locust --master`.
class LocustMaster {
 public:
  LocustMaster(const WebUi& options, const std::string& locustfile,
               const std::vector<std::string>& arguments)
      : options_(options),
        program_(find_locust(options.locust)),
        port_(reserve(options.bind_host, options.bind_port, "the master", "--master-bind")),
        web_port_(reserve(options.host, options.port, "the web UI", "--web")),
        dir_("web"),
        file_(dir_.path() / "locustfile.py") {
    std::ofstream stream(file_);
    stream << locustfile;
    stream.close();
    if (!stream) throw Error(fmt::format("Could not write '{}'", file_.native()));
    process_.emplace(words(arguments), [this](std::string line) { take(std::move(line)); });
  }

  /// Returns when the master listens for workers and browsers, or has ended. Throws Interrupted if
  /// a signal arrives before that.
  void wait_until_it_listens(SignalFd& signals) {
    pollfd signalled{signals.fd(), POLLIN, 0};
    for (const ReservedPort* port : {port_.get(), web_port_.get()}) {
      while (!process_->status() && !port->is_served()) {
        if (poll(&signalled, 1, kPollMs) <= 0) continue;
        if (const auto signal = signals.next()) throw loader::Interrupted{*signal};
      }
    }
    dir_.remove();  // the master has read the file
  }

  [[nodiscard]] ChildProcess& process() { return *process_; }
  [[nodiscard]] std::string host() const {
    return is_all_addresses(options_.bind_host) ? "127.0.0.1" : options_.bind_host;
  }
  [[nodiscard]] int port() const { return port_->port(); }
  [[nodiscard]] std::string url() const {
    const bool is_ip6 = options_.host.find(':') != std::string::npos;
    return fmt::format("{}://{}:{}{}", options_.has_tls ? "https" : "http",
                       is_all_addresses(options_.host) ? "localhost"
                       : is_ip6                        ? '[' + options_.host + ']'
                                                       : options_.host,
                       web_port_->port(), options_.base_path);
  }

  /// How the master has ended, with the last lines that it wrote to standard error. Call it after
  /// the end.
  [[nodiscard]] std::string end_text() const {
    const loader::ExitStatus status = process_->status().value();
    std::string text = status.signal > 0
                           ? fmt::format("The Locust master was ended by signal {}", status.signal)
                           : fmt::format("The Locust master ended with exit code {}", status.code);
    const std::lock_guard lock(mutex_);
    if (!last_lines_.empty()) {
      text += fmt::format(". Its last lines:\n  {}", fmt::join(last_lines_, "\n  "));
    }
    return text;
  }

 private:
  [[nodiscard]] std::vector<std::string> words(const std::vector<std::string>& arguments) const {
    std::vector<std::string> words = {program_,
                                      "--locustfile=" + file_.native(),
                                      "--master",
                                      "--master-bind-host=" + options_.bind_host,
                                      fmt::format("--master-bind-port={}", port_->port()),
                                      fmt::format("--web-port={}", web_port_->port())};
    words.insert(words.end(), arguments.begin(), arguments.end());
    words.insert(words.end(), options_.master_options.begin(), options_.master_options.end());
    return words;
  }

  void take(std::string line) {
    print_line(line);
    const std::lock_guard lock(mutex_);
    if (last_lines_.size() == kLastLines) last_lines_.pop_front();
    last_lines_.push_back(std::move(line));
  }

  const WebUi& options_;
  const std::string program_;
  const std::unique_ptr<ReservedPort> port_;
  const std::unique_ptr<ReservedPort> web_port_;
  TemporaryDir dir_;
  const std::filesystem::path file_;
  mutable std::mutex mutex_;
  std::deque<std::string> last_lines_;
  std::optional<ChildProcess> process_;
};

/// Runs on the main thread while the workers run on threads of their own. Passes signals on to the
/// master, and ends the master and the workers together.
class WebRun final : private coro::FdHandler {
 public:
  WebRun(LocustMaster& master, SignalFd& signals, const Controls& controls)
      : master_(master),
        signals_(signals),
        controls_(controls),
        scheduler_(clock_, coro::Scheduler::Options{}),
        timer_(
            scheduler_, [](void* self) { static_cast<WebRun*>(self)->patience_ended(); }, this),
        running_(controls.size()) {}
  ~WebRun() { master_.process().on_end({}); }
  WebRun(const WebRun&) = delete;
  WebRun& operator=(const WebRun&) = delete;

  /// Returns the exit code of the process.
  int run() {
    scheduler_.watch(signals_.fd(), EPOLLIN, *this);
    master_.process().on_end([this] { scheduler_.post([this] { master_ended(); }); });
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
        spdlog::info("Passing signal {} on to the Locust master; a second one ends it at once",
                     *signal);
        master_.process().signal(*signal);  // the master makes the workers quit
        continue;
      }
      for (const auto& control : controls_) {
        if (!master_has_ended_) control->hear(*signal);  // the first, which only the master got
        control->hear(*signal);
      }
      master_.process().signal(SIGKILL);
    }
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
    if (!by_master) return patience_ended();
    timer_.arm(clock_.now() + kReportPatience);
  }

  void patience_ended() {
    if (!master_has_ended_) {
      master_.process().signal(std::exchange(terminated_, true) ? SIGKILL : SIGTERM);
      return timer_.arm(clock_.now() + kTerminatePatience);
    }
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
  std::size_t running_;  // workers
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
  print_line(fmt::format("Locust's web UI: {} (Ctrl-C ends Locust and cpp-worker)", master.url()));
  Options joining = options;
  joining.master_host = master.host();
  joining.master_port = master.port();
  const Controls controls = make_controls(joining, user_code);
  log_start(joining);
  return WebRun(master, signals, controls).run();
}

}  // namespace cppworker::app
