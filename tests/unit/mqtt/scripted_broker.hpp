#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "mqtt/frame_reader.hpp"

namespace cppworker::mqtt {

/// A packet that a client has sent.
struct ClientPacket {
  PacketType type{};
  std::uint8_t flags = 0;
  std::string body{};
};

/// The broker's end of a connection, used by a coroutine.
class BrokerPeer {
 public:
  explicit BrokerPeer(int fd) : fd_(fd) {}
  ~BrokerPeer() { close(); }
  BrokerPeer(const BrokerPeer&) = delete;
  BrokerPeer& operator=(const BrokerPeer&) = delete;

  /// The next packet. Of type 0 at the end of the connection.
  ClientPacket receive();
  /// Receives bytes without looking at them. Returns their number; fewer at the end of the
  /// connection.
  std::size_t drop(std::size_t count);
  void send(std::string_view bytes) const;
  /// Sends what the kernel takes of these bytes, which are repeated again and again. Waits if it
  /// takes none.
  /// @param sent the bytes of all calls
  /// @returns false at the end of the connection
  bool send_some(std::string_view repeated, std::size_t& sent) const;
  void close();
  /// The socket, which the caller closes.
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
  std::string received_;
};

/// Listens on a free port. accept() waits for a client. All in coroutines of one scheduler.
class ScriptedBroker {
 public:
  ScriptedBroker();
  ~ScriptedBroker();
  ScriptedBroker(const ScriptedBroker&) = delete;
  ScriptedBroker& operator=(const ScriptedBroker&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// The socket of the next client.
  [[nodiscard]] int accept() const;

 private:
  int listener_;
  std::uint16_t port_ = 0;
};

}  // namespace cppworker::mqtt
