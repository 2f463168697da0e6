#include "runner/local_runner.hpp"

#include <csignal>
#include <string>

#include <gmock/gmock.h>

#include "local_play.hpp"

namespace cppworker::runner {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

LocalOptions options(std::int64_t users, double spawn_rate) {
  LocalOptions result = LocalPlay::options();
  result.users = users;
  result.spawn_rate = spawn_rate;
  return result;
}

stats::StatsIncrement one_failure() {
  stats::StatsIncrement increment;
  increment.errors["key"] = {"/", "GET", "HTTPError('500')", 1, 1, 1};
  increment.total.num_requests = 1;
  increment.total.num_failures = 1;
  return increment;
}

LocalPlay::Lines tables_of(LocalPlay::Lines lines) {
  std::erase_if(lines, [](const std::string& line) { return !line.ends_with(" table"); });
  return lines;
}

TEST(LocalRunner, RunsForTheRunTimeWithLocustsLogLines) {
  LocalOptions with = options(3, 2);
  with.run_time = 4s;
  LocalPlay play(with);
  EXPECT_THAT(play.start(), ElementsAre("0.00 Run time limit set to 4 seconds", "0.00 table",
                                        "0.00 clear stats", "0.00 hook test_start",
                                        "0.00 Ramping to 3 users at a rate of 2.00 per second",
                                        "0.00 users A=1 B=0"));
  EXPECT_THAT(play.pass(4s),
              ElementsAre("0.50 users A=1 B=1", "1.00 users A=2 B=1",
                          "1.00 All users spawned: {\"A\": 2, \"B\": 1} (3 total users)",
                          "1.00 fire spawning_complete 3", "2.00 table",
                          "4.00 --run-time limit reached, shutting down", "4.00 hook test_stopping",
                          "4.00 stop users", "4.00 hook test_stop", "4.00 hook quitting",
                          "4.00 Shutting down (exit code 0)", "4.00 summary", "4.00 exit 0"));
}

TEST(LocalRunner, CollectsAtFullSecondsOfTheSystemClock) {
  LocalPlay play(options(1, 1));
  play.unix_start = 1'700'000'000.75;
  play.start();
  // Every second collection prints a table; the first one is at 1.25.
  EXPECT_THAT(tables_of(play.pass(7s)), ElementsAre("2.25 table", "4.25 table", "6.25 table"));
  play.unix_start += 0.25;  // the system clock is slewed
  EXPECT_THAT(tables_of(play.pass(4s)), ElementsAre("8.00 table", "10.00 table"));
}

TEST(LocalRunner, UsersAreSpreadOverTheSecond) {
  LocalPlay play(options(1000, 100));
  play.start();
  play.pass(495ms);
  EXPECT_EQ(play.users, 50);
  play.pass(500ms);
  EXPECT_EQ(play.users, 100) << "as many as Locust starts in the first second";
  play.pass(9s);
  EXPECT_EQ(play.users, 1000);
}

TEST(LocalRunner, ManyUsersPerSecondShareSteps) {
  LocalPlay play(options(100'000, 50'000));
  const auto lines = play.start();
  const auto more = play.pass(1s);
  EXPECT_THAT(play.users, testing::AllOf(testing::Ge(50'000), testing::Le(50'500)));
  EXPECT_LE(more.size(), 110U);
  play.pass(1s);
  EXPECT_EQ(play.users, 100'000);
}

TEST(LocalRunner, AnySpawnRateIsOne) {
  LocalPlay play(options(3, 0.25));
  play.start();
  EXPECT_EQ(play.users, 1);
  play.pass(3900ms);
  EXPECT_EQ(play.users, 1);
  play.pass(200ms);
  EXPECT_EQ(play.users, 2);
}

TEST(LocalRunner, ASignalFiresQuittingFirstAsInLocust) {
  LocalOptions with = options(1, 1);
  with.stop_timeout = 5s;
  LocalPlay play(with);
  EXPECT_THAT(play.start(), Contains("0.00 No run time limit set, use CTRL+C to interrupt"));
  play.shards_obey = false;
  play.pass(500ms);
  EXPECT_THAT(play.signal(SIGTERM), ElementsAre("0.50 Got SIGTERM signal", "0.50 hook quitting",
                                                "0.50 Shutting down (exit code 0)",
                                                "0.50 hook test_stopping", "0.50 stop users"));
  EXPECT_EQ(play.last_stop_timeout, 5s);
  EXPECT_THAT(play.pass(1600ms), IsEmpty()) << "no table after the exit code";
  EXPECT_THAT(play.stopped(), ElementsAre("2.10 hook test_stop", "2.10 summary", "2.10 exit 0"));
}

TEST(LocalRunner, WithThresholdsTheExitCodeAfterASignalCountsTheLastRequests) {
  LocalOptions with = options(1, 1);
  with.thresholds = {parse_threshold("fails > 0")};
  LocalPlay play(with);
  play.start();
  play.shards_obey = false;
  EXPECT_THAT(without_times(play.signal(SIGTERM)),
              ElementsAre("Got SIGTERM signal", "hook test_stopping", "stop users"));
  play.measured = one_failure();  // by a request that ended after the signal
  EXPECT_THAT(without_times(play.stopped()),
              ElementsAre("hook test_stop", "hook quitting", "Shutting down (exit code 3)",
                          "summary", "exit 3"));
}

TEST(LocalRunner, TablesGoOnWhileUsersTakeLongToStop) {
  LocalOptions with = options(1, 1);
  with.run_time = 3s;
  with.stop_timeout = 60s;
  LocalPlay play(with);
  play.start();
  play.shards_obey = false;
  play.pass(3s);
  EXPECT_THAT(play.pass(3s), ElementsAre("4.00 table", "6.00 table"));
}

TEST(LocalRunner, CtrlCLogsNothingOfItself) {
  LocalPlay play(options(1, 1));
  play.start();
  EXPECT_EQ(without_times(play.signal(SIGINT)).front(), "hook quitting");
  EXPECT_EQ(play.code, 0);
}

TEST(LocalRunner, ASecondSignalExitsAtOnceWithTheTables) {
  LocalPlay play(options(1, 1));
  play.start();
  play.shards_obey = false;
  play.signal(SIGINT);
  EXPECT_FALSE(play.code.has_value());
  EXPECT_THAT(without_times(play.signal(SIGINT)),
              ElementsAre("Second signal: exiting immediately", "summary", "exit 1"));
}

TEST(LocalRunner, ASignalDuringTestStartStartsNoUsers) {
  LocalPlay play(options(5, 5));
  play.hooks_end = false;
  play.start();
  const std::uint64_t test_start = play.last_hook;
  play.hooks_end = true;
  play.signal(SIGINT);
  EXPECT_EQ(play.code, 0);
  EXPECT_THAT(play.on(HookDone{test_start}), IsEmpty());
  EXPECT_EQ(play.users, 0);
}

TEST(LocalRunner, FailuresAndExceptionsDecideTheExitCode) {
  LocalOptions with = options(1, 1);
  with.exit_code_on_error = 7;
  LocalPlay failing(with);
  failing.start();
  failing.measured = one_failure();
  failing.signal(SIGINT);
  EXPECT_EQ(failing.code, 7) << "also a failure that was collected at the very end";

  LocalPlay throwing(with);
  throwing.start();
  throwing.on(UserError{{"boom", "  at x\n"}});
  throwing.on(UserError{{"boom", "  at x\n"}});
  throwing.on(UserError{{"other", "  at y\n"}});
  ASSERT_EQ(throwing.runner.exceptions().size(), 2U);
  EXPECT_EQ(throwing.runner.exceptions()[0].count, 2);
  throwing.signal(SIGTERM);
  EXPECT_EQ(throwing.code, 7);
}

TEST(LocalRunner, ResetStatsKeepsTheNames) {
  LocalOptions with = options(3, 1);
  with.reset_stats = true;
  LocalPlay play(with);
  play.start();
  stats::StatsIncrement increment;
  stats::EntryIncrement entry;
  entry.name = "/";
  entry.method = "GET";
  entry.num_requests = 3;
  increment.entries[{"/", "GET"}] = entry;
  increment.total.num_requests = 3;
  play.measured = increment;
  const auto lines = without_times(play.pass(2s));
  EXPECT_THAT(lines, Contains("Resetting stats"));
  EXPECT_THAT(lines, Contains("clear stats"));
  play.pass(1s);
  ASSERT_EQ(play.runner.stats().all().entries.size(), 1U);
  EXPECT_EQ(play.runner.stats().all().total.num_requests, 0);
}

TEST(LocalRunner, UsersThatEndedAreReplacedWhileRamping) {
  LocalPlay play(options(4, 1));
  play.start();
  play.pass(1s);
  play.on(ShardUsersChanged{0, {{"A", 0}, {"B", 0}}});
  play.pass(1s);
  EXPECT_EQ(play.users, 3);
}

TEST(LocalRunner, UsersThatEndAtOnceAreReplacedOncePerSecondAsInLocust) {
  LocalPlay play(options(6, 2));
  std::int64_t started = 0;
  const auto count_and_end = [&](const LocalPlay::Lines& lines) {
    for (const std::string& line : lines) {
      if (line.find(" users A=") != std::string::npos) started += play.users;
    }
    for (const std::size_t shard : {0U, 1U}) {
      play.on(ShardUsersChanged{shard, {{"A", 0}, {"B", 0}}});
    }
  };
  count_and_end(play.start());
  for (int i = 0; i < 6; ++i) count_and_end(play.pass(500ms));
  EXPECT_EQ(started, 2 + 4 + 6);  // Locust's, at the seconds 0, 1 and 2
}

TEST(LocalRunner, ShardsThatAreBlockedAreNotWaitedFor) {
  LocalPlay play(options(1, 1));
  play.shards_obey = false;
  play.start();
  EXPECT_THAT(play.pass(500ms), IsEmpty());
  EXPECT_THAT(without_times(play.pass(600ms)),
              Contains("All users spawned: {\"A\": 0, \"B\": 0} (0 total users)"));
}

TEST(LocalRunner, StopLeavesTheProcessRunningUntilTheRunTimeEnds) {
  LocalOptions with = options(1, 1);
  with.run_time = 5s;
  LocalPlay play(with);
  play.start();
  play.pass(1s);
  EXPECT_THAT(without_times(play.on(StopAsked{})),
              ElementsAre("hook test_stopping", "stop users", "hook test_stop"));
  EXPECT_THAT(without_times(play.on(StopAsked{})), IsEmpty());
  EXPECT_THAT(without_times(play.pass(4s)),
              ElementsAre("table", "table", "--run-time limit reached, shutting down",
                          "hook quitting", "Shutting down (exit code 0)", "summary", "exit 0"));
}

TEST(LocalRunner, KeysAddAndRemoveUsers) {
  LocalPlay play(options(2, 2));
  play.start();
  EXPECT_THAT(without_times(play.on(KeyPressed{'w'})),
              ElementsAre("Already spawning users, can't spawn more right now"));
  play.pass(1s);
  play.on(KeyPressed{'W'});
  play.pass(1s);
  EXPECT_EQ(play.users, 12);
  play.on(KeyPressed{'s'});
  EXPECT_EQ(play.users, 11);
  play.pass(1s);
  play.on(KeyPressed{'S'});
  play.pass(1s);
  EXPECT_EQ(play.users, 1);
  play.on(KeyPressed{'S'});
  EXPECT_EQ(play.users, 0);
}

TEST(LocalRunner, MessagesOfOnesOwnComeBack) {
  LocalPlay play;
  play.start();
  EXPECT_THAT(without_times(play.on(SendMessage{{"hello", Value(1)}})),
              ElementsAre("deliver hello"));
}

TEST(LocalRunner, IterationsEndTheRunWhenTheLastTaskHasEnded) {
  LocalOptions with = options(1, 1);
  with.stop_timeout = 1s;
  LocalPlay play(with);
  play.start();
  play.shards_obey = false;
  EXPECT_THAT(
      without_times(play.on(IterationsUsedUp{"", 10})),
      ElementsAre(
          "Iteration limit reached (10), stopping Users at the start of their next task run",
          "hook test_stopping", "stop users"));
  play.pass(1h);
  EXPECT_FALSE(play.code.has_value()) << "a task may take longer than the stop_timeout";
  EXPECT_THAT(without_times(play.stopped()),
              ElementsAre("hook test_stop", "Last user stopped, quitting runner", "hook quitting",
                          "Shutting down (exit code 0)", "summary", "exit 0"));
}

TEST(LocalRunner, ARunEndsWhenTheIterationsOfItsLastClassAreUsedUp) {
  LocalPlay play(options(2, 2));
  play.start();
  play.pass(1s);
  EXPECT_THAT(
      without_times(play.on(IterationsUsedUp{"B", 5})),
      ElementsAre(
          "Iteration limit of B reached (5), stopping its Users at the start of their next task "
          "run"));
  play.pass(1h);
  EXPECT_FALSE(play.code.has_value()) << "users of A go on";
  EXPECT_THAT(
      without_times(play.on(IterationsUsedUp{"A", 7})),
      ElementsAre("Iteration limit of A reached (7), stopping its Users at the start of their next "
                  "task run",
                  "hook test_stopping", "stop users", "hook test_stop",
                  "Last user stopped, quitting runner", "hook quitting",
                  "Shutting down (exit code 0)", "summary", "exit 0"));
}

TEST(LocalRunner, AClassWithoutUsersDoesNotKeepARunGoing) {
  LocalPlay play(options(1, 1));  // a user of A
  play.start();
  play.pass(1s);
  play.on(IterationsUsedUp{"A", 7});
  EXPECT_EQ(play.code, 0);
}

TEST(LocalRunner, ARunDoesNotEndWhileUsersOfOtherClassesWillStart) {
  LocalPlay play(options(2, 0.1));
  play.start();
  play.on(IterationsUsedUp{"A", 7});
  play.pass(5s);
  EXPECT_FALSE(play.code.has_value()) << "the first user of B starts after 10 s";
  play.pass(10s);
  EXPECT_FALSE(play.code.has_value()) << "it runs";
  play.on(IterationsUsedUp{"B", 7});
  EXPECT_EQ(play.code, 0);
}

TEST(LocalRunner, ARampThatLeavesOnlyUsedUpClassesEndsTheRun) {
  LocalPlay play(options(2, 2));
  play.start();
  play.pass(1s);
  play.on(IterationsUsedUp{"A", 7});
  play.pass(1s);
  play.on(KeyPressed{'s'});  // the user of B
  EXPECT_EQ(play.code, 0);
}

// --- load shapes ---

LocalOptions with_shape() {
  LocalOptions result = LocalPlay::options();
  result.has_shape = true;
  return result;
}

TEST(LocalShape, TicksEachSecondWithLocustsLogLines) {
  LocalPlay play(with_shape());
  play.shape = [](double t) -> std::optional<ShapeTarget> {
    if (t < 2) return ShapeTarget{2, 2, {}};
    if (t < 3) return ShapeTarget{1, 1, {"B"}};
    return {};
  };
  EXPECT_THAT(
      play.start(),
      ElementsAre("0.00 Shape test starting.", "0.00 Shape worker starting", "0.00 table",
                  "0.00 Shape test updating to 2 users at 2.00 spawn rate", "0.00 clear stats",
                  "0.00 hook test_start", "0.00 Ramping to 2 users at a rate of 2.00 per second",
                  "0.00 users A=1 B=0"));
  EXPECT_THAT(
      play.pass(2s),
      ElementsAre(
          "0.50 users A=1 B=1", "0.50 All users spawned: {\"A\": 1, \"B\": 1} (2 total users)",
          "0.50 fire spawning_complete 2", "2.00 Shape test updating to 1 users at 1.00 spawn rate",
          "2.00 Ramping to 1 users at a rate of 1.00 per second", "2.00 users A=1 B=0",
          "2.00 table", "2.00 All users spawned: {\"A\": 1, \"B\": 0} (1 total users)",
          "2.00 fire spawning_complete 1"));
  EXPECT_THAT(without_times(play.pass(1s)),
              ElementsAre("Shape test stopping", "hook test_stopping", "stop users",
                          "hook test_stop", "Shape test completed, shutting down", "hook quitting",
                          "Shutting down (exit code 0)", "summary", "exit 0"));
}

TEST(LocalShape, GoesOnWhileItMayStartUsersOfAClassWithIterationsLeft) {
  LocalPlay play(with_shape());
  play.shape = [](double t) { return std::optional(ShapeTarget{1, 1, {t < 20 ? "A" : "B"}}); };
  play.start();
  play.pass(2s);
  play.on(IterationsUsedUp{"A", 7});
  play.pass(10s);
  EXPECT_FALSE(play.code.has_value());
  play.on(IterationsUsedUp{"B", 7});
  EXPECT_EQ(play.code, 0);
}

TEST(LocalShape, ATickIsNotHeldUpByTheRampBeforeIt) {
  LocalPlay play(with_shape());
  play.shape = [](double t) {
    return std::optional(t < 5 ? ShapeTarget{100, 1, {}} : ShapeTarget{2, 100, {}});
  };
  play.start();
  play.pass(4900ms);
  EXPECT_EQ(play.users, 5);
  play.pass(1s);
  EXPECT_EQ(play.users, 2);
}

TEST(LocalShape, AnImpossibleTargetEndsTheRunWithCode2) {
  for (const ShapeTarget& wrong :
       {ShapeTarget{-1, 1, {}}, ShapeTarget{1, 0, {}}, ShapeTarget{1, 1, {"Nobody"}}}) {
    LocalPlay play(with_shape());
    play.shape = [&](double) { return std::optional(wrong); };
    EXPECT_THAT(play.start(), Contains(HasSubstr("The load shape's tick() returned")));
    EXPECT_EQ(play.code, 2);
  }
}

TEST(LocalShape, AThrowingTickEndsTheRunWithCode2) {
  LocalPlay play(with_shape());
  play.start();
  play.on(ShapeTicked{.id = 1, .failed = true});
  EXPECT_EQ(play.code, 2);
}

TEST(LocalShape, StopEndsTheTicks) {
  LocalPlay play(with_shape());
  play.shape = [](double) { return std::optional(ShapeTarget{1, 1, {}}); };
  play.start();
  play.on(StopAsked{});
  EXPECT_THAT(play.pass(3s), Not(Contains(HasSubstr("Shape"))));
  EXPECT_EQ(play.users, 0);
}

}  // namespace
}  // namespace cppworker::runner
