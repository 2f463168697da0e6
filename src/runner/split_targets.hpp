#pragma once

#include <vector>

#include "runner/events.hpp"

namespace cppworker::runner {

/// Deals absolute targets per class out to shards, starting from what each shard has: missing users
/// go to the least loaded shard, surplus ones come off the fullest, ties go by index. A class that
/// `targets` does not name keeps what it has, as with the stock worker.
/// @pre `current` is not empty. Negative targets count as 0.
[[nodiscard]] std::vector<UserClassesCount> split_targets(const UserClassesCount& targets,
                                                          std::vector<UserClassesCount> current);

[[nodiscard]] std::int64_t total_users(const UserClassesCount& counts);

}  // namespace cppworker::runner
