// Mutations of a broker's packets: the same ones in each run. MQTT_MUTATIONS is the number for each
// packet; CONTRIBUTING.md has the command of the long run.

#include <charconv>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "mqtt/websocket_frames.hpp"
#include "support/byte_mutator.hpp"
#include "unit/mqtt/decoded.hpp"
#include "unit/mqtt/golden.hpp"
#include "unit/websocket/server_frame.hpp"

namespace cppworker::mqtt {
namespace {

constexpr std::size_t kPacketMax = 100'000;

std::size_t mutations_of_each() {
  const char* const value = std::getenv("MQTT_MUTATIONS");  // NOLINT(concurrency-mt-unsafe)
  std::size_t count = 2'000;
  if (value != nullptr) {
    const std::string_view text(value);
    EXPECT_EQ(std::from_chars(text.data(), text.data() + text.size(), count).ec, std::errc{})
        << "MQTT_MUTATIONS must be a number";
  }
  return count;
}

/// Calls `read` with pieces of the bytes, each in memory of its own size, for the sanitizers.
/// @param size_of_next the size of the next piece
template <class Size, class Read>
void in_pieces(std::string_view bytes, const Size& size_of_next, const Read& read) {
  while (!bytes.empty()) {
    const std::string_view next = bytes.substr(0, size_of_next());
    const std::vector<char> copy(next.begin(), next.end());
    read(std::string_view(copy.data(), copy.size()));
    bytes.remove_prefix(next.size());
  }
}

/// The decoded packets and the error at the end.
template <class Size>
std::string outcome_of(std::string_view bytes, MqttProtocol protocol, const Size& size_of_next) {
  FrameReader reader(kPacketMax);
  std::string outcome;
  try {
    in_pieces(bytes, size_of_next, [&](std::string_view piece) {
      reader.feed(piece, [&](const Frame& frame) {
        outcome +=
            decoded(frame, protocol).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        return true;
      });
    });
    outcome += reader.has_partial() ? "partial" : "end";
  } catch (const MalformedPacket& error) {
    outcome += error.what();
  }
  return outcome;
}

/// What a WebSocket's frames carry, and the error at the end.
template <class Size>
std::string payload_of(std::string_view bytes, const Size& size_of_next) {
  std::mt19937_64 random;
  WebSocketFrames frames(random, kPacketMax);
  std::string outcome;
  try {
    in_pieces(bytes, size_of_next, [&](std::string_view piece) {
      for (;;) {
        const WebSocketFrames::Step step = frames.next(piece);
        if (step.kind == WebSocketFrames::Step::Kind::kNeedsMore) return;
        outcome += std::to_string(static_cast<int>(step.kind)) + std::string(step.bytes);
      }
    });
  } catch (const MalformedPacket& error) {
    outcome += error.what();
  }
  return outcome;
}

TEST(MqttFuzz, ResultDoesNotDependOnThePieces) {
  const auto packets = golden::packets("broker");
  const std::size_t count = mutations_of_each();
  test_support::ByteMutator mutator(20261130, 4);
  std::size_t refused = 0;
  std::size_t read = 0;
  for (const golden::Packet& packet : packets) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string bytes =
          mutator.mutate(packet.bytes + packets[mutator.below(packets.size())].bytes);
      const std::string whole =
          outcome_of(bytes, packet.protocol, [&] { return bytes.size() + 1; });
      const std::size_t split = mutator.below(bytes.size() + 1);
      std::size_t pieces = 0;
      const auto next = [&]() -> std::size_t {  // two pieces, or many small ones
        if (i % 2 == 0) return mutator.below(7) + 1;
        return pieces++ == 0 ? split + 1 : bytes.size() + 1;
      };
      ASSERT_EQ(outcome_of(bytes, packet.protocol, next), whole) << testing::PrintToString(bytes);
      const bool is_good = whole.ends_with("end") || whole.ends_with("partial");
      ++(is_good ? read : refused);
    }
  }
  EXPECT_EQ(read + refused, count * packets.size());
  EXPECT_GT(refused, count * packets.size() / 6);
  EXPECT_GT(read, count * packets.size() / 12);
}

TEST(MqttFuzz, WebSocketFramesDoNotDependOnThePieces) {
  const auto packets = golden::packets("broker");
  const std::size_t count = mutations_of_each() / 2;
  test_support::ByteMutator mutator(20261131, 8);
  for (const golden::Packet& packet : packets) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string bytes = mutator.mutate(
          websocket::server_frame(websocket::Opcode::kBinary, packet.bytes.substr(0, i % 9)) +
          websocket::server_frame(websocket::Opcode::kPing, "x") +
          websocket::server_frame(websocket::Opcode::kBinary, packet.bytes));
      const std::string whole = payload_of(bytes, [&] { return bytes.size() + 1; });
      ASSERT_EQ(payload_of(bytes, [&] { return mutator.below(7) + 1; }), whole)
          << testing::PrintToString(bytes);
    }
  }
}

}  // namespace
}  // namespace cppworker::mqtt
