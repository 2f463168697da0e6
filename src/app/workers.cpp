#include "app/workers.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>

#include <cppworker/version.hpp>

#include "app/control_threads.hpp"
#include "app/options.hpp"
#include "app/resources.hpp"
#include "app/signals.hpp"
#include "coro/scheduler.hpp"

namespace cppworker::app {
namespace {

/// The resources of a worker besides its shards: its control thread, and those that libzmq needs
/// for the connection to the master. libzmq ends the process if it can't allocate them. It needs an
/// I/O thread and a thread that closes sockets, each with an epoll and an eventfd, and an eventfd
/// for each of three sockets. The file count is doubled, for reconnecting and for other files.
constexpr Resources kOfWorker{
    .file_descriptors = 14, .threads = 3, .memory_bytes = std::size_t{8} * 1024 * 1024};

/// Reads the signals when the first worker, which normally does, has ended before the others.
class SignalReader final : public coro::FdHandler {
 public:
  SignalReader(SignalFd& signals, const Controls& controls)
      : signals_(signals), controls_(controls) {}

 private:
  void on_fd_ready(int, std::uint32_t) override {
    while (const std::optional<int> signal = signals_.next()) {
      for (std::size_t i = 1; i < controls_.size(); ++i) controls_[i]->hear(*signal);
    }
  }

  SignalFd& signals_;
  const Controls& controls_;
};

}  // namespace

std::size_t threads_of(std::size_t index, std::size_t workers, std::size_t threads) {
  return std::max<std::size_t>(1, threads / workers + (index < threads % workers ? 1 : 0));
}

Controls make_controls(const Options& options, const UserCode& user_code) {
  Controls controls;
  for (std::size_t i = 0; i < options.workers; ++i) {
    Options share = options;
    share.threads = threads_of(i, options.workers, options.threads);
    share.worker_number = options.workers > 1 ? i + 1 : 0;
    controls.push_back(std::make_unique<Control>(share, user_code));
  }
  check_available({.file_descriptors = kOfWorker.file_descriptors * controls.size(),
                   .threads = kOfWorker.threads * controls.size(),
                   .memory_bytes = kOfWorker.memory_bytes * controls.size()});
  return controls;
}

void log_start(const Options& options) {
  spdlog::info("Starting cpp-worker {} with {} thread{}{}, master at {}:{}", CPPWORKER_VERSION,
               options.threads, options.threads == 1 ? "" : "s",
               options.workers == 1 ? "" : fmt::format(" as {} workers", options.workers),
               options.master_host, options.master_port);
}

int run_workers(const Options& options, const UserCode& user_code) {
  const Controls controls = make_controls(options, user_code);
  for (std::size_t i = 1; i < controls.size(); ++i) controls[0]->forward_signals_to(*controls[i]);
  SignalFd signals;
  // From here on, SIGINT and SIGTERM end the run in an orderly way.
  log_start(options);
  // The first worker runs on this thread; each of the others has its own control thread.
  std::vector<int> codes(controls.size(), 0);
  coro::RealClock clock;
  coro::Scheduler waiting(clock, coro::Scheduler::Options{});
  std::size_t others = controls.size() - 1;  // workers that have not ended; only for this thread
  ControlThreads threads(others, [&](std::size_t index) {
    codes[index + 1] = controls[index + 1]->run(nullptr);
    waiting.post([&] {
      if (--others == 0) waiting.stop();
    });
  });
  codes[0] = controls[0]->run(&signals);
  if (others > 0) {
    SignalReader reader(signals, controls);
    waiting.watch(signals.fd(), EPOLLIN, reader);
    waiting.run();
  }
  threads.join();
  return *std::max_element(codes.begin(), codes.end());
}

}  // namespace cppworker::app
