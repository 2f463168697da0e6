#pragma once

#include <string>
#include <string_view>

#include "coro/clock.hpp"
#include "net/shard_resolver.hpp"

namespace cppworker::detail {

class Shard;

/// The shard of this thread. Throws std::logic_error on a thread without a shard.
/// @param what is being made, for the message: "a TcpStream"
[[nodiscard]] Shard& shard_of_thread(std::string_view what);

/// The result of look_up_host(): an answer with addresses, or an error.
struct HostLookup {
  net::ShardResolver::AnswerPtr answer{};  ///< null: there is an error
  std::string error{};                     ///< "looking up shop.test: timed out"
  bool timed_out = false;
};
/// Suspends; throws StopUser.
[[nodiscard]] HostLookup look_up_host(net::ShardResolver& names, const std::string& host,
                                      coro::TimePoint deadline);

}  // namespace cppworker::detail
