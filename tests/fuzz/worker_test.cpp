// A worker that gets changed messages of a master.

#include <cmath>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "fuzz/corpus.hpp"
#include "protocol/decode.hpp"
#include "support/byte_mutator.hpp"
#include "unit/runner/play.hpp"

namespace cppworker::fuzz {
namespace {

using namespace std::chrono_literals;

/// Its master, the network and its users are those of the runner's unit tests.
class ChangedMessages : public testing::Test {
 protected:
  ChangedMessages() {
    play.fresh_sockets_connect = true;
    play.connect();
  }

  /// @returns whether it is a message
  bool receive(const std::string& bytes) {
    auto message = protocol::decode(bytes);
    if (!message.ok()) return false;
    if (std::holds_alternative<protocol::Quit>(message.value())) return false;  // it would exit
    if (const auto* spawn = std::get_if<protocol::Spawn>(&message.value())) {
      // Later spawns would be old ones.
      if (spawn->timestamp >= kLater) return false;
    }
    play.on(runner::MessageReceived{std::move(message).value(), play.unix_now});
    play.pass(10ms);
    play.everything();
    return true;
  }

  void expect_obedience() {
    latest_ = std::nextafter(latest_, 2 * kLater);
    protocol::Spawn spawn;
    spawn.timestamp = latest_;
    spawn.user_classes_count = {{"A", 3}, {"B", 1}};
    play.spawn(spawn);
    play.pass(5s);
    play.everything();
    EXPECT_EQ(play.runner.user_classes_count(), (runner::UserClassesCount{{"A", 3}, {"B", 1}}));
    EXPECT_FALSE(play.exited);
  }

  static constexpr double kLater = 1e300;
  runner::Play play;

 private:
  double latest_ = kLater;
};

TEST_F(ChangedMessages, LeaveAWorkerThatObeysTheNextSpawn) {
  const std::vector<std::string> corpus = corpus_of("master_message");
  test_support::ByteMutator mutator(20261130, 4);
  constexpr int kEach = 1'000;
  int received = 0;
  std::size_t before = 0;
  for (int i = 1; i <= mutations(); ++i) {
    if (receive(mutator.mutate(corpus[mutator.below(corpus.size())]))) ++received;
    if (i % kEach != 0) continue;
    ASSERT_NO_FATAL_FAILURE(expect_obedience());
    if (HasFailure()) return;
    if (i == kEach) before = memory_in_use();
  }
  EXPECT_GT(received, mutations() / 20) << "few of the changed messages are messages";
  constexpr std::size_t kMostKept = std::size_t{1024} * 1024;
  EXPECT_LT(memory_in_use(), before + kMostKept) << "the worker keeps memory";
}

}  // namespace
}  // namespace cppworker::fuzz
