#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/options.hpp"
#include "app/shard_thread.hpp"
#include "loader/locustfile.hpp"

namespace cppworker::app {

/// The user code of a run.
struct UserCode {
  const loader::Locustfile& locustfile;
  Value::Map arguments;             ///< the locustfile's own arguments, from this command line
  std::vector<Value> config_users;  ///< changes of user classes, in the format of update_user_class
};

/// All shards of a worker, or of a run without a master. Belongs to the control thread.
class ShardGroup {
 public:
  /// Starts the shards. Throws Error if an init function fails, and the exceptions of ShardThread.
  /// @param listener must outlive this
  /// @param iterations limits the users' tasks; may be null; must outlive this
  /// @param clocks see Surroundings::shard_clocks
  ShardGroup(const Options& options, const UserCode& user_code, const std::string& client_id,
             ShardListener& listener, detail::IterationLimits* iterations = nullptr,
             const std::vector<coro::Clock*>& clocks = {});

  /// Calls a member function of every shard.
  template <class Function>
  void each(const Function& function) const {
    for (const auto& shard : shards_) function(*shard);
  }
  /// The shard that runs what belongs to no user: hooks, messages, load shapes.
  [[nodiscard]] ShardThread& first() const { return *shards_.front(); }

  /// The CPU clocks of the shards' threads and of the calling thread.
  [[nodiscard]] std::vector<clockid_t> cpu_clocks() const;

  /// Fires `quit` and ends all threads. Exits the process if user code still blocks one of them.
  /// @param waits_for_others returns true while the process must not end; called every 2 s
  void end(int exit_code, const std::function<bool()>& waits_for_others);

 private:
  std::vector<std::unique_ptr<ShardThread>> shards_;
};

}  // namespace cppworker::app
