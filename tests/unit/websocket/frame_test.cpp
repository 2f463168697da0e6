#include "websocket/frame.hpp"

#include <cstring>
#include <string>

#include <gtest/gtest.h>

namespace cppworker::websocket {
namespace {

/// The masking key whose bytes are these, in the order in which they are sent.
std::uint32_t key_of(const char (&bytes)[5]) {
  std::uint32_t key = 0;
  std::memcpy(&key, bytes, sizeof key);
  return key;
}

std::string frame_of(Opcode opcode, std::string_view payload, std::uint32_t mask = 0) {
  std::string frame;
  append_frame(frame, {.opcode = opcode, .is_last = true}, payload, mask);
  return frame;
}

TEST(WebSocketFrame, ExampleOfTheStandard) {
  EXPECT_EQ(frame_of(Opcode::kText, "Hello", key_of("\x37\xfa\x21\x3d")),
            "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
}

TEST(WebSocketFrame, TheLengthHasThreeForms) {
  const std::string zero(4, '\0');
  EXPECT_EQ(frame_of(Opcode::kBinary, std::string(125, 'a')).substr(0, 6), "\x82\xFD" + zero);
  EXPECT_EQ(frame_of(Opcode::kBinary, std::string(126, 'a')).substr(0, 8),
            std::string("\x82\xFE\x00\x7E", 4) + zero);
  EXPECT_EQ(frame_of(Opcode::kBinary, std::string(65535, 'a')).substr(0, 8),
            "\x82\xFE\xFF\xFF" + zero);
  EXPECT_EQ(frame_of(Opcode::kBinary, std::string(65536, 'a')).substr(0, 14),
            std::string("\x82\xFF\0\0\0\0\0\x01\0\0", 10) + zero);
}

TEST(WebSocketFrame, FlagsOfFragmentsAndCompression) {
  std::string frame;
  append_frame(frame, {.opcode = Opcode::kText, .is_compressed = true}, "", 0);
  append_frame(frame, {.opcode = Opcode::kContinuation, .is_last = true}, "", 0);
  const std::string zero(4, '\0');
  EXPECT_EQ(frame, "\x41\x80" + zero + "\x80\x80" + zero);
}

TEST(WebSocketFrame, MasksAnyNumberOfBytes) {
  const std::string key = "\x37\xfa\x21\x3d";
  for (std::size_t size = 0; size < 70; ++size) {
    std::string expected;
    for (std::size_t i = 0; i < size; ++i) {
      expected += static_cast<char>(static_cast<char>(i) ^ key[i % 4]);
    }
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i);
    apply_mask(bytes.data(), size, key_of("\x37\xfa\x21\x3d"));
    EXPECT_EQ(bytes, expected);
  }
}

}  // namespace
}  // namespace cppworker::websocket
