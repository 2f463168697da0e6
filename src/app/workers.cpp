#include "app/workers.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include <sys/epoll.h>

#include "app/control.hpp"
#include "app/options.hpp"
#include "coro/scheduler.hpp"

namespace cppworker::app {
namespace {

using Controls = std::vector<std::unique_ptr<Control>>;

/// The first worker reads the signals. When it has ended before the others, this does.
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

int run_workers(const Options& options, const UserCode& user_code, SignalFd signals) {
  Controls controls;
  for (std::size_t i = 0; i < options.workers; ++i) {
    Options share = options;
    share.threads = threads_of(i, options.workers, options.threads);
    share.worker_number = options.workers > 1 ? i + 1 : 0;
    controls.push_back(std::make_unique<Control>(share, user_code, i == 0 ? &signals : nullptr));
    if (i > 0) controls[0]->forward_signals_to(*controls[i]);
  }
  // The first one stays on this thread; each of the others has a control thread of its own.
  std::vector<int> codes(controls.size(), 0);
  std::vector<std::thread> threads;
  coro::RealClock clock;
  coro::Scheduler waiting(clock, coro::Scheduler::Options{});
  std::size_t others = controls.size() - 1;  // that have not ended; this thread's
  for (std::size_t i = 1; i < controls.size(); ++i) {
    threads.emplace_back([&, i] {
      codes[i] = controls[i]->run();
      waiting.post([&] {
        if (--others == 0) waiting.stop();
      });
    });
  }
  codes[0] = controls[0]->run();
  if (others > 0) {
    SignalReader reader(signals, controls);
    waiting.watch(signals.fd(), EPOLLIN, reader);
    waiting.run();
  }
  for (std::thread& thread : threads) thread.join();
  return *std::max_element(codes.begin(), codes.end());
}

}  // namespace cppworker::app
