#include "runner/split_targets.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "base/check.hpp"

namespace cppworker::runner {
namespace {

/// More users of one class than any worker can have; keeps sums far from overflow.
constexpr std::int64_t kMaxUsers = 1'000'000'000;

/// The smallest level in [low, high] for which `enough` holds; it holds at `high` and is monotonic.
template <typename Enough>
std::int64_t lowest_level(std::int64_t low, std::int64_t high, Enough enough) {
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (enough(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/// `load` is the number of users of all classes on each shard; `mine` counts only the class that is
/// being distributed.
struct Dealer {
  std::vector<std::int64_t> load;
  std::vector<std::int64_t> mine;

  void change(std::size_t shard, std::int64_t difference) {
    load[shard] += difference;
    mine[shard] += difference;
    CHECK(mine[shard] >= 0);
  }

  /// Adds users as if one by one to the shard with the least load.
  void add(std::int64_t users) {
    const auto room_below = [&](std::int64_t level) {
      std::int64_t room = 0;
      for (const std::int64_t l : load) room += std::max<std::int64_t>(0, level - l);
      return room;
    };
    const std::int64_t least = *std::min_element(load.begin(), load.end());
    const std::int64_t level =
        lowest_level(least, least + users, [&](std::int64_t l) { return room_below(l) >= users; });
    // Fill all shards up to level - 1. The last row may be incomplete and goes by index.
    for (std::size_t s = 0; s < load.size(); ++s) {
      const std::int64_t filled = std::max<std::int64_t>(0, level - 1 - load[s]);
      change(s, filled);
      users -= filled;
    }
    for (std::size_t s = 0; s < load.size() && users > 0; ++s) {
      if (load[s] != level - 1) continue;
      change(s, 1);
      --users;
    }
    CHECK(users == 0);
  }

  /// Removes users as if one by one from the shard with the highest load that has the class.
  void remove(std::int64_t users) {
    const auto above = [&](std::size_t s, std::int64_t level) {
      return std::clamp<std::int64_t>(load[s] - level, 0, mine[s]);
    };
    const auto fits = [&](std::int64_t level) {
      std::int64_t removed = 0;
      for (std::size_t s = 0; s < load.size(); ++s) removed += above(s, level);
      return removed <= users;
    };
    const std::int64_t level = lowest_level(0, *std::max_element(load.begin(), load.end()), fits);
    for (std::size_t s = 0; s < load.size(); ++s) {
      const std::int64_t drained = above(s, level);
      change(s, -drained);
      users -= drained;
    }
    for (std::size_t s = 0; s < load.size() && users > 0; ++s) {
      if (load[s] != level || mine[s] == 0) continue;
      change(s, -1);
      --users;
    }
    CHECK(users == 0);
  }
};

}  // namespace

std::int64_t total_users(const UserClassesCount& counts) {
  std::int64_t total = 0;
  for (const auto& [name, count] : counts) total += count;
  return total;
}

std::vector<UserClassesCount> split_targets(const UserClassesCount& targets,
                                            std::vector<UserClassesCount> current) {
  CHECK(!current.empty());
  Dealer dealer;
  for (const UserClassesCount& shard : current) dealer.load.push_back(total_users(shard));

  const auto deal = [&](const std::string& name, auto change) {
    dealer.mine.clear();
    for (UserClassesCount& shard : current) dealer.mine.push_back(shard[name]);
    change();
    for (std::size_t s = 0; s < current.size(); ++s) current[s][name] = dealer.mine[s];
  };
  const auto missing = [&](const std::string& name, std::int64_t target) {
    std::int64_t have = 0;
    for (UserClassesCount& shard : current) have += shard[name];
    return std::clamp<std::int64_t>(target, 0, kMaxUsers) - have;
  };

  // Remove the surplus users of all classes first, so that new users can take their places.
  for (const auto& [name, target] : targets) {
    const std::int64_t surplus = -missing(name, target);
    if (surplus > 0) deal(name, [&] { dealer.remove(surplus); });
  }
  for (const auto& [name, target] : targets) {
    const std::int64_t lack = missing(name, target);
    if (lack > 0) deal(name, [&] { dealer.add(lack); });
  }
  return current;
}

}  // namespace cppworker::runner
