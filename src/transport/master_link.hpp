#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "net/resolver.hpp"
#include "transport/master_connection.hpp"

namespace cppworker::transport {

struct MasterLinkOptions {
  std::string host;  ///< a name or an address
  int port = 5557;
  std::string identity;  ///< the node id

  /// TCP_USER_TIMEOUT: how long sent bytes may stay unacknowledged by TCP before this end closes
  /// the connection. Longer than the 60 s after which Locust drops a silent peer, so that a shorter
  /// pause of the master, the worker or the network does not break the connection.
  std::chrono::milliseconds user_timeout{120'000};

  /// The maximum size of the messages that wait because the master does not read.
  std::size_t most_unsent_bytes = std::size_t{256} << 20;
};

/// The DEALER socket to a Locust master. Owned and used by one thread; no call blocks, except for
/// the linger time of close().
///
/// Without a connection, no messages are queued. ZeroMQ's own heartbeats (ZMQ_HEARTBEAT_*) are off:
/// after a pause they would close a TCP connection that still works, on both ends, and all messages
/// in flight would be lost. Without them TCP delivers these messages late.
class MasterLink final : public MasterConnection {
 public:
  /// Does not connect; see reopen().
  /// @param resolver outlives the lookups
  explicit MasterLink(MasterLinkOptions options,
                      net::Resolver& resolver = net::Resolver::process());
  /// Waits up to the linger time of close() until all messages are sent.
  ~MasterLink() override;

  [[nodiscard]] int fd() const override;
  std::optional<LinkEvent> next_event() override;
  /// A message that ZeroMQ does not accept yet waits here.
  /// @return also false if other messages wait and most_unsent_bytes would be exceeded
  [[nodiscard]] bool send(std::string bytes) override;
  [[nodiscard]] std::size_t unsent() const override;
  void reopen() override;
  void check_address() override;
  void close(std::chrono::milliseconds linger) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cppworker::transport
