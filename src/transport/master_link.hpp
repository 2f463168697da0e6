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
class MasterLink {
 public:
  /// A peer that uses ZMTP is connected; it may not be a Locust master.
  struct Up {};
  /// The connection was lost. Messages that the master had not read yet may be lost, and so may
  /// messages from the master.
  struct Down {};
  /// Why there is no connection (yet), as text for a log line.
  struct Trouble {
    std::string text;
    bool refused = false;  ///< true: no process accepts connections at the address
  };
  /// One complete message.
  struct Received {
    std::string bytes;
  };
  using LinkEvent = std::variant<Up, Down, Trouble, Received>;

  /// Does not connect; see reopen().
  explicit MasterLink(MasterLinkOptions options);
  /// Waits up to the linger time of close() until all messages are sent.
  ~MasterLink();
  MasterLink(const MasterLink&) = delete;
  MasterLink& operator=(const MasterLink&) = delete;

  /// Readable (level-triggered, for poll or epoll) when next_event() has an event. Call
  /// next_event() until it returns nothing before you poll again.
  [[nodiscard]] int fd() const;

  /// The next event. The events are in order: a message that arrived before the connection was lost
  /// comes before Down.
  std::optional<LinkEvent> next_event();

  /// Sends a message. A message that ZeroMQ does not accept yet waits here, in order, and is sent
  /// when the connection has room.
  /// @return false if there is no connection, if a Down event has not been read yet, or if other
  ///     messages wait and most_unsent_bytes would be exceeded
  [[nodiscard]] bool send(std::string bytes);

  /// The number of messages that wait here because ZeroMQ does not accept them yet.
  [[nodiscard]] std::size_t unsent() const;

  /// Closes the socket and opens a new one with the same identity. Messages that have not been
  /// written are lost. The host's name is looked up again. There is no Down event for the old
  /// socket.
  void reopen();

  /// Closes the connection at exit. Waits up to `linger` until all messages are sent. No message
  /// can be sent afterwards.
  void close(std::chrono::milliseconds linger);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cppworker::transport
