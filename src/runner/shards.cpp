#include "runner/shards.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "runner/split_targets.hpp"

namespace cppworker::runner {

Shards::Shards(const std::vector<std::string>& user_classes, std::size_t count) {
  for (const std::string& name : user_classes) none_[name] = 0;
  shards_.resize(std::max<std::size_t>(1, count), Shard{none_, none_, none_, true});
}

void Shards::ask_all() {
  ++generation_;
  for (Shard& shard : shards_) shard.answered = false;
}

/// For a shard that has answered, its running users count, so that ended users can be replaced. A
/// shard that has not answered is still changing to its last targets, so these count.
std::vector<UserClassesCount> Shards::current() const {
  std::vector<UserClassesCount> current;
  for (const Shard& shard : shards_) {
    current.push_back(shard.answered ? shard.alive : shard.assigned);
  }
  return current;
}

SetTargets Shards::assign(const UserClassesCount& targets,
                          std::chrono::duration<double> stop_timeout) {
  targets_ = targets;
  return distribute(targets, stop_timeout);
}

SetTargets Shards::assign_new(const UserClassesCount& targets,
                              std::chrono::duration<double> stop_timeout) {
  UserClassesCount running = none_;
  for (const UserClassesCount& shard : current()) {
    for (const auto& [name, count] : shard) running[name] += count;
  }
  UserClassesCount without_ended = targets;
  for (auto& [name, target] : without_ended) {
    const std::int64_t added = std::max<std::int64_t>(0, target - targets_[name]);
    target = std::min(target, running[name] + added);
  }
  targets_ = targets;
  return distribute(without_ended, stop_timeout);
}

SetTargets Shards::distribute(const UserClassesCount& targets,
                              std::chrono::duration<double> stop_timeout) {
  for (const auto& [name, count] : targets) CHECK(none_.contains(name));
  const std::vector<UserClassesCount> before = current();
  ramping_down_ = false;
  std::vector<UserClassesCount> dealt = split_targets(targets, before);
  CHECK(dealt.size() == shards_.size());
  for (std::size_t s = 0; s < shards_.size(); ++s) {
    for (const auto& [name, count] : dealt[s]) {
      const UserClassesCount& alive = shards_[s].alive;
      if (count < std::max(before[s].at(name), alive.at(name))) ramping_down_ = true;
    }
    shards_[s].assigned = dealt[s];
  }
  ask_all();
  return {generation_, std::move(dealt), stop_timeout};
}

StopUsers Shards::stop(std::chrono::duration<double> stop_timeout) {
  targets_ = none_;
  for (Shard& shard : shards_) shard.assigned = none_;
  ask_all();
  return {generation_, stop_timeout};
}

bool Shards::reached(const ShardReached& event) {
  CHECK(event.generation <= generation_);
  users_changed({event.shard, event.user_classes_count});
  if (event.generation != generation_) return false;
  shards_[event.shard].reached = shards_[event.shard].alive;
  return !std::exchange(shards_[event.shard].answered, true);
}

void Shards::stopped(const ShardStopped& event) {
  CHECK(event.generation <= generation_);
  users_changed({event.shard, none_});
  if (event.generation == generation_) {
    shards_[event.shard].answered = true;
  }
}

void Shards::users_changed(const ShardUsersChanged& event) {
  CHECK(event.shard < shards_.size());
  UserClassesCount& alive = shards_[event.shard].alive;
  alive = none_;
  for (const auto& [name, count] : event.user_classes_count) {
    if (const auto known = alive.find(name); known != alive.end()) known->second = count;
  }
}

bool Shards::all_answered() const {
  return std::all_of(shards_.begin(), shards_.end(), [](const Shard& s) { return s.answered; });
}

UserClassesCount Shards::counts() const {
  return sum([](const Shard& shard) { return shard.alive; });
}

UserClassesCount Shards::counts_reached() const {
  return sum([](const Shard& shard) { return shard.answered ? shard.reached : shard.alive; });
}

UserClassesCount Shards::sum(UserClassesCount (*of)(const Shard&)) const {
  UserClassesCount sum = none_;
  for (const Shard& shard : shards_) {
    for (const auto& [name, count] : of(shard)) sum[name] += count;
  }
  return sum;
}

}  // namespace cppworker::runner
