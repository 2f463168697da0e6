#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "play.hpp"

namespace cppworker::runner {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class QuittingTest : public testing::Test {
 protected:
  QuittingTest() { play.connect(); }
  /// A run whose shards carry out their actions only when the test requests it.
  void run(double stop_timeout) {
    play.spawn({{"A", 2}}, stop_timeout);
    play.shards_obey = false;
  }
  Play play;
};

using Quit = QuittingTest;
using Signal = QuittingTest;

TEST_F(Quit, StopsUsersReportsAndExits) {
  play.spawn({{"A", 2}});
  EXPECT_THAT(play.quit(), ElementsAre("hook test_stopping", "-> stats A=2 B=0", "stop users 0s",
                                       "hook test_stop", "hook quitting", "-> stats A=0 B=0",
                                       "-> quit", "exit 0"));
}

TEST_F(Quit, TheEndOfTheMastersProcessEndsTheWorker) {
  play.spawn({{"A", 2}});
  EXPECT_THAT(play.on(MasterEnded{"it crashed"}),
              AllOf(Contains("error: it crashed"), Contains("stop users 0s"), Contains("exit 0")));
  EXPECT_FALSE(play.runner.ended_by_master());
}

TEST_F(Quit, TheEndOfTheMastersProcessIsExpectedAfterItsQuit) {
  run(60);
  play.quit();
  EXPECT_TRUE(play.runner.ended_by_master());
  EXPECT_THAT(play.on(MasterEnded{"it crashed"}), IsEmpty());
}

TEST_F(Quit, ReportsBeforeUsersHaveEnded) {
  run(60);
  EXPECT_THAT(play.quit(), Contains("-> stats A=2 B=0"));
}

TEST_F(Quit, GivesUsers300MillisecondsAtMost) {
  run(60);
  EXPECT_THAT(play.quit(), Contains("stop users 0.3s"));
}

TEST_F(Quit, GivesUsersNoMoreThanTheirStopTimeout) {
  run(0.1);
  EXPECT_THAT(play.quit(), Contains("stop users 0.1s"));
}

TEST_F(Quit, ReportsAgainWhenUsersHaveEnded) {
  run(60);
  play.quit();
  play.pass(200ms);
  play.stopped(0);
  EXPECT_THAT(play.stopped(1), ElementsAre("hook test_stop", "hook quitting", "-> stats A=0 B=0",
                                           "-> quit", "exit 0"));
}

TEST_F(Quit, ReportsAgainAfter400MillisecondsAtTheLatest) {
  run(60);
  play.quit();
  play.stopped(1);
  EXPECT_THAT(play.pass(390ms), IsEmpty());
  EXPECT_THAT(play.pass(10ms), ElementsAre("-> stats A=1 B=0"));
}

TEST_F(Quit, UsersMayGoOnEndingForFiveSecondsAfterTheReport) {
  run(60);
  play.quit();
  EXPECT_THAT(play.pass(4900ms), ElementsAre("-> stats A=2 B=0", "-> stats A=2 B=0"));
  play.stopped(0);
  EXPECT_THAT(play.stopped(1), ElementsAre("hook test_stop", "hook quitting", "-> stats A=0 B=0",
                                           "-> quit", "exit 0"));
}

TEST_F(Quit, DoesNotWaitLongerForUsersThatDoNotEnd) {
  run(60);
  play.quit();
  play.stopped(1);
  play.pass(4900ms);
  EXPECT_THAT(
      play.pass(100ms),
      ElementsAre("warning: Some users did not stop in time; shutting down without them",
                  "hook test_stop", "hook quitting", "-> stats A=1 B=0", "-> quit", "exit 0"));
}

TEST_F(Quit, HooksHaveASecondAlsoAfterUsersThatDoNotEnd) {
  run(60);
  play.hooks_end = false;
  play.quit();
  play.pass(5s);
  EXPECT_THAT(play.pass(900ms), IsEmpty());
  EXPECT_THAT(play.pass(100ms),
              AllOf(Contains(StartsWith("warning: The test_stop listeners")), Contains("exit 0")));
}

TEST_F(Quit, RepeatingItChangesNothing) {
  run(60);
  play.quit();
  EXPECT_THAT(play.quit(), IsEmpty());
  play.pass(300ms);
  EXPECT_THAT(play.quit(), IsEmpty());
  play.pass(4700ms);
  EXPECT_TRUE(play.exited);
  EXPECT_THAT(play.quit(), IsEmpty());
}

TEST_F(Quit, WhileReadyAfterARunOnlyReportsAndExits) {
  play.spawn({{"A", 2}});
  play.stop();
  EXPECT_THAT(play.quit(), ElementsAre("hook quitting", "-> stats A=0 B=0", "-> stats A=0 B=0",
                                       "-> quit", "exit 0"));
}

TEST_F(Quit, BeforeAnyRunFiresTheEventsOfAStopLikeTheStockWorker) {
  EXPECT_THAT(play.quit(), ElementsAre("hook test_stopping", "-> stats A=0 B=0", "hook test_stop",
                                       "hook quitting", "-> stats A=0 B=0", "-> quit", "exit 0"));
}

TEST_F(Quit, SlowHooksDoNotDelayReports) {
  play.spawn({{"A", 2}});
  play.hooks_end = false;
  play.quit();
  EXPECT_THAT(play.pass(100ms), ElementsAre("stop users 0s", "hook test_stop"));
  EXPECT_THAT(play.pass(300ms), ElementsAre("-> stats A=0 B=0"));
  EXPECT_FALSE(play.exited);
}

TEST_F(Quit, BlockedHooksDelayTheExitByFiveSecondsAtMost) {
  play.spawn({{"A", 2}});
  play.hooks_end = false;
  play.quit();
  EXPECT_THAT(play.pass(5s), AllOf(Contains(StartsWith("warning: The test_stop listeners")),
                                   Contains("-> quit"), Contains("exit 0")));
}

TEST_F(Quit, ASlowCollectionDoesNotDelayReports) {
  play.spawn({{"A", 2}});
  play.increments_come = false;
  EXPECT_THAT(play.quit(), Not(Contains(StartsWith("-> stats"))));
  EXPECT_THAT(play.pass(400ms), ElementsAre("-> stats A=0 B=0", "-> quit", "exit 0"));
}

TEST_F(Quit, DuringAStopShortensIt) {
  run(60);
  play.stop();
  EXPECT_THAT(play.quit(), ElementsAre("stop users 0.3s", "-> stats A=2 B=0"));
  play.stopped(0);
  EXPECT_THAT(play.stopped(1), ElementsAre("hook test_stop", "hook quitting", "-> stats A=0 B=0",
                                           "-> quit", "exit 0"));
}

TEST_F(Quit, DuringTestStartStartsNoUsers) {
  play.hooks_end = false;
  play.spawn({{"A", 2}});
  play.hooks_end = true;
  EXPECT_THAT(play.quit(), AllOf(Not(Contains(StartsWith("targets"))), Contains("exit 0")));
}

TEST_F(Quit, FromAMasterThatHasNotRegisteredThisWorkerSendsNothing) {
  Play stranger;
  stranger.master_acknowledges = stranger.master_answers = false;
  stranger.up();
  EXPECT_THAT(stranger.quit(), AllOf(Not(Contains("-> quit")), Contains("exit 0")));
}

TEST_F(Quit, IgnoresOtherMessagesWhileQuitting) {
  run(60);
  play.quit();
  EXPECT_THAT(play.spawn({{"A", 9}}), IsEmpty());
  EXPECT_THAT(play.stop(), IsEmpty());
  EXPECT_THAT(play.reconnect(), IsEmpty());
}

TEST_F(Signal, GivesUsersTheirStopTimeout) {
  run(60);
  EXPECT_THAT(play.signal(), ElementsAre("hook test_stopping", "stop users 60s"));
  play.pass(59s);
  play.stopped(0);
  EXPECT_THAT(play.stopped(1), ElementsAre("hook test_stop", "hook quitting", "-> stats A=0 B=0",
                                           "-> quit", "exit 0"));
}

TEST_F(Signal, ReportsContinueWhileUsersFinish) {
  run(60);
  play.signal();
  EXPECT_THAT(play.pass(6s), ElementsAre("-> stats A=2 B=0", "-> stats A=2 B=0"));
}

TEST_F(Signal, DoesNotWaitForUsersThatDoNotEnd) {
  run(10);
  play.signal();
  EXPECT_THAT(
      play.pass(16s),
      AllOf(Contains(StartsWith("warning: Some users did not stop in time")), Contains("exit 0")));
}

TEST_F(Signal, ASecondSignalExitsAtOnce) {
  run(60);
  play.signal();
  EXPECT_THAT(play.signal(), AllOf(Contains("exit 1"), Not(Contains("-> quit"))));
}

TEST_F(Signal, AQuitFromTheMasterShortensTheShutdown) {
  run(60);
  play.signal();
  EXPECT_THAT(play.quit(), ElementsAre("stop users 0.3s", "-> stats A=2 B=0"));
  EXPECT_THAT(play.pass(5s), Contains("exit 0"));
}

TEST_F(Signal, AfterAQuitOnlyTheSecondSignalExitsAtOnce) {
  run(60);
  play.quit();
  EXPECT_THAT(play.signal(), IsEmpty());
  EXPECT_THAT(play.signal(), Contains("exit 1"));
}

TEST_F(Signal, BeforeTheFirstMasterExitsWithoutSendingAnything) {
  Play alone;
  EXPECT_THAT(alone.signal(),
              ElementsAre("hook test_stopping", "hook test_stop", "hook quitting", "exit 0"));
}

TEST(Quitting, UserCodeMayCallQuit) {
  Play play;
  play.connect();
  play.spawn({{"A", 2}});
  const Lines lines = play.on(QuitAsked{});
  EXPECT_THAT(lines, testing::Contains("-> quit"));
  EXPECT_THAT(lines, testing::Contains("exit 0"));
}

}  // namespace
}  // namespace cppworker::runner
