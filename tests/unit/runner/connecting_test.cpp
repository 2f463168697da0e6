#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "play.hpp"

namespace cppworker::runner {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

/// A master <= 2.9 acknowledges nothing, one <= 2.12 answers no heartbeats.
struct PlayWithOldMaster : Play {
  PlayWithOldMaster() { master_acknowledges = master_answers = false; }
};

TEST(Connecting, OpensTheConnectionFirst) {
  Play play;
  EXPECT_THAT(play.everything(), ElementsAre("0.0 reconnect"));
}

TEST(Connecting, SendsOnlyClientReadyBeforeItIsAccepted) {
  Play play;
  play.master_acknowledges = false;
  EXPECT_THAT(play.up(), ElementsAre("-> client_ready"));
  EXPECT_THAT(play.pass(4s), IsEmpty());
}

TEST(Connecting, SendsHeartbeatAndReportRightAfterTheAck) {
  Play play;
  play.everything();
  play.up();
  EXPECT_THAT(
      play.everything(),
      ElementsAre("0.0 -> client_ready", "0.0 index 0",
                  "0.0 info: Connected to the master at master:5557", "0.0 -> heartbeat ready",
                  "0.0 collect", "0.0 fire heartbeat_received", "0.0 -> stats A=0 B=0"));
}

TEST(Connecting, TriesAgainOnAFreshSocketEveryFiveSeconds) {
  Play play;
  play.master_acknowledges = play.master_answers = false;
  play.up();
  EXPECT_THAT(play.pass(4900ms), IsEmpty());
  EXPECT_THAT(play.pass(100ms), Contains("reconnect"));
  EXPECT_THAT(play.up(), ElementsAre("-> client_ready"));
}

TEST(Connecting, TriesAgainWhenThereIsNoConnection) {
  Play play;
  EXPECT_THAT(play.pass(16s), testing::IsSupersetOf({"reconnect", "reconnect", "reconnect"}));
}

TEST(Connecting, RetriesLessOftenWithAPeerThatNeverAccepts) {
  PlayWithOldMaster play;
  play.fresh_sockets_connect = true;
  play.up();
  play.pass(30s);
  Lines later = play.pass(60s);
  std::erase_if(later, [](const std::string& l) { return l != "-> client_ready"; });
  EXPECT_THAT(later, SizeIs(2));
}

TEST(Connecting, AnAnsweredHeartbeatCountsAsAcceptance) {
  Play play;
  play.master_acknowledges = false;
  play.up();
  play.pass(1s);
  EXPECT_THAT(play.answer(), ElementsAre("-> stats A=0 B=0"));
  EXPECT_THAT(play.pass(20s), Not(Contains("reconnect")));
}

TEST(Connecting, ASpawnCountsAsAcceptance) {
  PlayWithOldMaster play;
  play.up();
  EXPECT_THAT(play.spawn({{"A", 1}}), Contains("-> spawning_complete A=1 B=0"));
  EXPECT_THAT(play.pass(20s), Not(Contains("reconnect")));
}

TEST(Connecting, AQuitOrAReconnectDoesNotCountAsAcceptance) {
  Play play;
  play.master_acknowledges = play.master_answers = false;
  play.up();
  EXPECT_THAT(play.reconnect(), testing::ElementsAre(HasSubstr("warning: "), "reconnect"));
  EXPECT_THAT(play.up(), ElementsAre("-> client_ready"));
}

TEST(Connecting, AnAnswerWithoutAHeartbeatDoesNotCountAsAcceptance) {
  Play play;
  play.master_acknowledges = false;
  play.up();
  EXPECT_THAT(play.answer(), IsEmpty());
  EXPECT_THAT(play.pass(900ms), IsEmpty());
}

TEST(Connecting, AsksTheReaderToCheckTheAddress) {
  Play play;
  play.on(ConnectionTrouble{"no process accepts connections at tcp://10.0.0.1:5557"});
  EXPECT_THAT(play.pass(5s),
              Contains(testing::AllOf(HasSubstr("warning: No Locust master at master:5557 yet"),
                                      HasSubstr("tcp://10.0.0.1:5557"), HasSubstr("--master-host"),
                                      HasSubstr("--master-port"))));
}

TEST(Connecting, AsksWhetherItIsAMasterWhenItConnectsButDoesNotAnswer) {
  Play play;
  play.master_acknowledges = play.master_answers = false;
  play.fresh_sockets_connect = true;
  play.up();
  EXPECT_THAT(
      play.pass(6s),
      Contains(HasSubstr("warning: master:5557 accepts connections but does not answer as")));
}

TEST(Connecting, AsksTheReaderEveryThirtySeconds) {
  Play play;
  Lines lines = play.pass(100s);
  std::erase_if(lines, [](const std::string& l) { return !l.starts_with("warning"); });
  EXPECT_THAT(lines, SizeIs(4));  // after 5, 35, 65, 95 s
}

TEST(Connecting, GivesUpAfterConnectTimeout) {
  WorkerOptions options = Play::options();
  options.connect_timeout = 20s;
  Play play(options);
  EXPECT_THAT(play.pass(19900ms), Not(Contains("exit 1")));
  EXPECT_THAT(play.pass(100ms),
              testing::AllOf(Contains(HasSubstr("error: No Locust master")), Contains("exit 1")));
  EXPECT_TRUE(play.exited);
}

TEST(Connecting, NeverGivesUpWithoutConnectTimeout) {
  Play play;
  EXPECT_THAT(play.pass(24h), Not(Contains("exit 1")));
}

TEST(Connecting, ConnectTimeoutEndsWithAcceptance) {
  WorkerOptions options = Play::options();
  options.connect_timeout = 20s;
  Play play(options);
  play.connect();
  play.down();
  EXPECT_THAT(play.pass(1h), Not(Contains("exit 1")));
}

TEST(Heartbeat, IsSentEverySecond) {
  Play play;
  play.connect();
  play.pass(10s);
  Lines lines = play.everything();
  std::erase_if(lines, [](const std::string& l) { return !l.ends_with("-> heartbeat ready"); });
  EXPECT_THAT(lines, SizeIs(10));
  EXPECT_EQ(lines[0], "1.0 -> heartbeat ready");
}

TEST(Heartbeat, DoesNotCatchUpAfterAPause) {
  Play play;
  play.connect();
  play.now += 30s;
  play.on(Tick{});
  Lines lines = play.everything();
  std::erase_if(lines, [](const std::string& l) { return !l.ends_with("-> heartbeat ready"); });
  EXPECT_THAT(lines, SizeIs(1));
  EXPECT_EQ(play.runner.next_wakeup(), play.now + 1s);
}

TEST(Heartbeat, ContainsTheLastUsage) {
  Play play;
  play.connect();
  play.on(UsageMeasured{42.5, 1000});
  play.now += 1s;
  for (const Action& action : play.runner.handle(Tick{}, play.now)) {
    const auto* send = std::get_if<Send>(&action);
    if (send == nullptr) continue;
    EXPECT_EQ(send->message, protocol::WorkerMessage(
                                 protocol::Heartbeat{protocol::WorkerState::kReady, 42.5, 1000}));
    return;
  }
  ADD_FAILURE() << "no heartbeat";
}

TEST(Report, IsSentEveryThreeSecondsInEveryState) {
  Play play;
  play.connect();
  EXPECT_THAT(play.pass(9s),
              ElementsAre("-> stats A=0 B=0", "-> stats A=0 B=0", "-> stats A=0 B=0"));
  play.spawn({{"A", 3}, {"B", 1}});
  EXPECT_THAT(play.pass(6s), ElementsAre("-> stats A=3 B=1", "-> stats A=3 B=1"));
}

TEST(Report, IsNotDelayedByAnUnansweredCollection) {
  Play play;
  play.connect();
  play.increments_come = false;
  EXPECT_THAT(play.pass(3s), IsEmpty());
  EXPECT_THAT(play.collected(), ElementsAre("-> stats A=0 B=0"));
  play.pass(3s);
  play.pass(3s);  // a newer collection replaces the older one
  EXPECT_THAT(play.collected(), ElementsAre("-> stats A=0 B=0"));
}

TEST(Report, IsInDoubtUntilALaterHeartbeatIsAnswered) {
  Play play;
  play.connect();
  play.measured = 3;
  play.pass(3s);  // heartbeats 2 to 4 were sent before it
  EXPECT_EQ(play.reported, 3);
  play.down();
  EXPECT_THAT(play.up(), Contains(StartsWith("warning: Dropped the statistics of 3 requests")));
}

TEST(Report, IsProvedByTheAnswerToALaterHeartbeat) {
  Play play;
  play.connect();
  play.measured = 3;
  play.pass(3s);
  play.master_answers = false;
  play.pass(1s);
  play.answer();  // the answer to heartbeat 5
  play.down();
  EXPECT_THAT(play.up(), Not(Contains(StartsWith("warning: The statistics"))));
}

TEST(Report, IsSentLaterIfTheSocketDoesNotAcceptIt) {
  Play play;
  play.connect();
  play.measured = 3;
  play.pass(3s);
  protocol::StatsReport report;
  report.increment.total.num_requests = 3;
  report.increment.entries[{"/", "GET"}].num_requests = 3;
  play.on(MessageNotSent{report});
  play.measured = 1;
  play.pass(3s);
  EXPECT_EQ(play.reported, 3 + 4);
}

TEST(Report, IsNeverInDoubtWithAMasterThatAnswersNoHeartbeats) {
  Play play;
  play.master_answers = false;
  play.connect();
  play.measured = 3;
  play.pass(3s);
  EXPECT_EQ(play.reported, 3);
  play.restart_master();
  EXPECT_THAT(play.up(), Not(Contains(StartsWith("warning: The statistics"))));
}

}  // namespace
}  // namespace cppworker::runner
