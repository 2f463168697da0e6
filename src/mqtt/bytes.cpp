#include "mqtt/bytes.hpp"

#include "base/check.hpp"
#include "text/utf8.hpp"

namespace cppworker::mqtt {

void ByteReader::fail(std::string_view what) const {
  throw MalformedPacket(std::string(packet_) + ": " + std::string(what));
}

std::string_view ByteReader::take(std::size_t count) {
  if (rest_.size() < count) {
    fail("the packet ends within a field");
  }
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

std::uint8_t ByteReader::byte() { return static_cast<std::uint8_t>(take(1).front()); }

std::uint16_t ByteReader::two_bytes() {
  const unsigned high = byte();
  return static_cast<std::uint16_t>(high << 8U | byte());
}

std::uint32_t ByteReader::four_bytes() {
  const std::uint32_t high = two_bytes();
  return high << 16U | two_bytes();
}

std::uint32_t ByteReader::varint() {
  std::uint32_t value = 0;
  for (unsigned shift = 0; shift < 28; shift += 7) {
    const std::uint8_t next = byte();
    value |= static_cast<std::uint32_t>(next & 0x7FU) << shift;
    if ((next & 0x80U) == 0) {
      return value;
    }
  }
  fail("a variable byte integer has more than 4 bytes");
}

std::string_view ByteReader::text() {
  const std::string_view bytes = binary();
  if (!text::is_utf8(bytes) || bytes.find('\0') != std::string_view::npos) {
    fail("a text is not valid UTF-8 or contains a null character");
  }
  return bytes;
}

std::string_view ByteReader::binary() { return take(two_bytes()); }

std::string_view ByteReader::rest() { return take(rest_.size()); }

void put_byte(std::string& to, std::uint8_t value) { to.push_back(static_cast<char>(value)); }

void put_two_bytes(std::string& to, std::uint16_t value) {
  put_byte(to, static_cast<std::uint8_t>(value >> 8U));
  put_byte(to, static_cast<std::uint8_t>(value & 0xFFU));
}

void put_four_bytes(std::string& to, std::uint32_t value) {
  put_two_bytes(to, static_cast<std::uint16_t>(value >> 16U));
  put_two_bytes(to, static_cast<std::uint16_t>(value & 0xFFFFU));
}

void put_varint(std::string& to, std::size_t value) {
  CHECK(value <= kVarintMax);
  do {
    const auto low = static_cast<std::uint8_t>(value & 0x7FU);
    value >>= 7U;
    put_byte(to, value == 0 ? low : static_cast<std::uint8_t>(low | 0x80U));
  } while (value != 0);
}

void check_size(std::string_view text, std::string_view what) {
  if (text.size() > 65'535) {
    throw std::invalid_argument("MQTT: the " + std::string(what) + " has " +
                                std::to_string(text.size()) + " bytes; the limit is 65535");
  }
}

void put_text(std::string& to, std::string_view text, std::string_view what) {
  check_size(text, what);
  put_two_bytes(to, static_cast<std::uint16_t>(text.size()));
  to.append(text);
}

}  // namespace cppworker::mqtt
