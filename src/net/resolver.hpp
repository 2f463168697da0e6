#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "coro/blocking_pool.hpp"
#include "net/socket_address.hpp"

namespace cppworker::net {

/// What a lookup of a host name gave.
struct LookupResult {
  int gai_error = 0;                     ///< EAI_…; 0: there is at least one address
  std::vector<SocketAddress> addresses;  ///< in the order to try, each once; without a port
};

/// getaddrinfo() for stream sockets as Python calls it. Blocks for as long as the system's resolver
/// does.
[[nodiscard]] LookupResult look_up(const std::string& host);

/// Lets IPv4 and IPv6 addresses alternate, the first one's family first (RFC 8305).
void alternate_families(std::vector<SocketAddress>& addresses);

/// Runs lookups, which block, on a few threads that are started when they are needed. It keeps no
/// results: a ShardResolver does. Any thread.
class Resolver {
 public:
  using Lookup = std::function<LookupResult(const std::string& host)>;
  /// Called on a thread of the resolver's, or by resolve() when no thread can be had.
  using Done = std::function<void(LookupResult result)>;

  /// More lookups at a time than this wait for each other.
  static constexpr std::size_t kThreadsMax = 16;

  explicit Resolver(Lookup lookup = look_up);
  /// The process's. Never destroyed: a lookup that hangs must not keep the process from ending.
  static Resolver& process();

  void resolve(std::string host, Done done);

 private:
  const Lookup lookup_;
  coro::BlockingPool threads_;  // its destructor waits for the lookups
};

}  // namespace cppworker::net
