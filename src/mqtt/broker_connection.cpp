#include "mqtt/broker_connection.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "coro/coroutine.hpp"
#include "mqtt/rows.hpp"
#include "net/deadline.hpp"
#include "net/dial.hpp"
#include "websocket/opening.hpp"

namespace cppworker::mqtt {

namespace {

using Cause = net::Failure::Cause;

/// Of a WebSocket. A message may have several packets.
constexpr std::size_t kMessageMax = std::size_t{64} << 20U;

/// "": it has succeeded.
std::string failure_of(const websocket::Opening& opening, const Endpoint& endpoint,
                       const MqttConnect& options) {
  if (opening.failure.cause == Cause::kTimedOut) {
    return failure_repr(
        "MqttTimeout",
        fmt::format("no answer to the WebSocket handshake within {:g} s", options.timeout.count()));
  }
  if (opening.failure) {
    return failure_repr("MqttError", "the connection ended in the WebSocket handshake: " +
                                         end_cause(opening.failure, endpoint, options));
  }
  if (!opening.error.empty()) {
    return failure_repr("MqttError", "WebSocket handshake: " + opening.error);
  }
  return opening.agreement.subprotocol.empty()
             ? failure_repr("MqttError",
                            "WebSocket handshake: the server did not choose the subprotocol mqtt")
             : "";
}

void open_websocket(BrokerConnection& broker, detail::Shard& shard, const Endpoint& endpoint,
                    const MqttConnect& options, coro::TimePoint deadline) {
  const websocket::Offer offer{.key = websocket::handshake_key({shard.random(), shard.random()}),
                               .subprotocols = {"mqtt"}};
  const websocket::OpeningRequest request{
      .authority = authority_of(endpoint), .path = endpoint.path, .headers = options.headers};
  net::Deadline until(shard.scheduler, coro::this_coroutine::self("connect"), deadline);
  websocket::Opening opening = websocket::open(*broker.connection, request, offer, until);
  broker.early = std::move(opening.rest);
  broker.websocket = std::make_unique<WebSocketFrames>(
      shard.random, std::max(options.max_packet_size, kMessageMax));
  const bool is_stopped = opening.failure.cause == Cause::kStopped;
  if (!is_stopped) {
    broker.failure = failure_of(opening, endpoint, options);
  }
  if (is_stopped || !broker.failure.empty()) {
    broker.connection.reset();
  }
}

}  // namespace

BrokerConnection connect_to_broker(detail::Shard& shard, const Endpoint& endpoint,
                                   const MqttConnect& options, coro::TimePoint deadline) {
  const Tls tls = options.tls.value_or(Tls{});
  const net::Destination destination{
      .host = endpoint.host, .port = endpoint.port, .tls = endpoint.has_tls ? &tls : nullptr};
  net::Dialed dialed = net::dial(shard.names, shard.tls_contexts, destination, deadline);
  BrokerConnection broker{.connection = std::move(dialed.connection)};
  if (broker.connection != nullptr) {
    if (!endpoint.path.empty()) {
      open_websocket(broker, shard, endpoint, options, deadline);
    }
  } else if (dialed.failure.cause != Cause::kStopped) {
    const bool timed_out = dialed.failure.cause == Cause::kTimedOut;
    broker.failure = failure_repr(timed_out ? "MqttTimeout" : "MqttError",
                                  net::failure_text(dialed, destination));
  }
  return broker;
}

std::string end_cause(const net::Failure& failure, const Endpoint& endpoint,
                      const MqttConnect& options) {
  const Tls tls = options.tls.value_or(Tls{});
  return net::failure_text(
      failure, endpoint.has_tls ? net::certificate_host(
                                      {.host = endpoint.host, .port = endpoint.port, .tls = &tls})
                                : endpoint.host);
}

}  // namespace cppworker::mqtt
