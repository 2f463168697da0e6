#include "mqtt/properties.hpp"

#include <array>
#include <cstddef>

#include "base/check.hpp"

namespace cppworker::mqtt {

namespace {

enum class ValueKind : std::uint8_t {
  kNone,
  kByte,
  kTwoBytes,
  kFourBytes,
  kVarint,
  kText,
  kBinary,
  kPair
};

using Mask = std::uint16_t;

constexpr Mask in(PacketType type) { return static_cast<Mask>(1U << static_cast<unsigned>(type)); }

/// Of the packets that a broker sends.
constexpr Mask kInConnack = in(PacketType::kConnack);
constexpr Mask kInPublish = in(PacketType::kPublish);
constexpr Mask kInAcks = in(PacketType::kPuback) | in(PacketType::kPubrec) |
                         in(PacketType::kPubrel) | in(PacketType::kPubcomp) |
                         in(PacketType::kSuback) | in(PacketType::kUnsuback);
constexpr Mask kInDisconnect = in(PacketType::kDisconnect);
constexpr Mask kInAuth = in(PacketType::kAuth);
constexpr Mask kInNone = 0;  // only in packets that a client sends

struct PropertyRule {
  ValueKind kind = ValueKind::kNone;
  Mask packets = kInNone;
};

constexpr std::array<PropertyRule, 43> make_property_rules() {
  std::array<PropertyRule, 43> rules{};
  const auto set = [&rules](PropertyId id, ValueKind kind, Mask packets) {
    rules[static_cast<std::size_t>(id)] = {kind, packets};
  };
  set(PropertyId::kPayloadFormat, ValueKind::kByte, kInPublish);
  set(PropertyId::kMessageExpiry, ValueKind::kFourBytes, kInPublish);
  set(PropertyId::kContentType, ValueKind::kText, kInPublish);
  set(PropertyId::kResponseTopic, ValueKind::kText, kInPublish);
  set(PropertyId::kCorrelationData, ValueKind::kBinary, kInPublish);
  set(PropertyId::kSubscriptionId, ValueKind::kVarint, kInPublish);
  set(PropertyId::kSessionExpiry, ValueKind::kFourBytes, kInConnack);
  set(PropertyId::kAssignedClientId, ValueKind::kText, kInConnack);
  set(PropertyId::kServerKeepAlive, ValueKind::kTwoBytes, kInConnack);
  set(PropertyId::kAuthMethod, ValueKind::kText, kInConnack | kInAuth);
  set(PropertyId::kAuthData, ValueKind::kBinary, kInConnack | kInAuth);
  set(PropertyId::kRequestProblemInformation, ValueKind::kByte, kInNone);
  set(PropertyId::kWillDelay, ValueKind::kFourBytes, kInNone);
  set(PropertyId::kRequestResponseInformation, ValueKind::kByte, kInNone);
  set(PropertyId::kResponseInformation, ValueKind::kText, kInConnack);
  set(PropertyId::kServerReference, ValueKind::kText, kInConnack | kInDisconnect);
  set(PropertyId::kReasonString, ValueKind::kText, kInConnack | kInAcks | kInDisconnect | kInAuth);
  set(PropertyId::kReceiveMaximum, ValueKind::kTwoBytes, kInConnack);
  set(PropertyId::kTopicAliasMaximum, ValueKind::kTwoBytes, kInConnack);
  set(PropertyId::kTopicAlias, ValueKind::kTwoBytes, kInPublish);
  set(PropertyId::kMaximumQos, ValueKind::kByte, kInConnack);
  set(PropertyId::kRetainAvailable, ValueKind::kByte, kInConnack);
  set(PropertyId::kUserProperty, ValueKind::kPair,
      kInConnack | kInPublish | kInAcks | kInDisconnect | kInAuth);
  set(PropertyId::kMaximumPacketSize, ValueKind::kFourBytes, kInConnack);
  set(PropertyId::kWildcardAvailable, ValueKind::kByte, kInConnack);
  set(PropertyId::kSubscriptionIdAvailable, ValueKind::kByte, kInConnack);
  set(PropertyId::kSharedAvailable, ValueKind::kByte, kInConnack);
  return rules;
}

constexpr auto kPropertyRules = make_property_rules();

const PropertyRule& rule_of(PropertyId id) {
  return kPropertyRules.at(static_cast<std::size_t>(id));
}

bool may_repeat(PropertyId id) {
  return id == PropertyId::kUserProperty || id == PropertyId::kSubscriptionId;
}

bool is_possible(const Property& property, ValueKind kind) {
  switch (property.id) {
    case PropertyId::kSubscriptionId:
    case PropertyId::kReceiveMaximum:
    case PropertyId::kTopicAlias:
    case PropertyId::kMaximumPacketSize:
      return property.number != 0;
    default:
      return kind != ValueKind::kByte || property.number <= 1;
  }
}

}  // namespace

PropertyReader::PropertyReader(ByteReader& packet, PacketType type)
    : PropertyReader(packet.take(packet.varint()), type) {}

PropertyReader::PropertyReader(std::string_view properties, PacketType type)
    : type_(type), bytes_(properties), reader_(properties, packet_name(type)) {}

std::optional<Property> PropertyReader::next() {
  if (reader_.empty()) {
    return std::nullopt;
  }
  const std::uint32_t id = reader_.varint();
  const PropertyRule rule = id < kPropertyRules.size() ? kPropertyRules.at(id) : PropertyRule{};
  if (rule.kind == ValueKind::kNone) {
    reader_.fail("unknown property " + std::to_string(id));
  }
  Property property{.id = static_cast<PropertyId>(id)};
  if ((rule.packets & in(type_)) == 0) {
    reader_.fail("property " + std::to_string(id) + " is not allowed in this packet");
  }
  const std::uint64_t bit = std::uint64_t{1} << id;
  if ((seen_ & bit) != 0 && !may_repeat(property.id)) {
    reader_.fail("property " + std::to_string(id) + " comes twice");
  }
  seen_ |= bit;
  switch (rule.kind) {
    case ValueKind::kNone:
      break;
    case ValueKind::kByte:
      property.number = reader_.byte();
      break;
    case ValueKind::kTwoBytes:
      property.number = reader_.two_bytes();
      break;
    case ValueKind::kFourBytes:
      property.number = reader_.four_bytes();
      break;
    case ValueKind::kVarint:
      property.number = reader_.varint();
      break;
    case ValueKind::kText:
      property.text = reader_.text();
      break;
    case ValueKind::kBinary:
      property.text = reader_.binary();
      break;
    case ValueKind::kPair:
      property.text = reader_.text();
      property.value = reader_.text();
      break;
  }
  if (!is_possible(property, rule.kind)) {
    reader_.fail("property " + std::to_string(id) + " has the impossible value " +
                 std::to_string(property.number));
  }
  return property;
}

void put_property(std::string& to, PropertyId id, std::uint32_t number) {
  put_byte(to, static_cast<std::uint8_t>(id));
  switch (rule_of(id).kind) {
    case ValueKind::kByte:
      put_byte(to, static_cast<std::uint8_t>(number));
      break;
    case ValueKind::kTwoBytes:
      put_two_bytes(to, static_cast<std::uint16_t>(number));
      break;
    case ValueKind::kFourBytes:
      put_four_bytes(to, number);
      break;
    case ValueKind::kVarint:
      put_varint(to, number);
      break;
    default:
      CHECK(false);  // not a number
  }
}

void put_property(std::string& to, PropertyId id, std::string_view text) {
  DCHECK(rule_of(id).kind == ValueKind::kText || rule_of(id).kind == ValueKind::kBinary);
  put_byte(to, static_cast<std::uint8_t>(id));
  put_text(to, text, "value of a property");
}

void put_user_property(std::string& to, std::string_view name, std::string_view value) {
  put_byte(to, static_cast<std::uint8_t>(PropertyId::kUserProperty));
  put_text(to, name, "name of a user property");
  put_text(to, value, "value of a user property");
}

}  // namespace cppworker::mqtt
