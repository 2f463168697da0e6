#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cppworker::mqtt {

/// A packet of the broker breaks the rules of MQTT. The text says which packet and which rule.
class MalformedPacket : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The largest value of a variable byte integer, and so the largest packet.
inline constexpr std::size_t kVarintMax = 268'435'455;

/// Reads the fields of a packet. Throws MalformedPacket if the packet ends within a field.
class ByteReader {
 public:
  /// @param packet the name of the packet, for messages; must live as long as the reader
  ByteReader(std::string_view bytes, std::string_view packet) : rest_(bytes), packet_(packet) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  [[nodiscard]] std::size_t size() const { return rest_.size(); }
  std::uint8_t byte();
  std::uint16_t two_bytes();
  std::uint32_t four_bytes();
  /// 1 to 4 bytes.
  std::uint32_t varint();
  /// UTF-8 text after its length. Checks the encoding.
  std::string_view text();
  /// Bytes after their length.
  std::string_view binary();
  /// The next `count` bytes.
  std::string_view take(std::size_t count);
  /// All bytes that are left.
  std::string_view rest();
  [[noreturn]] void fail(std::string_view what) const;

 private:
  std::string_view rest_;
  std::string_view packet_;
};

void put_byte(std::string& to, std::uint8_t value);
void put_two_bytes(std::string& to, std::uint16_t value);
void put_four_bytes(std::string& to, std::uint32_t value);
/// @pre value <= kVarintMax
void put_varint(std::string& to, std::size_t value);
/// Throws std::invalid_argument if a text has more than 65,535 bytes. @param what as for put_text()
void check_size(std::string_view text, std::string_view what);
/// The length in two bytes, then the bytes. Throws std::invalid_argument if there are more than
/// 65,535. @param what the field, for the message
void put_text(std::string& to, std::string_view text, std::string_view what);

}  // namespace cppworker::mqtt
