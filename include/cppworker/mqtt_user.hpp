#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <cppworker/detail/export.hpp>
#include <cppworker/mqtt_client.hpp>
#include <cppworker/user.hpp>

namespace cppworker {

/// A user with an MQTT connection: `locust.contrib.mqtt.MqttUser`. It connects before on_start().
/// To change a setting, declare a member with its name in your class, or override
/// connect_options().
///
/// The host is a name or an address, with or without a port: `broker`, `10.0.0.1:1883`,
/// `mqtt://broker`, `mqtts://broker:8883` (with TLS). MQTT over WebSocket: `ws://broker:8080/path`,
/// `wss://broker` (with TLS); without a path it is `/mqtt`.
class CPPWORKER_EXPORT MqttUser : public User {
 public:
  static constexpr std::string_view host = "localhost";  ///< as in Locust
  /// If the host has none. 0: 1883, with TLS 8883; WebSocket: 80, with TLS 443.
  static constexpr std::uint16_t port = 0;
  static constexpr std::string_view client_id = {};  ///< "": `locust-` and 16 random characters
  static constexpr std::string_view username = {};
  static constexpr std::string_view password = {};
  static constexpr MqttProtocol protocol = MqttProtocol::kV311;
  static constexpr Seconds keepalive{60};
  /// Messages with QoS 1 and 2 that may wait for their acknowledgement. A further publish() waits.
  /// The broker's receive maximum (MQTT 5) reduces it.
  static constexpr std::uint16_t max_inflight = 20;
  /// False: does not connect before on_start(); call client().connect().
  static constexpr bool auto_connect = true;

  MqttUser();
  ~MqttUser() override;

  /// The settings of this user's connection. Called once, before on_start(). Override it for
  /// settings that differ between users. May suspend.
  [[nodiscard]] virtual MqttConnect connect_options() { return {}; }

  /// A message has arrived. It runs on the thread's loop, not in a task: it must return quickly and
  /// must not wait. It may call `client().publish()` with `.wait = false`, set an Event, or fulfil
  /// a Promise. A call that waits throws std::logic_error. An exception that leaves it is reported
  /// as one of a task. The default keeps the message for `client().receive()`.
  virtual void on_message(const MqttMessage& message);

  /// The user's client. Not in a constructor. The connection ends with the user: DISCONNECT is
  /// sent.
  [[nodiscard]] MqttClient& client();

  /// For the library: called after the constructors.
  template <class U>
  void connect_as() {
    begin({.client_id = std::string(U::client_id),
           .username = std::string(U::username),
           .password = std::string(U::password),
           .port = static_cast<std::uint16_t>(U::port),
           .protocol = U::protocol,
           .keepalive = U::keepalive,
           .max_inflight = U::max_inflight},
          U::auto_connect);
  }

 private:
  void begin(const MqttSettings& settings, bool connects);

  std::unique_ptr<MqttClient> client_;
};

}  // namespace cppworker
