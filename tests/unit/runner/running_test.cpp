#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "play.hpp"

namespace cppworker::runner {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class RunningTest : public testing::Test {
 protected:
  RunningTest() { play.connect(); }
  Play play;
};

using Spawn = RunningTest;
using SpawningComplete = RunningTest;
using SpawningCompleteDeathTest = RunningTest;
using UnknownClass = RunningTest;
using Stop = RunningTest;

protocol::Spawn spawn_at(double timestamp, UserClassesCount targets) {
  protocol::Spawn message;
  message.timestamp = timestamp;
  message.user_classes_count = std::move(targets);
  return message;
}

// --- spawn ---------------------------------------------------------------------------------------

TEST_F(Spawn, InStateReadyClearsStatsAndRunsTestStartBeforeUsers) {
  EXPECT_THAT(play.spawn({{"A", 2}, {"B", 0}}),
              ElementsAre("-> spawning", "clear stats", "hook test_start",
                          "targets [A=1 B=0|A=1 B=0]", "-> spawning_complete A=2 B=0"));
}

TEST_F(Spawn, WaitsForTestStart) {
  play.hooks_end = false;
  EXPECT_THAT(play.spawn({{"A", 1}}), Not(Contains(StartsWith("targets"))));
  EXPECT_THAT(play.pass(60s), Not(Contains(StartsWith("targets"))));
  EXPECT_THAT(play.hook_done(), Contains("targets [A=1 B=0|A=0 B=0]"));
}

TEST_F(Spawn, StaysReadyWhileTestStartRunsAsTheStockWorkerDoes) {
  play.hooks_end = false;
  play.spawn({{"A", 1}});
  play.pass(1s);
  EXPECT_THAT(play.everything(), Contains("1.0 -> heartbeat ready"));
}

TEST_F(Spawn, ANewerOneSupersedesTheTargetsDuringTestStart) {
  play.hooks_end = false;
  play.spawn({{"A", 1}});
  EXPECT_THAT(play.spawn({{"A", 5}, {"B", 1}}), ElementsAre("-> spawning"));
  EXPECT_THAT(play.hook_done(),
              ElementsAre("targets [A=3 B=0|A=2 B=1]", "-> spawning_complete A=5 B=1"));
}

TEST_F(Spawn, WhileRunningOnlyChangesTargets) {
  play.spawn({{"A", 2}});
  EXPECT_THAT(play.spawn({{"A", 4}}), ElementsAre("-> spawning", "targets [A=2 B=0|A=2 B=0]",
                                                  "-> spawning_complete A=4 B=0"));
}

TEST_F(Spawn, ReplacesUsersThatEndedByThemselves) {
  play.spawn({{"A", 4}});
  play.on(ShardUsersChanged{1, {{"A", 0}, {"B", 0}}});
  EXPECT_THAT(play.spawn({{"A", 4}}), Contains("targets [A=2 B=0|A=2 B=0]"));
  EXPECT_EQ(play.alive[1].at("A"), 2);
}

TEST_F(Spawn, DoesNotChangeClassesThatItDoesNotName) {
  play.spawn({{"A", 2}, {"B", 2}});
  EXPECT_THAT(play.spawn({{"A", 0}}), Contains("targets [A=0 B=1|A=0 B=1]"));
}

TEST_F(Spawn, AcceptsSeveralWithinOneSecond) {
  EXPECT_THAT(play.spawn(spawn_at(100.25, {{"A", 1}})), Contains("-> spawning_complete A=1 B=0"));
  EXPECT_THAT(play.spawn(spawn_at(100.50, {{"A", 2}})), Contains("-> spawning_complete A=2 B=0"));
}

TEST_F(Spawn, DiscardsAStaleOneButSendsSpawning) {
  play.spawn(spawn_at(100.5, {{"A", 1}}));
  EXPECT_THAT(play.spawn(spawn_at(100.5, {{"A", 7}})), ElementsAre("-> spawning"));
  EXPECT_THAT(play.spawn(spawn_at(100.4, {{"A", 7}})), ElementsAre("-> spawning"));
  play.everything();
  play.pass(1s);
  EXPECT_THAT(play.everything(), Contains(HasSubstr("-> heartbeat running")));
}

TEST_F(Spawn, RemembersTimestampsAcrossAStop) {
  play.spawn(spawn_at(100.5, {{"A", 1}}));
  play.stop();
  EXPECT_THAT(play.spawn(spawn_at(100.5, {{"A", 1}})), ElementsAre("-> spawning"));
}

TEST_F(Spawn, PassesHostAndStopTimeoutToTheShards) {
  protocol::Spawn message = spawn_at(1, {{"A", 1}});
  message.host = "http://example";
  message.stop_timeout = 2.5;
  play.spawn(message);
  EXPECT_EQ(play.last_environment.host, "http://example");
  EXPECT_EQ(play.last_targets.stop_timeout, 2500ms);
}

TEST_F(Spawn, AnEmptyHostStaysEmpty) {
  protocol::Spawn message = spawn_at(1, {{"A", 1}});
  message.host = "";
  play.spawn(message);
  EXPECT_EQ(play.last_environment.host, "");
}

TEST_F(Spawn, PassesParsedOptionsToUserCode) {
  play.spawn({{"A", 1}});
  EXPECT_THAT(play.everything(), Contains(HasSubstr("options")));
}

TEST_F(Spawn, TheMastersThresholdsCanAskForReportsEverySecond) {
  const auto reports_in_9s = [&](Value options) {
    protocol::Spawn message = spawn_at(play.unix_now, {{"A", 1}});
    message.parsed_options = std::move(options);
    play.spawn(message);
    play.pass(3s);  // the first report may still come at the old interval
    const Lines lines = play.pass(9s);
    return std::ranges::count_if(lines,
                                 [](const auto& line) { return line.starts_with("-> stats"); });
  };
  const auto every = [](double seconds) {
    return Value(Value::Map{{"cpp_worker_report_interval", seconds}});
  };
  EXPECT_EQ(reports_in_9s({}), 3);
  EXPECT_EQ(reports_in_9s(every(1)), 9);
  EXPECT_EQ(reports_in_9s(every(0.001)), 9);
  EXPECT_EQ(reports_in_9s(every(1000)), 3);
  EXPECT_EQ(reports_in_9s(every(-1)), 3);
}

TEST_F(Spawn, AcceptsExtremeTimes) {
  protocol::Spawn message = spawn_at(1, {{"A", 1}});
  message.stop_timeout = 1e300;
  play.spawn(message);
  EXPECT_GT(play.last_targets.stop_timeout, 24h);
  EXPECT_THAT(play.spawn({{"A", 0}}), Contains("-> spawning_complete A=0 B=0"));
}

TEST_F(Spawn, WarnsOnceWhenTheClocksDiffer) {
  play.unix_now = 1003;
  EXPECT_THAT(
      play.spawn(spawn_at(1000, {{"A", 1}})),
      Contains(AllOf(StartsWith("warning: This machine's clock is 3.0 s ahead of the master's"))));
  EXPECT_THAT(play.spawn(spawn_at(1000.5, {{"A", 2}})), Not(Contains(StartsWith("warning"))));
}

TEST_F(Spawn, LogsNoWarningWhenTheClocksAgree) {
  play.unix_now = 1001.5;
  EXPECT_THAT(play.spawn(spawn_at(1000, {{"A", 1}})), Not(Contains(StartsWith("warning"))));
}

// --- spawning_complete ---------------------------------------------------------------------------

TEST_F(SpawningComplete, WaitsForAllShards) {
  play.shards_obey = false;
  play.spawn({{"A", 2}});
  EXPECT_THAT(play.reached(1, {{"A", 1}}), IsEmpty());
  EXPECT_THAT(play.reached(0, {{"A", 1}}), ElementsAre("-> spawning_complete A=2 B=0"));
}

TEST_F(SpawningComplete, TheStateIsSpawningUntilThenAndRunningAfter) {
  play.shards_obey = false;
  play.spawn({{"A", 2}});
  play.reached(1, {{"A", 1}});
  play.now += 900ms;
  play.everything();
  play.pass(100ms);
  EXPECT_THAT(play.everything(), Contains("1.0 -> heartbeat spawning"));
  play.reached(0, {{"A", 1}});
  play.pass(1s);
  EXPECT_THAT(play.everything(), Contains("2.0 -> heartbeat running"));
}

TEST_F(SpawningComplete, ABlockedShardDelaysItByASecondAtMost) {
  play.shards_obey = false;
  play.spawn({{"A", 2}});
  play.reached(1, {{"A", 1}});
  EXPECT_THAT(play.pass(900ms), IsEmpty());
  EXPECT_THAT(play.pass(100ms), ElementsAre("-> spawning_complete A=1 B=0"));
}

TEST_F(SpawningComplete, IsSentAgainWhenTheBlockedShardAnswers) {
  play.shards_obey = false;
  play.spawn({{"A", 2}});
  play.reached(1, {{"A", 1}});
  play.pass(2s);
  EXPECT_THAT(play.reached(0, {{"A", 1}}), ElementsAre("-> spawning_complete A=2 B=0"));
  EXPECT_THAT(play.reached(0, {{"A", 1}}), IsEmpty());  // already reported
}

TEST_F(SpawningComplete, WaitsStopTimeoutLongerForUsersThatRampDown) {
  play.spawn({{"A", 4}}, 10);
  play.shards_obey = false;
  EXPECT_THAT(play.spawn({{"A", 2}}, 10), ElementsAre("-> spawning", "targets [A=1 B=0|A=1 B=0]"));
  play.reached(0, {{"A", 1}});
  EXPECT_THAT(play.pass(10900ms), Not(Contains(StartsWith("-> spawning_complete"))));
  EXPECT_THAT(play.reached(1, {{"A", 1}}), ElementsAre("-> spawning_complete A=2 B=0"));
}

TEST_F(SpawningComplete, IsSentWithTrueCountsWhenTheRampDownTakesTooLong) {
  play.spawn({{"A", 4}}, 10);
  play.shards_obey = false;
  play.spawn({{"A", 2}}, 10);
  play.reached(0, {{"A", 1}});
  EXPECT_THAT(play.pass(11s), Contains("-> spawning_complete A=3 B=0"));
}

TEST_F(SpawningComplete, ANewerSpawnSupersedesTheWait) {
  play.shards_obey = false;
  play.spawn({{"A", 2}});
  const std::uint64_t old = play.last_generation;
  play.pass(800ms);
  play.spawn({{"A", 4}});
  play.on(ShardReached{0, old, {{"A", 1}}});
  play.on(ShardReached{1, old, {{"A", 1}}});
  EXPECT_THAT(play.pass(900ms), IsEmpty());
  play.reached(0, {{"A", 2}});
  EXPECT_THAT(play.reached(1, {{"A", 2}}), ElementsAre("-> spawning_complete A=4 B=0"));
}

TEST_F(SpawningComplete, CountsShortLivedUsersLikeTheStockWorker) {
  play.shards_obey = false;
  play.spawn({{"A", 2}});
  play.reached(0, {{"A", 1}});
  play.on(ShardUsersChanged{0, {{"A", 0}}});
  EXPECT_THAT(play.reached(1, {{"A", 1}}), ElementsAre("-> spawning_complete A=2 B=0"));
  EXPECT_THAT(play.pass(3s), ElementsAre("-> stats A=1 B=0"));
}

TEST_F(SpawningComplete, UsersStayOnTheirShardsDuringAFastRamp) {
  play.shards_obey = false;
  play.spawn({{"A", 1}, {"B", 1}});
  EXPECT_THAT(play.spawn({{"A", 2}, {"B", 1}}), Contains("targets [A=2 B=0|A=0 B=1]"));
}

TEST_F(SpawningCompleteDeathTest, AnAnswerFromAShardThatDoesNotExistFailsACheck) {
  play.connect();
  EXPECT_DEATH(
      (void)play.runner.handle(ShardReached{7, play.last_generation, {{"A", 1}}}, play.now),
      "CHECK");
}

TEST_F(UnknownClass, KnownClassesRunAndTheMasterGetsAnException) {
  const Lines lines = play.spawn({{"A", 1}, {"Nobody", 3}});
  EXPECT_THAT(lines, Contains("-> spawning_complete A=1 B=0"));
  const auto names_all = AllOf(HasSubstr("'Nobody'"), HasSubstr("'A', 'B'"),
                               HasSubstr("cpp-worker -f <locustfile> --print-locustfile"));
  EXPECT_THAT(lines, Contains(AllOf(StartsWith("-> exception"), names_all)));
  EXPECT_THAT(lines, Contains(AllOf(StartsWith("warning"), names_all)));
}

TEST_F(UnknownClass, IsReportedOncePerSetOfNamesAndRun) {
  play.spawn({{"Nobody", 1}});
  EXPECT_THAT(play.spawn({{"Nobody", 2}}), Not(Contains(StartsWith("-> exception"))));
  EXPECT_THAT(play.spawn({{"Nobody", 2}, {"Neither", 0}}), Contains(StartsWith("-> exception")));
  play.stop();
  EXPECT_THAT(play.spawn({{"Nobody", 2}}), Contains(StartsWith("-> exception")));
}

TEST_F(UnknownClass, CountsContainOnlyKnownClasses) {
  EXPECT_THAT(play.spawn({{"Nobody", 3}}), Contains("-> spawning_complete A=0 B=0"));
}

// --- stop ----------------------------------------------------------------------------------------

TEST_F(Stop, EndsUsersBetweenItsTwoEventsThenReportsAndBecomesReady) {
  play.spawn({{"A", 2}}, 5);
  EXPECT_THAT(play.stop(),
              ElementsAre("hook test_stopping", "stop users 5s", "hook test_stop",
                          "-> stats A=0 B=0", "-> client_stopped", "-> client_ready", "index 0"));
}

TEST_F(Stop, WaitsForEachOfItsSteps) {
  play.spawn({{"A", 2}});
  play.hooks_end = play.shards_obey = play.increments_come = false;
  EXPECT_THAT(play.stop(), ElementsAre("hook test_stopping"));
  EXPECT_THAT(play.hook_done(), ElementsAre("stop users 0s"));
  EXPECT_THAT(play.stopped(0), IsEmpty());
  EXPECT_THAT(play.stopped(1), ElementsAre("hook test_stop"));
  play.everything();
  EXPECT_THAT(play.hook_done(), IsEmpty());
  EXPECT_THAT(play.everything(), ElementsAre("0.0 collect"));
  EXPECT_THAT(play.collected(),
              ElementsAre("-> stats A=0 B=0", "-> client_stopped", "-> client_ready", "index 0"));
}

TEST_F(Stop, APeriodicReportDoesNotDisturbItsCollection) {
  play.spawn({{"A", 2}});
  play.pass(2950ms);
  play.increments_come = false;
  play.stop();
  play.pass(60ms);  // the periodic report begins: its collection replaces the first one
  EXPECT_THAT(play.collected(), Contains("-> client_stopped"));
}

TEST_F(Stop, KeepsTheOldStateInHeartbeatsUntilClientReady) {
  play.spawn({{"A", 2}});
  play.shards_obey = false;
  play.stop();
  play.everything();
  play.pass(1s);
  EXPECT_THAT(play.everything(), Contains("1.0 -> heartbeat running"));
  play.stopped(0);
  play.stopped(1);
  play.pass(1s);
  EXPECT_THAT(play.everything(), Contains("2.0 -> heartbeat ready"));
}

TEST_F(Stop, WaitsForTheConfiguredTimeBeforeClientReady) {
  WorkerOptions options = Play::options();
  options.additional_wait_before_ready = 2s;
  Play waiting(options);
  waiting.connect();
  waiting.spawn({{"A", 1}});
  EXPECT_THAT(waiting.stop(), testing::Not(Contains("-> client_ready")));
  EXPECT_THAT(waiting.pass(1900ms), IsEmpty());
  EXPECT_THAT(waiting.pass(100ms), ElementsAre("-> client_ready", "index 0"));
}

TEST_F(Stop, HeartbeatsContinueWhileTheWorkerIsUnregistered) {
  WorkerOptions options = Play::options();
  options.additional_wait_before_ready = 10s;
  Play waiting(options);
  waiting.connect();
  waiting.spawn({{"A", 1}});
  waiting.stop();
  waiting.everything();
  waiting.pass(9s);
  Lines lines = waiting.everything();
  std::erase_if(lines, [](const std::string& l) { return !l.ends_with("-> heartbeat running"); });
  EXPECT_EQ(lines.size(), 9U);
}

TEST_F(Stop, UnansweredHeartbeatsBeforeClientReadyIsAcceptedDoNotCount) {
  WorkerOptions options = Play::options();
  options.additional_wait_before_ready = 70s;
  Play waiting(options);
  waiting.connect();
  waiting.spawn({{"A", 1}});
  waiting.stop();
  EXPECT_THAT(waiting.pass(80s), Not(Contains("reconnect")));
  waiting.measured = 2;
  waiting.pass(4s);  // with a report and a later heartbeat, which is the one that is answered
  EXPECT_EQ(waiting.reported, 2);
  waiting.down();
  EXPECT_THAT(waiting.up(), Not(Contains(StartsWith("warning: The statistics"))));
}

TEST_F(Stop, AnAnswerToAnEarlierHeartbeatDoesNotAcceptClientReady) {
  play.spawn({{"A", 1}});
  play.master_answers = play.master_acknowledges = false;
  play.pass(1s);  // heartbeat 2 is not answered yet
  play.stop();
  EXPECT_THAT(play.answer(), IsEmpty());
  EXPECT_THAT(play.spawn({{"A", 1}}), Contains("-> spawning"));
}

TEST_F(Stop, QueuesASpawnThatArrivesDuringIt) {
  play.spawn({{"A", 2}});
  play.shards_obey = false;
  play.stop();
  EXPECT_THAT(play.spawn({{"A", 3}}), IsEmpty());
  play.shards_obey = true;
  play.stopped(0);
  EXPECT_THAT(
      play.stopped(1),
      ElementsAre("hook test_stop", "-> stats A=0 B=0", "-> client_stopped", "-> client_ready",
                  "index 0", "-> spawning", "clear stats", "hook test_start",
                  "targets [A=2 B=0|A=1 B=0]", "-> spawning_complete A=3 B=0"));
}

TEST_F(Stop, AnswersAnotherStopThatArrivesDuringIt) {
  play.spawn({{"A", 2}});
  play.shards_obey = false;
  play.stop();
  play.stop();
  play.stopped(0);
  EXPECT_THAT(play.stopped(1),
              ElementsAre("hook test_stop", "-> stats A=0 B=0", "-> client_stopped",
                          "-> client_ready", "index 0", "-> stats A=0 B=0", "-> client_stopped",
                          "-> client_ready", "index 0"));
}

TEST_F(Stop, TheQueueOfMessagesIsBounded) {
  play.spawn({{"A", 2}});
  play.shards_obey = false;
  play.stop();
  Lines warnings;
  for (int i = 0; i < 1500; ++i) {
    const Lines lines = play.stop();
    warnings.insert(warnings.end(), lines.begin(), lines.end());
  }
  EXPECT_THAT(warnings,
              ElementsAre(StartsWith("warning: 1000 spawn and stop messages are queued")));
}

TEST_F(Stop, WorksWhileSpawning) {
  play.shards_obey = false;
  play.spawn({{"A", 2}});
  EXPECT_THAT(play.stop(), ElementsAre("hook test_stopping", "stop users 0s"));
  play.stopped(0);
  EXPECT_THAT(play.stopped(1), Contains("-> client_ready"));
  EXPECT_THAT(play.pass(5s), Not(Contains(StartsWith("-> spawning_complete"))));
}

TEST_F(Stop, WaitsForTestStartAndStartsNoUsersThen) {
  play.hooks_end = false;
  play.spawn({{"A", 2}});
  EXPECT_THAT(play.stop(), IsEmpty());
  play.hooks_end = true;
  EXPECT_THAT(play.hook_done(),
              ElementsAre("hook test_stopping", "stop users 0s", "hook test_stop",
                          "-> stats A=0 B=0", "-> client_stopped", "-> client_ready", "index 0"));
}

TEST_F(Stop, DuringTestStartALaterSpawnWaitsForTheEnd) {
  play.hooks_end = false;
  play.spawn({{"A", 2}});
  play.stop();
  EXPECT_THAT(play.spawn({{"A", 1}}), IsEmpty());
  play.hooks_end = true;
  EXPECT_THAT(play.hook_done(),
              AllOf(Contains("-> client_stopped"), Contains("-> spawning_complete A=1 B=0"),
                    Not(Contains("-> spawning_complete A=2 B=0"))));
}

TEST_F(Stop, AfterASpawnThatWaitedUsersStopIfTheMasterSendsNoOrder) {
  const auto begin = [&] {
    play.spawn({{"A", 1}});
    play.spawning_complete();
    play.shards_obey = false;
    play.stop();
    play.spawn({{"A", 2}});
    play.spawning_complete();
    play.shards_obey = true;
    play.stopped(0);  // a stop that the master sends now is for nobody
    play.stopped(1);
    EXPECT_EQ(play.runner.user_classes_count(), (UserClassesCount{{"A", 2}, {"B", 0}}));
  };
  begin();
  EXPECT_THAT(play.pass(3s), Contains(StartsWith("stop users")));
  begin();
  play.spawn({{"A", 2}});
  EXPECT_THAT(play.pass(60s), Each("-> stats A=2 B=0"));
}

TEST_F(Stop, BeforeAnyRunFiresItsEventsLikeTheStockWorker) {
  EXPECT_THAT(play.stop(),
              ElementsAre("hook test_stopping", "stop users 0s", "hook test_stop",
                          "-> stats A=0 B=0", "-> client_stopped", "-> client_ready", "index 0"));
}

TEST_F(Stop, AfterAStopIsAnsweredWithoutEvents) {
  play.spawn({{"A", 1}});
  play.stop();
  EXPECT_THAT(play.stop(),
              ElementsAre("-> stats A=0 B=0", "-> client_stopped", "-> client_ready", "index 0"));
}

TEST_F(Stop, ASpawnAfterItBeginsANewRun) {
  play.spawn({{"A", 1}});
  play.stop();
  EXPECT_THAT(play.spawn({{"A", 1}}), AllOf(Contains("clear stats"), Contains("hook test_start")));
  EXPECT_THAT(play.stop(), AllOf(Contains("hook test_stopping"), Contains("hook test_stop")));
}

TEST_F(Stop, AnswersOfAnEarlierGenerationDoNotCount) {
  play.shards_obey = false;
  play.spawn({{"A", 2}});
  const std::uint64_t old = play.last_generation;
  play.stop();
  play.on(ShardStopped{0, old});
  play.stopped(1);
  EXPECT_THAT(play.on(ShardReached{0, old, {{"A", 1}}}), IsEmpty());
  EXPECT_THAT(play.stopped(0), Contains("-> client_stopped"));
}

TEST(Running, UserCodeMayStopItsWorkersUsers) {
  Play play;
  play.connect();
  play.spawn({{"A", 2}});
  EXPECT_THAT(play.on(StopAsked{}),
              ElementsAre("hook test_stopping", "stop users 0s", "hook test_stop"));
  EXPECT_THAT(play.on(StopAsked{}), IsEmpty());
  // The master's stop has no effect on users, but it is answered.
  EXPECT_THAT(play.stop(), Contains("-> client_stopped"));
}

TEST(Running, TheNextSpawnStartsUsersAgainAfterUserCodeStoppedThem) {
  Play play;
  play.connect();
  play.spawn({{"A", 2}});
  play.on(StopAsked{});
  EXPECT_THAT(play.spawn({{"A", 3}}), Contains(testing::StartsWith("targets [A=2")));
  EXPECT_THAT(play.stop(), Contains("hook test_stopping"));
}

}  // namespace
}  // namespace cppworker::runner
