#include "user/tools/host_lookup.hpp"

#include <stdexcept>

#include <netdb.h>

#include <cppworker/time.hpp>

#include "user/shard.hpp"

namespace cppworker::detail {

Shard& shard_of_thread(std::string_view what) {
  Shard* const shard = Shard::current();
  if (shard == nullptr) {
    throw std::logic_error(std::string(what) +
                           " was created on another thread: use it only in users and listeners");
  }
  return *shard;
}

HostLookup look_up_host(net::ShardResolver& names, const std::string& host,
                        coro::TimePoint deadline) {
  net::ShardResolver::AnswerPtr answer = names.find(host, deadline);
  const std::string doing = "looking up " + host + ": ";
  if (answer == nullptr && clock_now() >= deadline) {
    return {.error = doing + "timed out", .timed_out = true};
  }
  if (answer == nullptr) {
    return {.error = doing + "the user is being stopped"};
  }
  if (answer->gai_error() != 0) {
    return {.error = doing + ::gai_strerror(answer->gai_error())};
  }
  return {.answer = std::move(answer)};
}

}  // namespace cppworker::detail
