#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <sys/socket.h>

#include <cppworker/waiting.hpp>

namespace cppworker::detail {

struct Address {
  sockaddr_storage storage{};  ///< the port is for the caller to fill in
  socklen_t size = 0;
};

/// The host names of one shard, for TcpStream: one lookup per name at a time, on a thread of the
/// blocking pool; the others wait for it. Results are kept for a minute, failures are not.
class HostNames {
 public:
  /// The addresses in the order to try, families alternating (RFC 8305). Suspends; throws TcpError,
  /// StopUser.
  [[nodiscard]] std::vector<Address> find(const std::string& host, Seconds timeout);

 private:
  struct Entry;
  static void start_lookup(const std::string& host, const std::shared_ptr<Entry>& entry);

  std::map<std::string, std::shared_ptr<Entry>> names_;
};

}  // namespace cppworker::detail
