#include <algorithm>
#include <cstddef>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "play.hpp"

namespace cppworker::runner {
namespace {

/// Random sequences of events, possible or not. After each event, Play checks that:
/// - only client_ready and heartbeats are sent to a master with which we may not be registered;
/// - nothing is sent without a connection;
/// - every report contains the user counts of the shards;
/// - the process exits only once;
/// - next_wakeup() is never in the past.
class AnySequence : public testing::TestWithParam<unsigned> {
 protected:
  int up_to(int most) { return std::uniform_int_distribution<int>(0, most)(random); }
  bool maybe() { return up_to(1) == 0; }

  WorkerOptions options() {
    WorkerOptions result = Play::options();
    result.shards = static_cast<std::size_t>(1 + up_to(3));
    result.on_master_loss = static_cast<OnMasterLoss>(up_to(2));
    result.max_unattended = std::chrono::seconds(up_to(200));
    result.additional_wait_before_ready = std::chrono::seconds(up_to(3));
    result.reset_stats = maybe();
    if (up_to(9) == 0) result.connect_timeout = std::chrono::seconds(up_to(100));
    return result;
  }

  UserClassesCount counts() { return {{"A", up_to(5)}, {"B", up_to(5)}, {"Nobody", up_to(1)}}; }

  std::size_t shard(const Play& play) {
    return static_cast<std::size_t>(up_to(static_cast<int>(play.alive.size()) - 1));
  }

  void step(Play& play) {
    switch (up_to(27)) {
      case 0:
        play.up();
        break;
      case 1:
        play.down();
        break;
      case 2:
        play.restart_master();
        play.reconnect();
        break;
      case 3:
        if (up_to(30) == 0) play.quit();
        break;
      case 4:
        if (up_to(30) == 0) play.signal();
        break;
      case 5:
      case 6:
        play.stop();
        break;
      case 7:
      case 8:
      case 9:
        play.spawn(counts(), up_to(20));
        break;
      case 10: {
        protocol::Spawn stale;
        stale.timestamp = up_to(1);
        stale.user_classes_count = counts();
        play.spawn(stale);
        break;
      }
      case 11:
        play.ack();
        break;
      case 12:
        play.answer();
        break;
      case 13:
        play.hook_done();
        break;
      case 14:
        play.collected();
        break;
      case 15:
        play.on(ShardReached{
            shard(play),
            play.last_generation > 0 && maybe() ? play.last_generation - 1 : play.last_generation,
            {{"A", up_to(4)}, {"B", 0}}});
        break;
      case 16:
        play.stopped(shard(play));
        break;
      case 17:
        play.on(ShardUsersChanged{shard(play), {{"A", up_to(4)}, {"B", up_to(2)}}});
        break;
      case 18:
        play.on(UserError{{"boom", std::to_string(up_to(300))}});
        break;
      case 19:
        play.on(SendMessage{{"custom", up_to(9)}});
        break;
      case 20:
        play.on(MessageNotSent{protocol::Heartbeat{}});
        break;
      case 21:
        play.master(protocol::Custom{"custom", {}});
        play.master(protocol::ClusterSpawningComplete{up_to(9)});
        break;
      case 22:
        play.shards_obey = maybe();
        play.hooks_end = maybe();
        play.increments_come = maybe();
        break;
      case 23:
        play.master_acknowledges = maybe();
        play.fresh_sockets_connect = maybe();
        break;
      case 24:
        play.pass(std::chrono::milliseconds(up_to(500)));
        break;
      case 25:
        play.pass(std::chrono::seconds(up_to(10)));
        break;
      case 26:
        if (up_to(10) == 0) play.pass(std::chrono::seconds(up_to(1000)));
        break;
      default:
        play.on(Tick{});
    }
  }

  std::mt19937 random{GetParam()};
  Lines last;  // the lines before a failure
};

TEST_P(AnySequence, KeepsTheInvariants) {
  Play play(options());
  for (int i = 0; i < 1500; ++i) {
    step(play);
    const Lines said = play.everything();
    last.insert(last.end(), said.begin(), said.end());
    last.erase(last.begin(), last.end() - std::min<std::ptrdiff_t>(40, std::ssize(last)));
    ASSERT_FALSE(HasFailure()) << "after\n" << testing::PrintToString(last);
  }
}

/// After any sequence, the worker recovers when all peers behave normally again.
TEST_P(AnySequence, RecoversWhenAllPeersBehaveNormally) {
  WorkerOptions with = options();
  with.on_master_loss = maybe() ? OnMasterLoss::kRejoin : OnMasterLoss::kKeepRunning;
  with.connect_timeout.reset();
  Play play(with);
  for (int i = 0; i < 300; ++i) {
    step(play);
    if (play.exited) return;
  }
  play.shards_obey = play.hooks_end = play.increments_come = true;
  play.master_answers = play.master_acknowledges = play.fresh_sockets_connect = true;
  play.restart_master();
  play.reconnect();
  // Answer all unanswered requests now.
  play.hook_done();
  for (std::size_t s = 0; s < play.alive.size(); ++s) play.stopped(s);
  play.hook_done();
  play.collected();
  play.pass(200s);
  if (play.exited) return;
  EXPECT_THAT(play.stop(), testing::Contains("-> client_stopped"));
  play.pass(10s);
  EXPECT_THAT(play.spawn({{"A", 3}, {"B", 1}}), testing::Contains("-> spawning_complete A=3 B=1"));
  EXPECT_THAT(play.quit(), testing::Contains("exit 0"));
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnySequence, testing::Range(1U, 41U));

}  // namespace
}  // namespace cppworker::runner
