#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <cppworker/environment.hpp>
#include <cppworker/value.hpp>

#include "coro/clock.hpp"
#include "mqtt/owner.hpp"
#include "user/shard.hpp"

namespace cppworker::mqtt {

// The failure texts of Locust, whose causes are error codes of paho.
inline constexpr std::string_view kNotConnected = "<MQTTErrorCode.MQTT_ERR_NO_CONN: 4>";
inline constexpr std::string_view kConnectionLost = "<MQTTErrorCode.MQTT_ERR_CONN_LOST: 7>";
inline constexpr std::string_view kConnectionRefused = "<MQTTErrorCode.MQTT_ERR_CONN_REFUSED: 5>";
inline constexpr std::string_view kRefusedByVersion5 = "<MQTTErrorCode.MQTT_ERR_PROTOCOL: 2>";
inline constexpr std::string_view kNoPingresp = "<MQTTErrorCode.MQTT_ERR_KEEPALIVE: 16>";

/// Python's repr() of an exception: "MqttError('text')".
[[nodiscard]] std::string failure_repr(std::string_view type, std::string_view text);

/// The rows of one client. Its functions neither suspend nor throw: they may be called on the
/// scheduler's own stack.
class Rows {
 public:
  Rows(Environment& environment, Owner& owner) : environment_(environment), owner_(owner) {}

  struct Row {
    std::string_view kind{};  ///< "publish"
    int qos = -1;             ///< -1: not in the name
    std::string_view name{};
    /// None: the row has no response time.
    std::optional<coro::Duration> response_time{};
    std::int64_t size = 0;
    std::string_view failure{};  ///< "": success
    std::string_view client_id{};
  };
  void record(const Row& row);
  /// Counts a request that a stop has interrupted.
  void count_cut_off(const Row& row);

 private:
  static std::string& name_of(const Row& row);
  Environment& environment_;
  Owner& owner_;
};

}  // namespace cppworker::mqtt
