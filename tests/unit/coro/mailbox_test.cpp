#include "coro/mailbox.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace cppworker::coro {
namespace {

TEST(Mailbox, RunsInTheOrderOfPosting) {
  Mailbox mailbox;
  std::string order;
  for (const char name : {'a', 'b', 'c'}) {
    EXPECT_FALSE(mailbox.post([&order, name] { order += name; }));
  }
  mailbox.run_posted();
  EXPECT_EQ(order, "abc");
  EXPECT_TRUE(mailbox.empty());
}

TEST(Mailbox, LeavesFunctionsPostedDuringACallForTheNextCall) {
  Mailbox mailbox;
  int runs = 0;
  static_cast<void>(mailbox.post([&] {
    ++runs;
    static_cast<void>(mailbox.post([&] { ++runs; }));
  }));
  mailbox.run_posted();
  EXPECT_EQ(runs, 1);
  mailbox.run_posted();
  EXPECT_EQ(runs, 2);
}

TEST(Mailbox, AsksForOneWakeupPerSleep) {
  Mailbox mailbox;
  ASSERT_TRUE(mailbox.prepare_to_sleep());
  EXPECT_TRUE(mailbox.post([] {}));
  EXPECT_FALSE(mailbox.post([] {}));
  mailbox.awake();
  mailbox.run_posted();
  ASSERT_TRUE(mailbox.prepare_to_sleep());
  EXPECT_TRUE(mailbox.claim_wakeup());
  EXPECT_FALSE(mailbox.claim_wakeup());
}

TEST(Mailbox, DoesNotSleepWithAMessage) {
  Mailbox mailbox;
  EXPECT_FALSE(mailbox.post([] {}));
  EXPECT_FALSE(mailbox.prepare_to_sleep());
  EXPECT_FALSE(mailbox.post([] {}));  // the receiver is awake
}

TEST(Mailbox, DestroysFunctionsThatWereNotRun) {
  const auto token = std::make_shared<int>();
  {
    Mailbox mailbox;
    static_cast<void>(mailbox.post([token] {}));
    static_cast<void>(mailbox.post([token] {}));
    EXPECT_EQ(token.use_count(), 3);
  }
  EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace cppworker::coro
