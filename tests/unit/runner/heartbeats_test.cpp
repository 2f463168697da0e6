#include "runner/heartbeats.hpp"

#include <gtest/gtest.h>

namespace cppworker::runner {
namespace {

TEST(Heartbeats, AreAnsweredInOrder) {
  Heartbeats heartbeats;
  heartbeats.sent(true, {});
  heartbeats.sent(true, {});
  EXPECT_EQ(heartbeats.answered(), 1U);
  EXPECT_EQ(heartbeats.answered(), 2U);
  EXPECT_EQ(heartbeats.answered(), std::nullopt);
}

TEST(Heartbeats, AHeartbeatThatWasNotSentGetsNoAnswer) {
  Heartbeats heartbeats;
  heartbeats.sent(true, {});
  heartbeats.not_sent();
  heartbeats.sent(true, {});
  EXPECT_EQ(heartbeats.answered(), 2U);
}

TEST(Heartbeats, AHeartbeatOfAnUnregisteredWorkerGetsNoAnswer) {
  Heartbeats heartbeats;
  heartbeats.sent(false, {});
  heartbeats.sent(true, {});
  EXPECT_EQ(heartbeats.answered(), 2U);
}

TEST(Heartbeats, HeartbeatsBeforeAnAcceptedClientReadyGetNoAnswer) {
  Heartbeats heartbeats;
  heartbeats.sent(true, {});
  heartbeats.sent(true, {});
  heartbeats.settle_before(2);
  EXPECT_EQ(heartbeats.answered(), 2U);
}

}  // namespace
}  // namespace cppworker::runner
