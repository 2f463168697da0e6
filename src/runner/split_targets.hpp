#pragma once

#include <vector>

#include "runner/events.hpp"

namespace cppworker::runner {

/// Distributes absolute targets per class over the shards, starting from the current users of each
/// shard. Missing users go to the shard with the least load, surplus users are removed from the
/// shard with the highest load, and ties are resolved by index. A class that `targets` does not
/// contain keeps its users, as in the stock worker.
/// @pre `current` is not empty. Negative targets count as 0.
[[nodiscard]] std::vector<UserClassesCount> split_targets(const UserClassesCount& targets,
                                                          std::vector<UserClassesCount> current);

[[nodiscard]] std::int64_t total_users(const UserClassesCount& counts);

}  // namespace cppworker::runner
