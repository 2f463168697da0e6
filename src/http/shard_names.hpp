#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "coro/scheduler.hpp"
#include "http/name_cache.hpp"
#include "http/name_resolver.hpp"

namespace cppworker::http {

/// The host names of one engine: what its shard knows, and the threads that look up the rest.
/// Belongs to the shard's thread, and must be destroyed before its scheduler.
class ShardNames {
 public:
  /// A lookup that find() has started is over. Called on the scheduler's own stack.
  using Found = std::function<void(const std::string& host, const NameResult& result)>;

  ShardNames(coro::Scheduler& scheduler, NameResolver::Lookup lookup, Found found);
  ShardNames(const ShardNames&) = delete;
  ShardNames& operator=(const ShardNames&) = delete;

  /// See NameCache::find(): null while the name is being looked up.
  [[nodiscard]] NameCache::Name* find(std::string_view host) {
    return cache_.find(host, scheduler_.turn_time());
  }

 private:
  void look_up(const std::string& host);

  coro::Scheduler& scheduler_;
  const Found found_;
  NameCache cache_;
  NameResolver resolver_;
  const std::shared_ptr<ShardNames*> self_;  // for lookups that end later
};

}  // namespace cppworker::http
