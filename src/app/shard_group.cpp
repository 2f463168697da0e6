#include "app/shard_group.hpp"

#include <cstddef>
#include <cstdlib>

#include <spdlog/spdlog.h>

#include "app/logging.hpp"
#include "base/check.hpp"
#include "coro/blocking_pool.hpp"

namespace cppworker::app {
namespace {

/// How long the end of the process waits for a shard whose user code blocks its thread.
constexpr std::chrono::seconds kPatience{2};

}  // namespace

ShardGroup::ShardGroup(const Options& options, const UserCode& user_code,
                       const std::string& client_id, ShardListener& listener,
                       detail::IterationLimits* iterations,
                       const std::vector<coro::Clock*>& clocks) {
  CHECK(clocks.empty() || clocks.size() == options.threads);
  const loader::Locustfile& locustfile = user_code.locustfile;
  coro::BlockingPool::process().set_threads_max(options.blocking_threads);
  for (std::size_t i = 0; i < options.threads; ++i) {
    shards_.push_back(std::make_unique<ShardThread>(
        ShardSetup{.clock = clocks.empty() ? nullptr : clocks[i],
                   .index = i,
                   .count = options.threads,
                   .worker_number = options.worker_number,
                   .stack_size = options.stack_size,
                   .max_entries = options.max_entries,
                   .precision = options.precision,
                   .measures_phases = options.phases,
                   .failure_samples =
                       options.out.empty() && options.html.empty() ? 0 : options.failure_samples,
                   .has_master = !options.standalone,
                   .iterations = iterations,
                   .equal_weights = options.equal_weights,
                   .client_id = client_id,
                   .user_classes = locustfile.user_classes,
                   .init_functions = locustfile.init_functions,
                   .arguments = user_code.arguments},
        listener));
    for (const Value& config : user_code.config_users) shards_.back()->update_user_class(config);
  }
}

std::vector<clockid_t> ShardGroup::cpu_clocks() const {
  std::vector<clockid_t> clocks;
  for (const auto& shard : shards_) clocks.push_back(shard->cpu_clock());
  clocks.push_back(CLOCK_THREAD_CPUTIME_ID);  // a control thread can be overloaded too
  return clocks;
}

void ShardGroup::end(int exit_code, const std::function<bool()>& waits_for_others) {
  auto deadline = std::chrono::steady_clock::now() + kPatience;
  const auto patiently = [&](auto&& wait) {
    bool done = wait();
    while (!done && waits_for_others()) {
      deadline = std::chrono::steady_clock::now() + kPatience;
      done = wait();
    }
    return done;
  };
  // First, because blocking calls use objects of the shards' users.
  bool free = patiently([&] { return coro::BlockingPool::process().wait_idle(deadline); });
  for (const auto& shard : shards_) {
    shard == shards_.front() ? shard->quit(exit_code) : shard->stop();
  }
  for (const auto& shard : shards_) {
    free = patiently([&] { return shard->wait_stopped(deadline); }) && free;
  }
  if (!free) {
    spdlog::warn("User code is still blocking a thread; exiting anyway.");
    wait_for_log();
    std::_Exit(exit_code);
  }
}

}  // namespace cppworker::app
