#include "app/workers.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include <spdlog/spdlog.h>

#include "app/control.hpp"
#include "app/options.hpp"

namespace cppworker::app {

std::size_t threads_of(std::size_t index, std::size_t workers, std::size_t threads) {
  return std::max<std::size_t>(1, threads / workers + (index < threads % workers ? 1 : 0));
}

int run_workers(const Options& options, const UserCode& user_code, SignalFd signals) {
  std::vector<std::unique_ptr<Control>> controls;
  for (std::size_t i = 0; i < options.workers; ++i) {
    Options share = options;
    share.threads = threads_of(i, options.workers, options.threads);
    controls.push_back(std::make_unique<Control>(share, user_code, i == 0 ? &signals : nullptr));
    if (i > 0) controls[0]->forward_signals_to(*controls[i]);
  }
  // The first one stays on this thread; each of the others has a control thread of its own.
  std::vector<int> codes(controls.size(), 0);
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < controls.size(); ++i) {
    threads.emplace_back([&code = codes[i], &control = *controls[i]] { code = control.run(); });
  }
  codes[0] = controls[0]->run();
  for (std::thread& thread : threads) thread.join();
  return *std::max_element(codes.begin(), codes.end());
}

}  // namespace cppworker::app
