#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "coro/blocking_pool.hpp"
#include "net/socket_address.hpp"

namespace cppworker::net {

/// The result of a lookup of a host name.
struct LookupResult {
  int gai_error = 0;  ///< EAI_…; 0: there is at least one address
  std::vector<SocketAddress>
      addresses;  ///< in the order to try, without duplicates and without a port
};

/// Calls getaddrinfo() for stream sockets, as Python does. Blocks until the system's resolver
/// returns.
[[nodiscard]] LookupResult look_up(const std::string& host);

/// Reorders IPv4 and IPv6 addresses so that they alternate, beginning with the family of the first
/// one (RFC 8305).
void alternate_families(std::vector<SocketAddress>& addresses);

/// Runs lookups, which block, on a few threads that are started when needed. Callers with the same
/// name share a lookup, so that the shards of a process do not take all threads for one name whose
/// name server hangs. It caches no results; ShardResolver does. Any thread.
class Resolver {
 public:
  using Lookup = std::function<LookupResult(const std::string& host)>;
  /// Called on one of the resolver's threads, or by resolve() if no thread can be started.
  using Done = std::function<void(LookupResult result)>;

  /// The maximum number of concurrent lookups; further ones wait.
  static constexpr std::size_t kThreadsMax = 16;

  explicit Resolver(Lookup lookup = look_up);
  /// The resolver of the process. Never destroyed, so that a lookup that hangs does not prevent the
  /// process from ending.
  static Resolver& process();

  void resolve(const std::string& host, Done done);

 private:
  void finish(const std::string& host, const LookupResult& result);

  const Lookup lookup_;
  std::mutex mutex_;
  std::map<std::string, std::vector<Done>> waiting_;  // by host; guarded by mutex_
  coro::BlockingPool threads_;                        // its destructor waits for the lookups
};

}  // namespace cppworker::net
