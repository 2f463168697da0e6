#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>

namespace cppworker::transport {

/// The connection of a worker to its master. MasterLink is the real one; a simulation has its own.
/// Owned and used by one thread; no call blocks, except for the linger time of close().
class MasterConnection {
 public:
  /// A peer that uses ZMTP is connected; it may not be a Locust master.
  struct Up {};
  /// The connection was lost. Messages that the master had not read yet may be lost, and so may
  /// messages from the master.
  struct Down {};
  /// Why there is no connection (yet), as text for a log line.
  struct Trouble {
    std::string text;
    /// True: the master's process has probably ended, because no process accepts connections at its
    /// address, or because its name has other addresses now.
    bool process_ended = false;
  };
  /// One complete message.
  struct Received {
    std::string bytes;
  };
  using LinkEvent = std::variant<Up, Down, Trouble, Received>;

  MasterConnection() = default;
  virtual ~MasterConnection() = default;
  MasterConnection(const MasterConnection&) = delete;
  MasterConnection& operator=(const MasterConnection&) = delete;

  /// Readable (level-triggered, for poll or epoll) when next_event() has an event. Call
  /// next_event() until it returns nothing before you poll again.
  [[nodiscard]] virtual int fd() const = 0;

  /// The next event. The events are in order: a message that arrived before the connection was lost
  /// comes before Down.
  virtual std::optional<LinkEvent> next_event() = 0;

  /// Sends a message. A message that can't be sent yet waits here, in order, and is sent when the
  /// connection has room.
  /// @return false if there is no connection, if a Down event has not been read yet, or if too many
  ///     messages wait
  [[nodiscard]] virtual bool send(std::string bytes) = 0;

  /// The number of messages that wait here.
  [[nodiscard]] virtual std::size_t unsent() const = 0;

  /// Closes the connection and opens a new one with the same identity. Messages that have not been
  /// written are lost. The host's name is looked up again. There is no Down event for the old
  /// connection.
  virtual void reopen() = 0;

  /// Looks up the host's name again. If the name no longer has the address of the connection, the
  /// connection counts as lost, and a new one is opened. Call it if the master is silent: a machine
  /// that loses its power does not close its connections.
  virtual void check_address() = 0;

  /// Closes the connection at exit. Waits up to `linger` until all messages are sent. No message
  /// can be sent afterwards.
  virtual void close(std::chrono::milliseconds linger) = 0;
};

}  // namespace cppworker::transport
