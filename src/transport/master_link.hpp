#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace cppworker::transport {

struct MasterLinkOptions {
  std::string host;  ///< a name or an address
  int port = 5557;
  std::string identity;  ///< the node id

  /// TCP_USER_TIMEOUT: how long sent bytes may stay without TCP's acknowledgement before this end
  /// closes the connection. Longer than the 60 s after which Locust gives up on a silent peer, so
  /// that no shorter pause of the master, the worker or the network breaks the connection.
  std::chrono::milliseconds user_timeout{120'000};

  /// Of messages that wait because the master does not read.
  std::size_t most_unsent_bytes = std::size_t{256} << 20;
};

/// The DEALER socket to a Locust master. Owned and used by one thread; nothing in it blocks.
///
/// There is a connection or there is none: nothing is queued for a master that is not there.
/// ZeroMQ's own heartbeats (ZMQ_HEARTBEAT_*) stay off: after a pause they close a TCP connection
/// that still works, on both ends, and everything under way is lost. TCP delivers it late instead.
class MasterLink {
 public:
  /// Something that speaks ZMTP is connected; it need not be a Locust master.
  struct Up {};
  /// The connection broke. What the master had not read by then may be lost, and so may what it
  /// had sent.
  struct Down {};
  /// Why there is no connection (yet), for a person to read.
  struct Trouble {
    std::string text;
    bool refused = false;  ///< the address does not accept connections: no process listens there
  };
  /// One message, whole.
  struct Received {
    std::string bytes;
  };
  using LinkEvent = std::variant<Up, Down, Trouble, Received>;

  /// Makes no connection yet; see reopen().
  explicit MasterLink(MasterLinkOptions options);
  /// Waits up to the linger time of close() for what was sent to leave.
  ~MasterLink();
  MasterLink(const MasterLink&) = delete;
  MasterLink& operator=(const MasterLink&) = delete;

  /// Readable (level-triggered, for poll or epoll) when next_event() has something to say. Call
  /// next_event() until it returns nothing before polling again.
  [[nodiscard]] int fd() const;

  /// What has happened, in order: a message that came before the connection broke comes before
  /// Down.
  std::optional<LinkEvent> next_event();

  /// Hands a message to the connection. A message that ZeroMQ does not take yet waits here, in
  /// order, and goes out when the connection has room.
  /// @return false if there is no connection, if a Down has not been read yet, or if other messages
  /// wait
  ///     and most_unsent_bytes would be exceeded.
  [[nodiscard]] bool send(std::string bytes);

  /// Messages that wait here because ZeroMQ does not take them yet.
  [[nodiscard]] std::size_t unsent() const;

  /// Closes the socket, what it has not written is lost, and opens a fresh one with the same
  /// identity; the host's name is looked up again. No Down is reported for the old one.
  void reopen();

  /// For the way out: what was sent gets this long to leave. Nothing can be sent afterwards.
  void close(std::chrono::milliseconds linger);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cppworker::transport
