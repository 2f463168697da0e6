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

  // ZMTP heartbeats: without them a stock ROUTER ignores us after a half-open connection.
  std::chrono::milliseconds heartbeat_interval{1000};
  std::chrono::milliseconds heartbeat_timeout{
      4000};  ///< silence after which the connection is dead
  std::chrono::milliseconds heartbeat_ttl{
      3000};  ///< the same for the master's end; the shorter one
};

/// The DEALER socket to a Locust master. Owned and used by one thread; nothing in it blocks.
///
/// There is a connection or there is none: nothing is queued for a master that is not there.
class MasterLink {
 public:
  /// Something that speaks ZMTP is connected; it need not be a Locust master.
  struct Up {};
  struct Down {};
  /// Why there is no connection (yet), for a person to read.
  struct Trouble {
    std::string text;
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

  /// Hands a message to the connection. False if there is none or if it takes no more now.
  [[nodiscard]] bool send(std::string_view bytes);

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
