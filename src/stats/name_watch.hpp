#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cppworker::stats {

/// Watches for request names that contain ids: counts the distinct names of each request type until
/// one type has kNamesMax. For any thread, because the shards see different names.
class NameWatch {
 public:
  static constexpr std::size_t kNamesMax = 100;

  /// To be called for a name that a shard has not seen before.
  /// @returns some of the names, in the call in which a type has reached kNamesMax; once
  std::optional<std::vector<std::string>> add(std::string_view method, std::string_view name);

  /// Forgets the names and that examples were given. For tests of process().
  void reset();

  /// The one of all shards.
  static NameWatch& process();

 private:
  std::atomic<bool> has_ended_{false};
  std::mutex mutex_;
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> names_;  // by method
};

}  // namespace cppworker::stats
