#pragma once

#include <memory>
#include <vector>

#include "coro/clock.hpp"
#include "transport/master_connection.hpp"

namespace cppworker::app {

/// What a worker gets from its machine: time, threads and the network. A simulation replaces them.
struct Surroundings {
  /// The time of the control thread; null: real time. Not owned.
  coro::Clock* clock = nullptr;
  /// The time of each shard. Empty: real time, and a thread for each shard. Otherwise the shards
  /// have no threads; see ShardSetup::clock. Not owned.
  std::vector<coro::Clock*> shard_clocks{};
  /// Null: a ZeroMQ socket.
  std::unique_ptr<transport::MasterConnection> connection{};
};

}  // namespace cppworker::app
