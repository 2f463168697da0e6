#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "frames.hpp"
#include "protocol/decode.hpp"
#include "protocol/encode.hpp"

/// Whatever the network brings: no crash and no exception (run under ASan and UBSan too).
namespace cppworker::protocol {
namespace {

/// What must hold of any decoded message, whatever it was made of.
void expect_usable(const std::string& bytes) {
  const Result<MasterMessage> message = decode(bytes);
  if (!message) {
    EXPECT_FALSE(message.error().empty());
    return;
  }
  if (const auto* spawn = std::get_if<Spawn>(&message.value())) {
    EXPECT_TRUE(spawn->timestamp - spawn->timestamp == 0) << "not finite";
    EXPECT_GE(spawn->stop_timeout, 0);
    for (const auto& [name, count] : spawn->user_classes_count) {
      EXPECT_GE(count, 0);
      EXPECT_LE(count, kMaxUsers);
    }
  } else if (const auto* custom = std::get_if<Custom>(&message.value())) {
    EXPECT_FALSE(encode(*custom, "w").empty());
  }
}

TEST(HostileBytes, ATruncatedMessageIsRefusedAtEveryLength) {
  for (const auto& [name, golden] : golden_messages()) {
    for (std::size_t length = 0; length < golden.bytes.size(); ++length) {
      // A copy of exactly that size: a read beyond it is seen by ASan.
      const std::vector<char> cut(golden.bytes.data(), golden.bytes.data() + length);
      EXPECT_FALSE(decode(std::string_view(cut.data(), cut.size()))) << name << ' ' << length;
    }
  }
}

TEST(HostileBytes, MutatedMessagesDoNoHarm) {
  std::mt19937_64 random(247);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  for (const auto& [name, golden] : golden_messages()) {
    for (int round = 0; round < 300; ++round) {
      std::string bytes = golden.bytes;
      for (std::size_t change = below(4) + 1; change > 0; --change) {
        const std::size_t at = below(bytes.size());
        switch (below(4)) {
          case 0:
            bytes[at] = static_cast<char>(random());
            break;
          case 1:
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
            break;
          case 2:
            bytes.insert(at, 1, static_cast<char>(0xC0 + below(0x40)));
            break;
          default:
            bytes.erase(at, below(8) + 1);
            bytes += ' ';
            break;
        }
      }
      expect_usable(bytes);
    }
  }
}

TEST(HostileBytes, RandomBytesDoNoHarm) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = random() % 2 == 0 ? "\x93\xA5spawn" : "";
    for (std::uint64_t i = random() % 64; i > 0; --i) {
      bytes += static_cast<char>(random() % 3 == 0 ? 0xC0 + random() % 0x20 : random());
    }
    expect_usable(bytes);
  }
}

}  // namespace
}  // namespace cppworker::protocol
