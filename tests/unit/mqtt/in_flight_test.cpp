#include "mqtt/in_flight.hpp"

#include <gtest/gtest.h>

namespace cppworker::mqtt {
namespace {

InFlight unacknowledged(std::uint16_t id) {
  return {.id = id, .awaits = InFlight::Awaits::kPuback, .qos = 1};
}

TEST(MqttInFlight, TheLargestWindowLeavesIdentifiersForSubscriptions) {
  EXPECT_EQ(window_size(20, 65'535), 20);
  EXPECT_EQ(window_size(20, 10), 10);
  EXPECT_EQ(window_size(65'535, 65'535), 60'000);
}

TEST(MqttInFlight, AnAbandonedMessageKeepsItsIdentifierAndItsPlace) {
  InFlightTable table;
  const std::uint16_t id = table.next_id();
  table.add(unacknowledged(id));
  EXPECT_FALSE(table.abandon(*table.find(id)).cut_off) << "what it was before";
  EXPECT_TRUE(table.abandon(*table.find(id)).cut_off);
  EXPECT_EQ(table.publishes(), 1U);
  EXPECT_EQ(table.awaited_publishes(), 0U);
  const std::uint16_t other = table.next_id();
  EXPECT_NE(other, id);
  table.add(unacknowledged(other));
  EXPECT_EQ(table.awaited_publishes(), 1U);
  table.take(*table.find(id));
  EXPECT_EQ(table.publishes(), 1U);
  EXPECT_EQ(table.awaited_publishes(), 1U);
}

}  // namespace
}  // namespace cppworker::mqtt
