#include <atomic>
#include <stdexcept>

#include <cppworker/shard_local.hpp>

#include "user/shard.hpp"

namespace cppworker::detail {

std::size_t new_shard_local_index() {
  static std::atomic<std::size_t> next{0};
  return next.fetch_add(1);
}

std::shared_ptr<void>& shard_local_value(std::size_t index) {
  Shard* shard = Shard::current();
  if (shard == nullptr) {
    throw std::logic_error(
        "a ShardLocal was used on another thread: use it only in users, listeners and the init "
        "function");
  }
  if (index >= shard->locals.size()) {
    shard->locals.resize(index + 1);
  }
  return shard->locals[index];
}

}  // namespace cppworker::detail
