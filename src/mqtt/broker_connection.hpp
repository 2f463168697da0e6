#pragma once

#include <memory>
#include <string>

#include <cppworker/mqtt_client.hpp>

#include "coro/clock.hpp"
#include "mqtt/endpoint.hpp"
#include "mqtt/websocket_frames.hpp"
#include "net/connection.hpp"
#include "net/failure.hpp"
#include "user/shard.hpp"

namespace cppworker::mqtt {

/// A connection on which CONNECT can be sent.
struct BrokerConnection {
  std::unique_ptr<net::Connection> connection{};
  std::unique_ptr<WebSocketFrames> websocket{};  ///< null: MQTT over TCP
  std::string early{};                           ///< bytes that the broker has sent already
  /// If `connection` is null: the failure of the row `connect`. "": none, because the coroutine
  /// unwinds and can't wait.
  std::string failure{};
};

/// Connects, with TLS and the WebSocket's handshake as the endpoint needs them. For a coroutine;
/// suspends. Throws StopUser, and Error if a file of the TLS settings can't be read or a header is
/// not one of HTTP.
[[nodiscard]] BrokerConnection connect_to_broker(detail::Shard& shard, const Endpoint& endpoint,
                                                 const MqttConnect& options,
                                                 coro::TimePoint deadline);

/// Why a connection has ended, in words.
[[nodiscard]] std::string end_cause(const net::Failure& failure, const Endpoint& endpoint,
                                    const MqttConnect& options);

}  // namespace cppworker::mqtt
