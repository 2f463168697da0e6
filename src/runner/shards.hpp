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

/// How long the end of a ramp waits for slow shards. The stop timeout of removed users is added.
inline constexpr std::chrono::seconds kShardPatience{1};

/// The runner's view of its shards: the users running on each shard, their last targets, and the
/// shards that have not answered yet.
class Shards {
 public:
  Shards(const std::vector<std::string>& user_classes, std::size_t count);

  /// Distributes absolute targets. Every shard must answer with ShardReached.
  /// @pre every class is one of `user_classes`.
  [[nodiscard]] SetTargets assign(const UserClassesCount& targets,
                                  std::chrono::duration<double> stop_timeout);
  /// Likewise, but does not replace users that have ended since the last assign(): starts only the
  /// users by which the targets have grown.
  [[nodiscard]] SetTargets assign_new(const UserClassesCount& targets,
                                      std::chrono::duration<double> stop_timeout);
  /// True if the last assign() removes users from a shard (they may need stop_timeout).
  [[nodiscard]] bool ramping_down() const { return ramping_down_; }

  /// Stops all users. Every shard must answer with ShardStopped.
  [[nodiscard]] StopUsers stop(std::chrono::duration<double> stop_timeout);

  /// True if the event answers the last request.
  bool reached(const ShardReached& event);
  void stopped(const ShardStopped& event);
  void users_changed(const ShardUsersChanged& event);

  /// True if every shard has answered the last request.
  [[nodiscard]] bool all_answered() const;

  /// Running users per class; classes without users have 0.
  [[nodiscard]] UserClassesCount counts() const;

  /// Users per class for `spawning_complete`. As in the stock worker, users that were running when
  /// their shard reached its target count even if they have ended since. Otherwise the master would
  /// wait for short-lived users that have already ended.
  [[nodiscard]] UserClassesCount counts_reached() const;

 private:
  struct Shard {
    UserClassesCount alive;
    UserClassesCount assigned;
    UserClassesCount reached;  // the users that were alive when the shard answered
    bool answered = true;
  };

  [[nodiscard]] std::vector<UserClassesCount> current() const;
  [[nodiscard]] SetTargets distribute(const UserClassesCount& targets,
                                      std::chrono::duration<double> stop_timeout);
  void ask_all();
  [[nodiscard]] UserClassesCount sum(UserClassesCount (*of)(const Shard&)) const;

  UserClassesCount none_;     ///< every class with 0
  UserClassesCount targets_;  ///< of the last assign()
  std::vector<Shard> shards_;
  std::uint64_t generation_ = 0;
  bool ramping_down_ = false;
};

}  // namespace cppworker::runner
