#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cppworker/detail/export.hpp>
#include <cppworker/time.hpp>
#include <cppworker/tls.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {

namespace mqtt {
class Client;
}

/// An MQTT request has failed: the text says why. Only calls that return a message throw it.
class CPPWORKER_EXPORT MqttError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// No message has arrived within the timeout.
class CPPWORKER_EXPORT MqttTimeout : public MqttError {
 public:
  using MqttError::MqttError;
};

/// The version of MQTT. Locust: `MQTTv311`, `MQTTv5` of paho.
enum class MqttProtocol : std::uint8_t { kV311 = 4, kV5 = 5 };

/// What a publisher writes at the beginning of the payload, so that subscribers can measure how old
/// the message is, and whether messages were lost, repeated or reordered.
enum class MqttStamp : std::uint8_t {
  kNone,
  /// 24 bytes: publisher, counter per topic and QoS, and the time. On one machine its monotonic
  /// clock is used, otherwise the system clocks, which NTP has to keep equal.
  kOwn,
  /// The 16 bytes of `emqtt_bench --payload-hdrs cnt64,ts`: a counter and the time in ms.
  kEmqttBench
};

/// Properties of a message: MQTT 5 only. Empty texts are not sent.
struct MqttProperties {
  bool payload_is_text = false;                   ///< Payload Format Indicator
  std::optional<std::uint32_t> message_expiry{};  ///< in seconds
  std::string content_type{};
  std::string response_topic{};
  std::string correlation_data{};
  std::vector<std::pair<std::string, std::string>> user{};
};

/// The message that the broker publishes if the connection ends without a disconnect().
struct MqttWill {
  std::string topic{};
  std::string payload{};
  int qos = 0;
  bool retain = false;
  Seconds delay{0};  ///< MQTT 5: how long the broker waits before it publishes the will
  MqttProperties properties{};
};

/// What all users of a class have in common; see the members of MqttUser.
struct MqttSettings {
  std::string client_id{};
  std::string username{};
  std::string password{};
  std::uint16_t port = 0;
  MqttProtocol protocol = MqttProtocol::kV311;
  Seconds keepalive{60};
  std::uint16_t max_inflight = 20;
};

/// The settings of one user's connection.
struct MqttConnect {
  std::string client_id{};  ///< "": that of the class
  std::string username{};   ///< "": that of the class
  std::string password{};   ///< "": that of the class
  /// False: the broker keeps the session of this client_id after the connection has ended. With
  /// MQTT 5 also set session_expiry.
  bool clean_start = true;
  std::optional<MqttWill> will{};
  /// TLS with these settings. None: TLS with `Tls{}` if the host begins with "mqtts://" or
  /// "wss://".
  std::optional<Tls> tls{};
  Seconds timeout{10};  ///< for connecting, including TLS, the WebSocket handshake and CONNACK
  /// After a lost connection, the time until the first attempt to connect again. It doubles with
  /// each failure, up to reconnect_delay_max. 0: does not connect again.
  Seconds reconnect_delay{1};
  Seconds reconnect_delay_max{120};
  /// MQTT over WebSocket: additional headers of the handshake, for example `Authorization`.
  std::vector<std::pair<std::string, std::string>> headers{};
  /// Of the broker's packets, in bytes. Over WebSocket, a message with several packets may have
  /// 64 MiB, or this size if it is larger: it is held in memory until it is complete.
  std::size_t max_packet_size = std::size_t{16} << 20U;
  std::size_t max_inbox = 100;  ///< messages that wait for receive()

  // MQTT 5
  Seconds session_expiry{0};  ///< how long the broker keeps the session
  /// Messages with QoS 1 and 2 that the broker may send before they are acknowledged; 0: no limit.
  std::uint16_t receive_maximum = 0;
  std::vector<std::pair<std::string, std::string>> properties{};  ///< user properties
};

struct MqttPublish {
  std::string_view name{};  ///< instead of the topic, in the name of the row
  int qos = 0;              ///< 0, 1 or 2
  bool retain = false;
  MqttStamp stamp = MqttStamp::kNone;
  /// True: publish() returns when the broker has acknowledged the message; with QoS 0, when the
  /// kernel has taken it. False: publish() returns as soon as the message is sent. The row follows
  /// with the acknowledgement.
  bool wait = true;
  /// For the acknowledgement, including the wait for a place in max_inflight and for the kernel.
  Seconds timeout{10};
  MqttProperties properties{};
};

struct MqttSubscribe {
  std::string_view name{};  ///< instead of the filter, in the names of the rows
  int qos = 0;              ///< the largest QoS of the messages to receive
  /// The stamp of the messages. Each message is a row `receive:{qos}:{name}` then, but not a
  /// retained one unless retain_as_published is set.
  MqttStamp stamp = MqttStamp::kNone;
  Seconds timeout{10};  ///< for the acknowledgement
  // MQTT 5
  bool no_local = false;             ///< not the messages that this client has published
  bool retain_as_published = false;  ///< messages keep their retain flag
};

struct MqttRequest {
  std::string_view name{};  ///< instead of the topic, in the name of the row
  int qos = 0;
  Seconds timeout{10};  ///< for the answer
  MqttProperties properties{};
};

/// A message that has arrived.
struct MqttMessage {
  std::string topic{};
  std::string payload{};  ///< without the stamp
  int qos = 0;
  bool retain = false;
  bool duplicate = false;             ///< the broker sends it again
  std::optional<Milliseconds> age{};  ///< by its stamp: the time since it was published
  MqttProperties properties{};
};

/// The MQTT connection of an MqttUser. All calls belong to the user's thread.
///
/// Calls make rows with the type `MQTT`: `connect`, `disconnect`, `publish:{qos}:{topic}`,
/// `subscribe:{qos}:{filter}`, `request:{qos}:{topic}`. A connect() of a client that is connected,
/// a disconnect() of one that is not, unsubscribe() and receive() have no row. The response time
/// ends when the acknowledgement arrives, also if the user's coroutine runs later. A call that
/// fails returns false and its row is a failure. Rows may be recorded on the loop's own stack. So
/// listeners of the `request` event must not wait.
///
/// Calls that suspend throw StopUser if the user is stopped. An interrupted call is counted as cut
/// off. A coroutine that can't wait, because an exception is unwinding its stack, gets false or
/// UnwindingError.
class CPPWORKER_EXPORT MqttClient {
 public:
  /// For the library.
  explicit MqttClient(std::unique_ptr<mqtt::Client> client);
  ~MqttClient();
  MqttClient(const MqttClient&) = delete;
  MqttClient& operator=(const MqttClient&) = delete;

  /// Connects with the user's connect_options(), and waits for CONNACK. Suspends. Returns true at
  /// once if it is connected. MqttUser calls it before on_start() unless `auto_connect` is false.
  /// Throws Error if a file of the TLS settings can't be read.
  bool connect();
  /// Sends DISCONNECT and closes the connection; the broker does not publish the will. Does not
  /// suspend, and the client does not connect again by itself. What is in flight fails.
  /// @param reason MQTT 5: the reason code, for example 4: publish the will
  void disconnect(std::uint8_t reason = 0);
  [[nodiscard]] bool is_connected() const;
  [[nodiscard]] const std::string& client_id() const;

  /// Publishes a message. Suspends; see MqttPublish::wait. Returns whether the broker has taken it;
  /// with `.wait = false`, whether it was sent. Throws std::invalid_argument: wildcards in the
  /// topic, a QoS other than 0, 1 and 2.
  ///
  /// A message that times out keeps its place in max_inflight until the broker acknowledges it or
  /// the connection is lost.
  ///
  /// In on_message(), pass `.wait = false`: the call doesn't suspend then. If max_inflight messages
  /// are in flight or more than 1 MiB is unsent, the row is a failure there.
  bool publish(std::string_view topic, std::string_view payload, const MqttPublish& options = {});
  /// Subscribes and waits for SUBACK. Suspends. After a reconnect without a kept session, the
  /// client subscribes again. Without a connection, subscribe() fails, and the client does not
  /// repeat it later, as in Locust. Call it again, or throw StopUser{} if it must not fail.
  bool subscribe(std::string_view filter, const MqttSubscribe& options = {});
  /// Waits for UNSUBACK. Suspends. It has no row, as in Locust.
  bool unsubscribe(std::string_view filter);

  /// Returns the next message whose topic matches the filter: one that waits in the inbox, or the
  /// next one that arrives. An on_message() of your own takes the messages that arrive while no
  /// receive() waits: call keep() there for those of receive(). Suspends. Throws MqttTimeout, and
  /// MqttError at once if the client is not connected and does not connect by itself.
  [[nodiscard]] MqttMessage receive(std::string_view filter = "#", Seconds timeout = Seconds{10});
  /// MQTT 5: publishes a message with a response topic and correlation data of its own, and waits
  /// for the answer. Suspends. Throws MqttTimeout or MqttError; the row is a failure then. The
  /// first call subscribes to the response topic, `cppworker/{client_id}/answers`. The message
  /// itself is another row: `publish:{qos}:{topic}`.
  [[nodiscard]] MqttMessage request(std::string_view topic, std::string_view payload,
                                    const MqttRequest& options = {});
  /// Puts a message into the inbox, where receive() finds it. If there are max_inbox messages, the
  /// oldest is dropped.
  void keep(MqttMessage message);

  /// The messages that are not acknowledged yet, without those that have timed out.
  [[nodiscard]] std::size_t in_flight() const;
  /// Waits until all messages are acknowledged or have failed. Suspends. False after `timeout`.
  bool drain(Seconds timeout = Seconds{10});

 private:
  std::unique_ptr<mqtt::Client> client_;
};

}  // namespace cppworker
