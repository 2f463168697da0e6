// Mutations of a broker's packets: the same ones in each run.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/byte_mutator.hpp"
#include "unit/mqtt/decoded.hpp"
#include "unit/mqtt/golden.hpp"

namespace cppworker::mqtt {
namespace {

constexpr int kMutations = 60'000;

/// The decoded packets and the error at the end.
/// @param piece the size of the next piece
template <class Piece>
std::string outcome_of(std::string_view bytes, MqttProtocol protocol, const Piece& piece) {
  FrameReader reader(100'000);
  std::string outcome;
  try {
    while (!bytes.empty()) {
      const std::string_view next = bytes.substr(0, piece());
      const std::vector<char> copy(next.begin(), next.end());  // exact, for the sanitizers
      reader.feed({copy.data(), copy.size()}, [&](const Frame& frame) {
        outcome +=
            decoded(frame, protocol).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        return true;
      });
      bytes.remove_prefix(next.size());
    }
    outcome += reader.has_partial() ? "partial" : "end";
  } catch (const MalformedPacket& error) {
    outcome += error.what();
  }
  return outcome;
}

TEST(MqttFuzz, ResultDoesNotDependOnThePieces) {
  const auto packets = golden::packets("broker");
  test_support::ByteMutator mutator(20261130, 4);
  std::size_t refused = 0;
  std::size_t read = 0;
  for (int i = 0; i < kMutations; ++i) {
    const golden::Packet& packet = packets[mutator.below(packets.size())];
    const std::string bytes =
        mutator.mutate(packet.bytes + packets[mutator.below(packets.size())].bytes);
    const std::string whole = outcome_of(bytes, packet.protocol, [&] { return bytes.size() + 1; });
    ASSERT_EQ(outcome_of(bytes, packet.protocol, [&] { return mutator.below(7) + 1; }), whole)
        << testing::PrintToString(bytes);
    const bool is_good = whole.ends_with("end") || whole.ends_with("partial");
    ++(is_good ? read : refused);
  }
  EXPECT_GT(refused, 10'000U);
  EXPECT_GT(read, 5'000U);
}

}  // namespace
}  // namespace cppworker::mqtt
