#include "mqtt/frame_reader.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"

namespace cppworker::mqtt {

std::string_view packet_name(PacketType type) {
  static constexpr std::array<std::string_view, 16> kNames{"a packet of type 0",
                                                           "CONNECT",
                                                           "CONNACK",
                                                           "PUBLISH",
                                                           "PUBACK",
                                                           "PUBREC",
                                                           "PUBREL",
                                                           "PUBCOMP",
                                                           "SUBSCRIBE",
                                                           "SUBACK",
                                                           "UNSUBSCRIBE",
                                                           "UNSUBACK",
                                                           "PINGREQ",
                                                           "PINGRESP",
                                                           "DISCONNECT",
                                                           "AUTH"};
  return kNames.at(static_cast<std::size_t>(type));
}

FrameReader::Split FrameReader::split(std::string_view bytes) const {
  DCHECK(!bytes.empty());
  const auto first = static_cast<std::uint8_t>(bytes.front());
  const auto type = static_cast<PacketType>(first >> 4U);
  std::size_t length = 0;
  std::size_t at = 1;
  for (unsigned shift = 0;; shift += 7) {
    if (at == bytes.size()) {
      return {};
    }
    const auto next = static_cast<std::uint8_t>(bytes[at++]);
    length |= static_cast<std::size_t>(next & 0x7FU) << shift;
    if ((next & 0x80U) == 0) {
      break;
    }
    if (shift == 21) {
      throw MalformedPacket(std::string(packet_name(type)) +
                            ": the packet's length has more than 4 bytes");
    }
  }
  if (at + length > packet_max_) {
    throw MalformedPacket(std::string(packet_name(type)) + ": the packet has " +
                          std::to_string(at + length) + " bytes; max_packet_size is " +
                          std::to_string(packet_max_));
  }
  if (bytes.size() - at < length) {
    return {.size = at + length};
  }
  return {.complete = true,
          .size = at + length,
          .frame = {.type = type,
                    .flags = static_cast<std::uint8_t>(first & 0x0FU),
                    .body = bytes.substr(at, length)}};
}

std::string_view FrameReader::complete(std::string_view bytes) {
  for (;;) {
    const Split known = split(partial_);
    // Byte by byte until the packet's length is known.
    const std::size_t missing = known.size == 0 ? 1 : known.size - partial_.size();
    const std::size_t taken = std::min(missing, bytes.size());
    if (taken == 0) {
      return bytes;
    }
    partial_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
  }
}

}  // namespace cppworker::mqtt
