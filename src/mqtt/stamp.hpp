#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <cppworker/mqtt_client.hpp>

namespace cppworker::mqtt {

/// The clocks that stamps use.
struct StampClock {
  std::uint16_t machine = 0;  ///< the same for all processes since the machine's start
  std::uint64_t monotonic_us = 0;
  std::uint64_t unix_us = 0;

  static StampClock now();
};

/// Messages are counted for each topic and QoS: brokers keep the order only within these.
struct StampTopic {
  std::string_view topic{};
  std::uint8_t qos = 0;
};

/// The bytes of a stamp, before the payload.
class StampBytes {
 public:
  /// Zeros, as many as a stamp of this kind has.
  explicit StampBytes(MqttStamp kind);
  /// Valid as long as this object.
  [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  friend class Stamper;
  std::array<char, 24> bytes_{};
  std::size_t size_ = 0;
};

/// The stamps of one publisher.
class Stamper {
 public:
  /// @param publisher a random number
  explicit Stamper(std::uint32_t publisher) : publisher_(publisher) {}

  /// No bytes for kNone. Counts the message.
  [[nodiscard]] StampBytes make(MqttStamp kind, const StampTopic& topic, const StampClock& clock);

 private:
  std::uint32_t publisher_;
  std::unordered_map<std::uint32_t, std::uint64_t> next_;  // by the topic's hash
};

struct Stamp {
  std::uint64_t publisher = 0;  ///< of this topic and QoS
  std::uint64_t counter = 0;
  Milliseconds age{0};
  std::size_t size = 0;  ///< of the stamp in the payload
};
/// Nothing if the payload does not begin with such a stamp. @param kind not kNone
[[nodiscard]] std::optional<Stamp> read_stamp(MqttStamp kind, const StampTopic& topic,
                                              std::string_view payload, const StampClock& clock);

/// Finds lost, repeated and reordered messages of a subscription by their counters.
class SequenceCheck {
 public:
  /// "": the message is the next one of its publisher, or the first one. Otherwise what is wrong:
  /// "3 missing", "duplicate", "out of order".
  [[nodiscard]] std::string take(std::uint64_t publisher, std::uint64_t counter);

 private:
  /// The missing messages of a publisher that may still come.
  static constexpr std::size_t kMissingMax = 1'000;
  struct Publisher {
    std::uint64_t next = 0;
    std::vector<std::uint64_t> missing{};
  };
  std::unordered_map<std::uint64_t, Publisher> publishers_;
};

}  // namespace cppworker::mqtt
