#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runner/actions.hpp"
#include "runner/events.hpp"

namespace cppworker::runner {

/// What the runner knows of its shards: the users alive on each, what it last asked of them, and
/// who has not answered yet.
class Shards {
 public:
  Shards(const std::vector<std::string>& user_classes, std::size_t count);

  /// Deals out absolute targets; every shard has to answer with ShardReached.
  /// @pre every class is one of `user_classes`.
  [[nodiscard]] SetTargets assign(const UserClassesCount& targets,
                                  std::chrono::duration<double> stop_timeout);
  /// True if the last assign() takes users away from some shard (they may need stop_timeout).
  [[nodiscard]] bool ramping_down() const { return ramping_down_; }

  /// Every shard has to answer with ShardStopped.
  [[nodiscard]] StopUsers stop(std::chrono::duration<double> stop_timeout);

  /// True if it answers what was asked last.
  bool reached(const ShardReached& event);
  void stopped(const ShardStopped& event);
  void users_changed(const ShardUsersChanged& event);

  /// Every shard has answered what was asked last.
  [[nodiscard]] bool all_answered() const;

  /// Users alive per class, idle classes with 0.
  [[nodiscard]] UserClassesCount counts() const;

  /// The same for `spawning_complete`: users that began when their shard reached its target count,
  /// even if they have ended since (short-lived users; so does the stock worker). Without this the
  /// master would wait for users that have come and gone.
  [[nodiscard]] UserClassesCount counts_reached() const;

 private:
  struct Shard {
    UserClassesCount alive;
    UserClassesCount assigned;
    UserClassesCount reached;  // alive when it answered
    bool answered = true;
  };

  void ask_all();
  [[nodiscard]] UserClassesCount sum(UserClassesCount (*of)(const Shard&)) const;

  UserClassesCount none_;  ///< every class with 0
  std::vector<Shard> shards_;
  std::uint64_t generation_ = 0;
  bool ramping_down_ = false;
};

}  // namespace cppworker::runner
