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

WorkerOptions with(OnMasterLoss policy) {
  WorkerOptions result = Play::options();
  result.on_master_loss = policy;
  return result;
}

/// Matchers for log lines about dropped statistics.
auto DroppedUnproved() {
  return AllOf(StartsWith("warning: Dropped the statistics of"),
               HasSubstr("could count them twice"));
}
auto DroppedAll() {
  return AllOf(StartsWith("warning: Dropped the statistics of"),
               HasSubstr("use --on-master-loss=keep-running"));
}

/// A run of two users with a working master. The worker has just sent a report.
struct RunningPlay : Play {
  explicit RunningPlay(OnMasterLoss policy, Value parsed_options = {}) : Play(with(policy)) {
    connect();
    measured_each = 1;
    protocol::Spawn message;
    message.timestamp = unix_now;
    message.user_classes_count = {{"A", 2}};
    message.stop_timeout = 1;
    message.parsed_options = std::move(parsed_options);
    spawn(message);
    pass(3s);
  }

  /// Receives a spawn message that the master sent `seconds` ago.
  Lines receive_spawn_sent_ago(double seconds, UserClassesCount targets) {
    protocol::Spawn message;
    message.timestamp = unix_now - seconds;
    message.user_classes_count = std::move(targets);
    return on(MessageReceived{message, unix_now});
  }

  /// The master's process ends. Another one replaces it five seconds later.
  Lines restart() {
    down();
    refuse();
    pass(4900ms);
    restart_master();
    pass(100ms);  // the worker opens a new socket
    return up();
  }
};

// --- the connection breaks and comes back, and the master answers --------------------------------

TEST(BrokenConnection, ChangesNothingIfTheMasterStillAnswers) {
  RunningPlay play(OnMasterLoss::kRejoin);
  EXPECT_THAT(play.down(), IsEmpty());
  EXPECT_THAT(play.pass(2s), IsEmpty());
  EXPECT_THAT(play.up(), ElementsAre(DroppedUnproved(), "-> stats A=2 B=0"));
  play.spawn({{"A", 2}});  // the master continues the run
  EXPECT_THAT(play.pass(9s), Each("-> stats A=2 B=0"));
}

TEST(BrokenConnection, OnlyHeartbeatsAreSentBeforeTheMasterHasAnswered) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.down();
  play.master_answers = false;
  EXPECT_THAT(play.up(), IsEmpty());
  EXPECT_THAT(play.on(SendMessage{{"hello", 1}}), IsEmpty());
  EXPECT_THAT(play.pass(1900ms), IsEmpty());
  play.master_answers = true;
  EXPECT_THAT(play.answer(), ElementsAre(DroppedUnproved(), "-> hello", "-> stats A=2 B=0"));
}

TEST(BrokenConnection, OpensANewSocketEveryFiveSeconds) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.down();
  EXPECT_THAT(play.pass(5s), Contains("reconnect"));
  EXPECT_THAT(play.pass(5s), Contains("reconnect"));
}

TEST(BrokenConnection, ASpawnAlsoProvesThatItIsTheSameMaster) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.down();
  play.master_answers = false;
  play.up();
  EXPECT_THAT(play.spawn({{"A", 4}}),
              AllOf(Contains(DroppedUnproved()), Contains("-> spawning_complete A=4 B=0")));
}

TEST(BrokenConnection, AReconnectMessageOpensANewSocketWithoutClientReady) {
  RunningPlay play(OnMasterLoss::kRejoin);
  EXPECT_THAT(play.reconnect(),
              ElementsAre(StartsWith("warning: Received reconnect"), "reconnect"));
  EXPECT_THAT(play.up(), ElementsAre(DroppedUnproved(), "-> stats A=2 B=0"));
}

TEST(BrokenConnection, AStopThatEndsDuringItIsReportedAfterwards) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.shards_obey = false;
  play.stop();
  play.down();
  play.stopped(0);
  EXPECT_THAT(play.stopped(1), ElementsAre("hook test_stop"));
  EXPECT_THAT(play.up(), ElementsAre(DroppedUnproved(), "-> stats A=0 B=0", "-> client_stopped",
                                     "-> client_ready", "index 0", "-> stats A=0 B=0"));
}

TEST(BrokenConnection, TargetsReachedDuringItAreReportedAfterwards) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.shards_obey = false;
  play.spawn({{"A", 4}});
  play.down();
  play.reached(0, {{"A", 2}});
  EXPECT_THAT(play.reached(1, {{"A", 2}}), IsEmpty());
  EXPECT_THAT(play.up(), Contains("-> stats A=4 B=0"));
}

TEST(BrokenConnection, AnIdleWorkerWithoutAnyAnswerSendsClientReadyAgain) {
  Play play;
  play.master_answers = false;
  play.connect();
  play.down();
  EXPECT_THAT(play.up(), Contains("-> client_ready"));
}

TEST(BrokenConnection, AMasterThatAnswersNoHeartbeatsCountsAsTheSameAsInTheStockWorker) {
  Play play;
  play.master_answers = false;
  play.connect();
  play.spawn({{"A", 2}});
  play.pass(2s);
  play.down();
  EXPECT_THAT(play.up(), ElementsAre("-> stats A=2 B=0"));
  EXPECT_THAT(play.pass(120s), Each("-> stats A=2 B=0"));
}

TEST(BrokenConnection, AMasterThatAnswersNoHeartbeatsGetsNoUnexpectedMessages) {
  Play play;
  play.master_answers = false;
  play.connect();
  play.shards_obey = false;
  play.spawn({{"A", 2}});
  play.pass(2s);
  play.down();
  play.up();
  play.reached(0, {{"A", 1}});
  EXPECT_THAT(play.reached(1, {{"A", 1}}), Not(Contains(StartsWith("-> spawning_complete"))));
  play.shards_obey = true;
  EXPECT_THAT(play.spawn({{"A", 4}}), Contains("-> spawning_complete A=4 B=0"));  // registered
}

TEST(BrokenConnection, WhetherAMasterAnswersHeartbeatsIsNotKnownBeforeTheThirdOne) {
  Play play;
  play.master_answers = false;  // slow
  play.connect();
  play.spawn({{"A", 2}});
  play.pass(1s);
  play.reconnect();
  EXPECT_THAT(play.up(), IsEmpty());  // the master ignores this connection
  EXPECT_THAT(play.pass(20s), Contains("reconnect"));
  play.master_answers = true;
  EXPECT_THAT(play.up(), ElementsAre("-> stats A=2 B=0"));
}

TEST(BrokenConnection, AnOldMasterThatIsNotKnownAsOneGetsClientReadyAgain) {
  Play play;
  play.master_answers = false;
  play.fresh_sockets_connect = true;
  play.connect();
  play.spawn({{"A", 2}});
  play.down();
  play.up();
  EXPECT_THAT(play.pass(32s),
              AllOf(Contains(StartsWith("stop users")), Contains("-> client_ready")));
  EXPECT_THAT(play.spawn({{"A", 3}}), Contains("-> spawning_complete A=3 B=0"));
}

// --- back, but heartbeats are not answered: a new master
// ------------------------------------------

TEST(NewMaster, IsDetectedAfterThreeUnansweredHeartbeatsInARow) {
  RunningPlay play(OnMasterLoss::kRejoin);
  EXPECT_THAT(play.restart(), IsEmpty());
  EXPECT_THAT(play.pass(2900ms), IsEmpty());
  EXPECT_THAT(play.pass(100ms),
              Contains(StartsWith("warning: This worker is no longer registered")));
}

TEST(NewMaster, RejoinStopsUsersThenSendsClientReadyOnANewSocket) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.restart();
  EXPECT_THAT(play.pass(3s), ElementsAre(StartsWith("warning"), "hook test_stopping",
                                         "stop users 1s", "hook test_stop", "reconnect"));
  EXPECT_THAT(play.up(),
              ElementsAre("-> client_ready", "index 0", DroppedAll(), "-> stats A=0 B=0"));
}

TEST(NewMaster, RejoinSendsNothingBeforeUsersHaveEnded) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.shards_obey = false;
  play.restart();
  EXPECT_THAT(play.pass(60s), Not(Contains(StartsWith("->"))));
  play.stopped(0);
  EXPECT_THAT(play.stopped(1), Contains("reconnect"));
}

TEST(NewMaster, RejoinAcceptsASpawnWithAnOlderTimestamp) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.restart();
  play.pass(3s);
  play.up();
  protocol::Spawn message;
  message.timestamp = 5;  // its clock is behind
  message.user_classes_count = {{"A", 1}};
  EXPECT_THAT(play.spawn(message), Contains("-> spawning_complete A=1 B=0"));
}

TEST(NewMaster, RejoinOfAnIdleWorkerOnlySendsClientReady) {
  Play play;
  play.connect();
  play.down();
  play.pass(6s);
  play.restart_master();
  play.up();
  EXPECT_THAT(play.pass(3s), ElementsAre(StartsWith("warning"), "reconnect"));
  EXPECT_THAT(play.up(), Contains("-> client_ready"));
}

TEST(NewMaster, KeepRunningSendsUnprovedReportsAgainAndKeepsUsers) {
  RunningPlay play(OnMasterLoss::kKeepRunning);
  play.restart();
  EXPECT_THAT(play.pass(3s), ElementsAre(StartsWith("warning"), "reconnect"));
  play.measured_each = 0;
  play.reported = 0;
  EXPECT_THAT(play.up(), ElementsAre("-> client_ready", "index 0", "-> stats A=2 B=0"));
  EXPECT_EQ(play.reported, 1) << "the report that the first master did not confirm";
  play.everything();
  play.pass(1s);
  EXPECT_THAT(play.everything(), Contains(HasSubstr("-> heartbeat running")));
}

TEST(NewMaster, KeepRunningEndsIfNoMasterStartsARun) {
  WorkerOptions options = with(OnMasterLoss::kKeepRunning);
  options.max_unattended = 100s;
  Play play(options);
  play.connect();
  play.spawn({{"A", 2}});
  play.down();
  play.refuse();
  play.pass(6s);
  play.restart_master();
  play.up();
  play.pass(3s);
  play.up();  // a master that did not start this run accepts the worker
  EXPECT_THAT(play.pass(80s), Not(Contains(StartsWith("stop users"))));
  EXPECT_THAT(play.pass(20s), AllOf(Contains(StartsWith("stop users")),
                                    Contains("-> client_stopped"), Contains("-> client_ready")));
}

TEST(NewMaster, KeepRunningContinuesIfTheNewMasterStartsARun) {
  WorkerOptions options = with(OnMasterLoss::kKeepRunning);
  options.max_unattended = 100s;
  Play play(options);
  play.connect();
  play.spawn({{"A", 2}});
  play.down();
  play.refuse();
  play.pass(6s);
  play.restart_master();
  play.up();
  play.pass(3s);
  play.up();
  EXPECT_THAT(play.spawn({{"A", 4}}),
              AllOf(Contains("targets [A=2 B=0|A=2 B=0]"), Not(Contains("hook test_start"))));
  EXPECT_THAT(play.pass(1h), Not(Contains(StartsWith("stop users"))));
}

TEST(NewMaster, QuitExitsAsTheStockWorkerDoes) {
  RunningPlay play(OnMasterLoss::kQuit);
  play.restart();
  EXPECT_THAT(play.pass(3s),
              AllOf(Contains("stop users 1s"), Not(Contains("-> quit")), Contains("exit 0")));
}

TEST(NewMaster, WithoutARefusedConnectionItTakesTwentySecondsAndASecondLook) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.down();
  play.restart_master();
  play.up();
  EXPECT_THAT(play.pass(19900ms), IsEmpty());
  EXPECT_THAT(play.pass(100ms), Contains("reconnect"));
  play.up();
  EXPECT_THAT(play.pass(9900ms), IsEmpty());
  EXPECT_THAT(play.pass(100ms),
              Contains(StartsWith("warning: This worker is no longer registered")));
}

TEST(NewMaster, AtAnotherAddressTakesAsLongAsAfterARefusedConnection) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.down();
  play.restart_master();
  play.on(ConnectionTrouble{"the name has another address", true});
  play.up();
  EXPECT_THAT(play.pass(4s), Contains(HasSubstr("must have been restarted")));
}

TEST(NewMaster, TheSecondLookMayFindTheOldMaster) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.down();
  play.master_answers = false;
  play.up();
  play.pass(20s);
  play.master_answers = true;
  EXPECT_THAT(play.up(), ElementsAre(DroppedUnproved(), "-> stats A=2 B=0"));
}

TEST(NewMaster, CountsAsTheOldOneIfItAnswersAHeartbeatFromBeforeClientReady) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.down();
  play.refuse();  // for example, a proxy without its backend
  play.pass(5s);
  play.master_answers = false;
  play.up();
  EXPECT_THAT(play.pass(3s), Contains("stop users 1s"));
  play.master_answers = true;
  EXPECT_THAT(play.up(), ElementsAre("-> client_ready", "index 0", DroppedUnproved(),
                                     "-> stats A=0 B=0", "-> stats A=0 B=0"));
}

TEST(NewMaster, CountsAsTheOldOneOnlyOncePerOldHeartbeat) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.down();
  play.refuse();
  play.pass(5s);
  play.master_answers = false;
  play.up();
  play.pass(3s);
  play.master_answers = true;
  EXPECT_THAT(play.up(), Contains(DroppedUnproved()));
  play.spawn({{"A", 1}});
  EXPECT_THAT(play.stop(), AllOf(Contains("-> client_stopped"), Not(Contains(DroppedUnproved()))));
}

TEST(NewMaster, IsAskedForOrdersIfItMayBeTheOldOne) {
  RunningPlay play(OnMasterLoss::kKeepRunning);
  play.spawning_complete();
  play.down();
  play.pass(61s);
  play.restart_master();  // or the old one has removed this worker after a minute
  play.up();
  EXPECT_THAT(play.pass(20s), Contains("reconnect"));
  play.up();
  EXPECT_THAT(play.pass(10s), Contains("reconnect"));
  EXPECT_THAT(play.up(), Contains("-> client_ready"));
  EXPECT_THAT(play.pass(3s), Contains("stop users 1s"));
}

TEST(NewMaster, GetsPendingReportsIfItMayBeTheOldOne) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.down();
  play.pass(61s);
  play.restart_master();
  EXPECT_THAT(play.up(), AllOf(Contains(DroppedUnproved()), Contains("-> stats A=0 B=0"),
                               Not(Contains(DroppedAll()))));
}

TEST(NewMaster, GetsNoReportsThatTheOldOneMayHaveReadAfterAMinuteOfSilence) {
  RunningPlay play(OnMasterLoss::kKeepRunning);
  play.down();
  play.pass(61s);
  play.restart_master();
  play.refuse();
  play.up();
  EXPECT_THAT(play.pass(3s), Contains("reconnect"));
  EXPECT_THAT(play.up(),
              ElementsAre("-> client_ready", "index 0", DroppedUnproved(), "-> stats A=2 B=0"));
}

TEST(NewMaster, IsNotAssumedWhileTheConnectionNeverBroke) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.master_answers = false;  // busy
  EXPECT_THAT(play.pass(55s), Each("-> stats A=2 B=0"));
}

// --- no answer at all
// -----------------------------------------------------------------------------

TEST(SilentMaster, UsersKeepRunningForSixtySeconds) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.down();
  EXPECT_THAT(play.pass(58900ms), Not(Contains(StartsWith("stop users"))));
  EXPECT_THAT(play.pass(1100ms), AllOf(Contains(StartsWith("error: Didn't get heartbeat")),
                                       Contains("stop users 1s")));
}

/// The number of times that the worker looked up the master's name.
std::size_t checks(Play& play) {
  std::size_t count = 0;
  for (const std::string& line : play.everything()) {
    if (line.find("check address") != std::string::npos) ++count;
  }
  return count;
}

TEST(SilentMaster, ItsNameIsLookedUpEveryTwentySeconds) {
  RunningPlay play(OnMasterLoss::kRejoin);
  EXPECT_EQ(checks(play), 0U);
  play.master_answers = false;
  play.pass(18s);
  EXPECT_EQ(checks(play), 0U);
  play.pass(4s);
  EXPECT_EQ(checks(play), 1U);
  play.pass(30s);
  EXPECT_EQ(checks(play), 1U);
  play.down();  // each new socket looks up the name
  play.pass(40s);
  EXPECT_EQ(checks(play), 0U);
}

TEST(SilentMaster, RejoinRetriesIndefinitely) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.down();
  play.pass(24h);
  play.restart_master();
  EXPECT_THAT(play.pass(6s), Contains("reconnect"));
  EXPECT_THAT(play.up(), Contains("-> client_ready"));
}

TEST(SilentMaster, GetsClientReadyOnTheSameConnectionIfItIsAlive) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.master_answers = play.master_acknowledges = false;
  EXPECT_THAT(play.pass(62s), AllOf(Contains("stop users 1s"), Contains("-> client_ready"),
                                    Not(Contains("reconnect"))));
  play.everything();
  EXPECT_THAT(play.ack(), ElementsAre("-> stats A=0 B=0", "-> stats A=0 B=0"));
  // The master reads in order, so it has read all messages before client_ready: none is in doubt.
  EXPECT_THAT(play.everything(), Not(Contains(HasSubstr("the statistics of"))));
}

TEST(SilentMaster, OnALiveConnectionANewSocketIsOpenedAfterAnotherMinute) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.master_answers = play.master_acknowledges = false;
  EXPECT_THAT(play.pass(119s), Not(Contains("reconnect")));
  EXPECT_THAT(play.pass(2s), Contains("reconnect"));
  play.restart_master();
  play.master_answers = play.master_acknowledges = true;
  EXPECT_THAT(play.up(), Contains("-> client_ready"));
}

TEST(SilentMaster, GetsNoReportsThatWouldBeInDoubt) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.master_answers = false;
  EXPECT_THAT(play.pass(59s), testing::SizeIs(testing::Le(2)));
  play.master_answers = true;
  EXPECT_THAT(play.answer(), ElementsAre("-> stats A=2 B=0"));
}

TEST(SilentMaster, QuitExitsAsTheStockWorkerDoes) {
  RunningPlay play(OnMasterLoss::kQuit);
  play.down();
  EXPECT_THAT(play.pass(61s),
              AllOf(Contains(StartsWith("error: Didn't get heartbeat")), Contains("exit 0")));
}

TEST(SilentMaster, KeepRunningContinuesForMaxUnattended) {
  RunningPlay play(OnMasterLoss::kKeepRunning);
  play.down();
  EXPECT_THAT(play.pass(598s), Not(Contains(StartsWith("stop users"))));
  EXPECT_THAT(play.pass(2s), Contains("stop users 1s"));
}

TEST(SilentMaster, KeepRunningEndsWithTheRunTime) {
  RunningPlay play(OnMasterLoss::kKeepRunning, Value::Map{{"run_time", 300}});
  play.down();
  EXPECT_THAT(play.pass(295s), Not(Contains(StartsWith("stop users"))));
  EXPECT_THAT(play.pass(3s), Contains("stop users 1s"));
}

TEST(SilentMaster, KeepRunningContinuesWhenTheSameMasterComesBack) {
  RunningPlay play(OnMasterLoss::kKeepRunning);
  play.down();
  play.pass(61s);
  EXPECT_THAT(play.up(), Contains(DroppedUnproved()));
  play.spawn({{"A", 2}});
  EXPECT_THAT(play.pass(1h), Each("-> stats A=2 B=0"));
}

TEST(SilentMaster, KeepRunningOnALiveConnectionSendsClientReadyAgain) {
  RunningPlay play(OnMasterLoss::kKeepRunning);
  play.master_answers = false;
  EXPECT_THAT(play.pass(61s),
              AllOf(Contains("-> client_ready"), Not(Contains("reconnect")),
                    Not(Contains(DroppedUnproved())), Not(Contains(StartsWith("stop users")))));
}

TEST(SilentMaster, TheWorkerSendsClientReadyAfterUnattendedUsersHaveEnded) {
  RunningPlay play(OnMasterLoss::kKeepRunning);
  play.down();
  play.pass(601s);
  play.restart_master();
  play.up();
  EXPECT_THAT(play.pass(3s), Contains("reconnect"));
  EXPECT_THAT(play.up(), AllOf(Contains("-> client_ready"), Contains(DroppedUnproved())));
  play.everything();
  play.pass(1s);
  EXPECT_THAT(play.everything(), Contains(HasSubstr("-> heartbeat ready")));
}

TEST(SilentMaster, HasNoEffectOnAWorkerThatWasNeverAccepted) {
  Play play;
  EXPECT_THAT(play.pass(300s), Not(Contains(StartsWith("error"))));
}

TEST(SilentMaster, IsNoticedEvenIfItFallsSilentRightAfterItHasAcceptedTheWorker) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.restart();
  play.pass(3s);
  play.up();
  play.master_answers = false;
  EXPECT_THAT(play.pass(62s), Contains(StartsWith("error: Didn't get heartbeat")));
}

TEST(SilentMaster, ASpawnFromBeforeTheSilenceStartsNoUsers) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.spawning_complete();
  play.master_answers = play.master_acknowledges = false;
  protocol::Spawn old;
  old.timestamp = play.unix_now + 1;
  old.user_classes_count = {{"A", 5}};
  play.pass(62s);  // the users end; client_ready waits on the live connection
  EXPECT_THAT(play.on(MessageReceived{old, play.unix_now}), IsEmpty());
  play.ack();
  EXPECT_THAT(play.pass(4s), Contains("stop users 0s"));
}

TEST(SilentMaster, ASpawnRightBeforeTheAckIsCarriedOut) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.spawning_complete();
  play.master_answers = play.master_acknowledges = false;
  play.pass(62s);
  play.receive_spawn_sent_ago(0, {{"A", 5}});
  EXPECT_THAT(play.ack(), Contains("-> spawning_complete A=5 B=0"));
  EXPECT_THAT(play.pass(10s), Not(Contains(StartsWith("stop users"))));
}

TEST(SilentMaster, AStopAfterAnOldSpawnStartsNoUsers) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.master_answers = play.master_acknowledges = false;
  play.pass(62s);
  play.receive_spawn_sent_ago(0, {{"A", 5}});
  play.on(MessageReceived{protocol::Stop{}, play.unix_now});
  play.ack();
  EXPECT_THAT(play.pass(10s), Not(Contains("-> spawning_complete A=5 B=0")));
}

// --- this worker was paused ----------------------------------------------------------------------

TEST(Pause, DoesNotCountAsSilenceOfTheMaster) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.pause(90s);
  EXPECT_THAT(play.pass(3s), Not(Contains(StartsWith("error"))));
  EXPECT_THAT(play.pass(60s), Each("-> stats A=2 B=0"));
}

TEST(Pause, EndsWithAHeartbeatBeforeOtherMessages) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.now += 9s;
  play.everything();
  play.spawn({{"A", 4}});
  const Lines said = play.everything();
  ASSERT_THAT(said, Not(IsEmpty()));
  EXPECT_THAT(said.front(), HasSubstr("-> heartbeat running"));
}

TEST(Pause, AfterAMinuteTheMasterMayHaveRemovedTheWorker) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.forget_worker();
  play.pause(90s);
  EXPECT_THAT(play.pass(3s), AllOf(Contains(StartsWith("warning: This worker was paused")),
                                   Contains("stop users 1s"), Contains("-> client_ready"),
                                   Not(Contains("reconnect")), Not(Contains(DroppedUnproved()))));
}

TEST(Pause, AfterAMinuteOrdersWaitForAnAnswer) {
  RunningPlay play(OnMasterLoss::kKeepRunning);
  play.master_answers = false;
  play.pause(90s);
  EXPECT_THAT(play.spawn({{"A", 4}}), IsEmpty()) << "the master may have removed this worker";
  EXPECT_THAT(play.answer(), Contains("-> spawning"));
}

TEST(Pause, AfterAMinuteARemovedWorkerSendsNoSpawning) {
  RunningPlay play(OnMasterLoss::kKeepRunning);
  play.forget_worker();
  play.master_acknowledges = false;
  play.pause(90s);
  play.receive_spawn_sent_ago(80, {{"A", 4}});
  EXPECT_THAT(play.pass(2900ms), IsEmpty()) << "no reports either";
  EXPECT_THAT(play.pass(10s), AllOf(Contains("-> client_ready"), Not(Contains("-> spawning"))));
}

TEST(Pause, WithKeepRunningTheUsersWaitForOrders) {
  RunningPlay play(OnMasterLoss::kKeepRunning);
  play.forget_worker();
  play.pause(90s);
  EXPECT_THAT(play.pass(3s),
              AllOf(Contains("-> client_ready"), Not(Contains(StartsWith("stop users")))));
  play.spawn({{"A", 1}});
  EXPECT_THAT(play.pass(60s), Not(Contains(StartsWith("stop users"))));
}

TEST(Pause, AnOrderThatWaitedInTheSocketIsNoRecentSignOfLife) {
  RunningPlay play(OnMasterLoss::kKeepRunning);
  play.master_answers = false;
  play.pause(75s);
  play.stop();  // the master sent it 70 s ago, and has removed this worker since
  play.refuse();
  play.restart_master();  // or the same process: both answer no heartbeat of this worker
  play.up();
  EXPECT_THAT(play.pass(3s), Contains("reconnect"));
  play.master_answers = true;
  // The same process may have read the reports in doubt.
  EXPECT_THAT(play.up(), AllOf(Contains("-> client_ready"), Contains(DroppedUnproved())));
}

TEST(Pause, TheAnswerToALaterHeartbeatIsASignOfLife) {
  RunningPlay play(OnMasterLoss::kKeepRunning);
  play.pause(75s);
  play.pass(4s);
  play.restart();  // too soon for the old process to have removed this worker
  EXPECT_THAT(play.pass(3s), Contains("reconnect"));
  EXPECT_THAT(play.up(), AllOf(Contains("-> client_ready"), Not(Contains(DroppedUnproved()))));
}

// --- orders that may have been lost --------------------------------------------------------------

TEST(OrderCheck, AsksForOrdersAfterABrokenConnection) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.down();
  play.up();
  EXPECT_THAT(play.pass(1400ms), IsEmpty());  // the master may send orders on its own
  EXPECT_THAT(play.pass(100ms), ElementsAre("-> client_ready", "index 0"));
  play.spawn({{"A", 4}});
  EXPECT_THAT(play.pass(1h), Each("-> stats A=4 B=0"));
}

TEST(OrderCheck, StopsUsersIfNoOrderArrives) {
  RunningPlay play(OnMasterLoss::kKeepRunning);
  play.spawning_complete();
  play.down();
  play.up();
  EXPECT_THAT(play.pass(4400ms), Not(Contains(StartsWith("stop users"))));
  EXPECT_THAT(
      play.pass(100ms),
      AllOf(Contains(StartsWith("warning: The master has sent no spawn message")),
            Contains("stop users 1s"), Contains("-> client_stopped"), Contains("-> client_ready")));
}

TEST(OrderCheck, WaitsLongerDuringARampUp) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.down();
  play.up();
  EXPECT_THAT(play.pass(31s), Not(Contains(StartsWith("stop users"))));
  EXPECT_THAT(play.pass(1s), Contains(StartsWith("stop users")));
}

TEST(OrderCheck, AnIdleWorkerAsksForOrdersToo) {
  Play play;
  play.connect();
  play.down();
  play.up();
  EXPECT_THAT(play.pass(2s), Contains("-> client_ready"));
  EXPECT_THAT(play.pass(60s), Not(Contains("-> client_ready")));
}

TEST(OrderCheck, BeginsAgainAfterAReconnectMessage) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.spawning_complete();
  play.down();  // a stop is lost
  play.up();
  play.pass(1s);
  play.reconnect();
  play.up();
  EXPECT_THAT(play.pass(5s), AllOf(Contains("-> client_ready"), Contains("stop users 1s")));
}

TEST(OrderCheck, IsNotNecessaryAfterAReconnectMessageOnly) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.spawning_complete();
  play.reconnect();
  play.up();
  EXPECT_THAT(play.pass(60s), Each("-> stats A=2 B=0"));
}

TEST(OrderCheck, AsksIfAReconnectMessageWaitedUntilTheEndOfAPause) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.spawning_complete();
  play.master_answers = false;
  play.pause(10s);
  play.reconnect();  // a stop behind it is lost with the connection
  play.master_answers = true;
  play.up();
  EXPECT_THAT(play.pass(5s), AllOf(Contains("-> client_ready"), Contains("stop users 1s")));
}

TEST(OrderCheck, AsksIfTheConnectionThatTheMasterAskedForTakesLong) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.spawning_complete();
  play.reconnect();
  play.pass(4s);  // the master has stopped the test, because this worker is missing
  play.up();
  EXPECT_THAT(play.pass(5s), AllOf(Contains("-> client_ready"), Contains("stop users 1s")));
}

TEST(OrderCheck, AsksOnlyOnceIfTheConnectionBreaksAgain) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.down();
  play.up();
  play.pass(1s);
  play.down();
  EXPECT_THAT(play.pass(4s), Not(Contains("-> client_ready")));
  play.up();
  EXPECT_THAT(play.pass(1500ms), Contains("-> client_ready"));
}

TEST(OrderCheck, AsksIfAReconnectMessageWaitedBehindAnAnswer) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.spawning_complete();
  play.master_answers = false;
  play.pass(1s);  // the answer to this heartbeat waits in the socket, too
  play.pause(16s);
  play.answer();
  play.reconnect();  // a stop behind it is lost with the connection
  play.master_answers = true;
  play.up();
  EXPECT_THAT(play.pass(5s), AllOf(Contains("-> client_ready"), Contains("stop users 1s")));
}

TEST(OrderCheck, AsksAfterAFirstSpawnThatWaitedInTheSocket) {
  Play play;
  play.connect();
  play.forget_worker();
  play.pause(75s);
  protocol::Spawn old;  // no earlier spawn shows how old it is
  old.timestamp = play.unix_now - 72;
  old.user_classes_count = {{"A", 2}};
  old.stop_timeout = 1;
  play.on(MessageReceived{old, play.unix_now});
  EXPECT_THAT(play.pass(3s), Contains("-> spawning_complete A=2 B=0"));
  EXPECT_THAT(play.pass(35s), Contains("stop users 1s"));
}

TEST(OrderCheck, AsksAfterTheSecondOfTwoSpawnsThatWaitedInTheSocket) {
  Play play;
  play.connect();
  play.forget_worker();
  play.pause(75s);
  for (const double seconds : {72.0, 70.0}) {
    protocol::Spawn old;
    old.timestamp = play.unix_now - seconds;
    old.user_classes_count = {{"A", 2}};
    old.stop_timeout = 1;
    play.on(MessageReceived{old, play.unix_now});
  }
  EXPECT_THAT(play.pass(3s), Contains("-> spawning_complete A=2 B=0"));
  EXPECT_THAT(play.pass(35s), Contains("stop users 1s"));
}

TEST(OrderCheck, AsksAfterASpawnThatWaitedWhileTheClockWasSetBack) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.spawning_complete();
  play.forget_worker();
  play.pause(75s);
  play.unix_now -= 600;
  play.on(SystemClockSet{-600});
  protocol::Spawn old;
  old.timestamp = play.unix_now + 600 - 70;
  old.user_classes_count = {{"A", 4}};
  old.stop_timeout = 1;
  play.on(MessageReceived{old, play.unix_now});
  EXPECT_THAT(play.pass(3s), Contains("-> spawning_complete A=4 B=0"));
  EXPECT_THAT(play.pass(35s), Contains("stop users 1s"));
}

TEST(OrderCheck, AsksAMasterWhoseFirstAnswerComesAfterABreak) {
  Play play;
  play.master_answers = false;
  play.connect();
  play.spawn({{"A", 2}}, 1);
  play.spawning_complete();
  play.down();  // a stop is lost
  play.pass(1s);
  EXPECT_THAT(play.up(), Not(Contains("-> client_ready")));  // a master <= 2.12?
  play.master_answers = true;
  EXPECT_THAT(play.pass(7s), AllOf(Contains("-> client_ready"), Contains("stop users 1s")));
}

TEST(OrderCheck, AsksNoMasterThatAnswersNoHeartbeats) {
  Play play;
  play.master_answers = false;
  play.connect();
  play.spawn({{"A", 2}}, 1);
  play.spawning_complete();
  play.pass(2s);
  play.down();
  play.up();
  play.master(protocol::Custom{"hello", 1});
  EXPECT_THAT(play.pass(60s),
              AllOf(Not(Contains("-> client_ready")), Not(Contains(StartsWith("stop users")))));
}

TEST(OrderCheck, AsksIfAReconnectMessageWaitedInTheNetwork) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.spawning_complete();
  play.master_answers = false;
  play.pass(10s);
  play.spawn({{"A", 2}}, 1);
  play.spawning_complete();
  play.reconnect();  // a stop behind it is lost with the connection
  play.master_answers = true;
  play.up();
  EXPECT_THAT(play.pass(5s), AllOf(Contains("-> client_ready"), Contains("stop users 1s")));
}

TEST(OrderCheck, AsksIfTheConnectionThatTheMasterAskedForTakesTwoSeconds) {
  RunningPlay play(OnMasterLoss::kRejoin);
  play.spawning_complete();
  play.reconnect();
  play.pass(2s);  // the master stops the test
  play.up();
  EXPECT_THAT(play.pass(5s), AllOf(Contains("-> client_ready"), Contains("stop users 1s")));
}

}  // namespace
}  // namespace cppworker::runner
