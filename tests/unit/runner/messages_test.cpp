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
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

TEST(Messages, AnAckContainsTheWorkersIndex) {
  Play play;
  play.connect();
  EXPECT_THAT(play.master(protocol::Ack{7}), ElementsAre("index 7"));
  EXPECT_THAT(play.ack(), IsEmpty());  // masters <= 2.10.2 send no index
}

TEST(Messages, TheClustersSpawningCompleteFiresTheEvent) {
  Play play;
  play.connect();
  EXPECT_THAT(play.master(protocol::ClusterSpawningComplete{12}),
              ElementsAre("fire spawning_complete 12"));
}

TEST(Messages, SpawningCompleteClearsStatsWithResetStats) {
  WorkerOptions options = Play::options();
  options.reset_stats = true;
  Play play(options);
  play.connect();
  EXPECT_THAT(play.master(protocol::ClusterSpawningComplete{12}),
              ElementsAre("clear stats (keeps names)", "fire spawning_complete 12"));
}

TEST(Messages, UpdateUserClassAndCustomMessagesAreForwarded) {
  Play play;
  play.connect();
  EXPECT_THAT(play.master(protocol::UpdateUserClass{}), ElementsAre("update user class"));
  EXPECT_THAT(play.master(protocol::Custom{"hello", 1}), ElementsAre("deliver hello"));
}

TEST(Messages, LogsAreSentToAMasterWithALogsTab) {
  Play play;
  play.connect();
  EXPECT_THAT(play.pass(30s), testing::Not(Contains("-> logs (all)")));
  protocol::Spawn spawn;
  spawn.parsed_options = Value(Value::Map{{"build_path", ""}});
  EXPECT_THAT(play.spawn(spawn), Contains("-> logs (all)"));
  Lines later = play.pass(20s);
  std::erase_if(later, [](const std::string& l) { return l.starts_with("-> stats"); });
  EXPECT_THAT(later, ElementsAre("-> logs", "-> logs"));
}

TEST(Messages, AnotherMasterGetsAllLogsAfterItsFirstSpawn) {
  Play play;
  play.connect();
  protocol::Spawn spawn;
  spawn.parsed_options = Value(Value::Map{{"build_path", ""}});
  play.spawn(spawn);
  play.restart_master();
  play.fresh_sockets_connect = true;
  play.up();
  EXPECT_THAT(play.pass(30s), testing::Not(Contains("-> logs (all)")));
  EXPECT_THAT(play.spawn(spawn), Contains("-> logs (all)"));
}

TEST(Messages, AnAnsweredHeartbeatFiresItsEvent) {
  Play play;
  play.connect();
  play.pass(1s);
  EXPECT_THAT(play.everything(), Contains("1.0 fire heartbeat_received"));
}

TEST(Messages, UserCodeSendsMessagesWhileConnected) {
  Play play;
  play.connect();
  EXPECT_THAT(play.on(SendMessage{{"hello", 1}}), ElementsAre("-> hello"));
  EXPECT_THAT(play.on(UserError{{"boom", "trace"}}), ElementsAre("-> exception boom"));
}

TEST(Messages, AreQueuedUntilTheMasterIsConnected) {
  Play play;
  EXPECT_THAT(play.on(SendMessage{{"hello", 1}}), IsEmpty());
  EXPECT_THAT(play.on(UserError{{"boom", "trace"}}), IsEmpty());
  EXPECT_THAT(play.up(), AllOf(Contains("-> hello"), Contains("-> exception boom")));
  EXPECT_THAT(play.pass(10s), Each(StartsWith("-> stats")));  // only once
}

TEST(Messages, TheQueueIsBoundedAndAWarningCountsDroppedMessages) {
  Play play;
  Lines warnings;
  for (int i = 0; i < 10'100; ++i) {
    for (auto& line : play.on(SendMessage{{"m", i}})) warnings.push_back(line);
  }
  EXPECT_THAT(warnings,
              ElementsAre(StartsWith("warning: 10000 messages are queued for the master")));
  EXPECT_EQ(play.runner.messages_waiting(), 10'000);
  Lines sent = play.up();
  std::erase_if(sent, [](const std::string& l) { return l != "-> m"; });
  EXPECT_THAT(sent, SizeIs(10'000));
  EXPECT_EQ(play.runner.messages_waiting(), 0);
}

TEST(Messages, AreQueuedInOrderWhileTheMasterIsSilent) {
  Play play;
  play.connect();
  play.master_answers = false;
  play.pass(6s);
  EXPECT_THAT(play.on(SendMessage{{"first", 1}}), IsEmpty());
  EXPECT_THAT(play.on(SendMessage{{"second", 1}}), IsEmpty());
  EXPECT_THAT(play.answer(), ElementsAre("-> first", "-> second", "-> stats A=0 B=0"));
}

TEST(Messages, AreSentLaterIfTheSocketDoesNotAcceptThem) {
  Play play;
  play.connect();
  EXPECT_THAT(play.on(SendMessage{{"hello", 1}}), ElementsAre("-> hello"));
  EXPECT_THAT(play.on(MessageNotSent{protocol::Custom{"hello", 1}}), IsEmpty());
  EXPECT_THAT(play.on(MessageNotSent{protocol::Exception{"boom", "trace"}}), IsEmpty());
  EXPECT_THAT(play.pass(100ms), ElementsAre("-> exception boom", "-> hello"));
}

TEST(Messages, AWarningCountsMessagesInDoubtAfterABrokenConnection) {
  Play play;
  play.connect();
  play.on(SendMessage{{"proved", 1}});
  play.pass(2s);
  play.master_answers = false;
  for (int i = 0; i < 3; ++i) play.on(SendMessage{{"in doubt", i}});
  play.down();
  play.master_answers = true;
  EXPECT_THAT(play.up(), Contains(StartsWith("warning: 3 messages of user code")));
}

TEST(Messages, QueuedExceptionsKeepTheirCount) {
  Play play;
  for (int i = 0; i < 300; ++i) {
    play.on(UserError{{"boom", "trace"}});
    play.on(UserError{{"bang", "trace"}});
  }
  Lines sent = play.up();
  EXPECT_EQ(std::count(sent.begin(), sent.end(), "-> exception boom"), 300);
  EXPECT_EQ(std::count(sent.begin(), sent.end(), "-> exception bang"), 300);
}

TEST(Messages, AHundredDistinctExceptionsAreKeptWhileDisconnected) {
  Play play;
  Lines warnings;
  for (int i = 0; i < 200; ++i) {
    const std::string msg = "boom " + std::to_string(i) + "\n" + std::string(70'000, 'x');
    for (auto& line : play.on(UserError{{msg, "trace"}})) {
      warnings.push_back(line);
    }
  }
  ASSERT_THAT(warnings, ElementsAre(StartsWith("warning: Too many exceptions")));
  EXPECT_THAT(warnings[0], testing::HasSubstr("boom 100\\nxxx"));
  EXPECT_LT(warnings[0].size(), 500U);
  Lines sent = play.up();
  std::erase_if(sent, [](const std::string& l) { return !l.starts_with("-> exception"); });
  EXPECT_THAT(sent, SizeIs(100));
}

TEST(Messages, TheRateOfExceptionsIsLimited) {
  Play play;
  play.connect();
  std::size_t sent = 0;
  std::size_t warnings = 0;
  for (int i = 0; i < 5000; ++i) {
    for (auto& line : play.on(UserError{{"boom", "trace"}})) {
      ++(line.starts_with("-> exception") ? sent : warnings);
    }
  }
  EXPECT_EQ(sent, 1000U);
  EXPECT_EQ(warnings, 1U);
  play.pass(1s);
  EXPECT_THAT(play.on(UserError{{"boom", "trace"}}), ElementsAre("-> exception boom"));
}

}  // namespace
}  // namespace cppworker::runner
