#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mqtt/frame_reader.hpp"

namespace cppworker::mqtt {

/// The properties of MQTT 5, 2.2.2.2.
enum class PropertyId : std::uint8_t {
  kPayloadFormat = 1,
  kMessageExpiry = 2,
  kContentType = 3,
  kResponseTopic = 8,
  kCorrelationData = 9,
  kSubscriptionId = 11,
  kSessionExpiry = 17,
  kAssignedClientId = 18,
  kServerKeepAlive = 19,
  kAuthMethod = 21,
  kAuthData = 22,
  kRequestProblemInformation = 23,
  kWillDelay = 24,
  kRequestResponseInformation = 25,
  kResponseInformation = 26,
  kServerReference = 28,
  kReasonString = 31,
  kReceiveMaximum = 33,
  kTopicAliasMaximum = 34,
  kTopicAlias = 35,
  kMaximumQos = 36,
  kRetainAvailable = 37,
  kUserProperty = 38,
  kMaximumPacketSize = 39,
  kWildcardAvailable = 40,
  kSubscriptionIdAvailable = 41,
  kSharedAvailable = 42
};

struct Property {
  PropertyId id{};
  std::uint32_t number = 0;  ///< of a property whose value is a number
  std::string_view text{};   ///< a text, bytes, or the name of a user property
  std::string_view value{};  ///< of a user property
};

/// The properties of a received packet, one by one.
class PropertyReader {
 public:
  /// Reads the length of the properties and their bytes from `packet`.
  PropertyReader(ByteReader& packet, PacketType type);
  /// For the bytes of properties that were read before.
  PropertyReader(std::string_view properties, PacketType type);

  /// The bytes of those that are left.
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  /// Nothing at the end. Throws MalformedPacket: an unknown property, one that this type of packet
  /// can't have or that it has twice, an impossible value.
  std::optional<Property> next();

 private:
  PacketType type_;
  std::string_view bytes_;
  ByteReader reader_;
  std::uint64_t seen_ = 0;  // a bit for each identifier
};

void put_property(std::string& to, PropertyId id, std::uint32_t number);
void put_property(std::string& to, PropertyId id, std::string_view text);
void put_user_property(std::string& to, std::string_view name, std::string_view value);

}  // namespace cppworker::mqtt
