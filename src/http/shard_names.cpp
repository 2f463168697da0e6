#include "http/shard_names.hpp"

#include <utility>

namespace cppworker::http {

ShardNames::ShardNames(coro::Scheduler& scheduler, NameResolver::Lookup lookup, Found found)
    : scheduler_(scheduler),
      found_(std::move(found)),
      cache_([this](const std::string& host) { look_up(host); }),
      resolver_(std::move(lookup)),
      self_(std::make_shared<ShardNames*>(this)) {}

void ShardNames::look_up(const std::string& host) {
  resolver_.resolve(host, [&scheduler = scheduler_, self = std::weak_ptr(self_)](
                              const std::string& found_host, NameResult result) {
    scheduler.post([self, found_host, result = std::move(result)] {
      if (const auto names = self.lock()) {
        (*names)->cache_.finish(found_host, result, (*names)->scheduler_.turn_time());
        (*names)->found_(found_host, result);
      }
    });
  });
}

}  // namespace cppworker::http
