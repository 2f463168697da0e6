#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "play.hpp"
#include "runner/exceptions.hpp"
#include "runner/second_collections.hpp"

namespace cppworker::runner {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

WorkerOptions recorded_options() {
  WorkerOptions options = Play::options();
  options.is_recorded = true;
  return options;
}

/// How often the runner has asked for increments.
std::ptrdiff_t collections_in(const Lines& lines) {
  return std::ranges::count_if(
      lines, [](const std::string& one) { return one.find("collect") != std::string::npos; });
}

Lines commands_in(Lines lines) {
  std::erase_if(lines, [](const std::string& one) {
    return one.find("command") == std::string::npos && one.find("run ended") == std::string::npos;
  });
  for (std::string& one : lines) one.erase(0, one.find(' ') + 1);
  return lines;
}

TEST(Recording, CollectsAtEachFullSecondOfARun) {
  Play play(recorded_options());
  play.connect();
  play.pass(10s);
  play.everything();
  play.pass(30s);
  const std::ptrdiff_t reports = collections_in(play.everything());
  EXPECT_EQ(reports, 10) << "no run is in progress";
  play.spawn({{"A", 1}});
  play.everything();
  play.pass(30s);
  const std::ptrdiff_t all = collections_in(play.everything());
  EXPECT_GE(all, 30);
  EXPECT_LE(all, 30 + reports + 1);
  play.stop();
  play.everything();
  play.pass(30s);
  EXPECT_EQ(collections_in(play.everything()), reports) << "the run has ended";
}

TEST(Recording, GoesOnWithoutAMasterAndWhileTheUsersStop) {
  WorkerOptions options = recorded_options();
  options.on_master_loss = OnMasterLoss::kKeepRunning;
  Play play(options);
  play.connect();
  play.spawn({{"A", 1}}, 50);
  play.down();
  play.pass(20s);
  play.everything();
  play.pass(10s);
  EXPECT_EQ(collections_in(play.everything()), 10);
  play.shards_obey = false;
  play.signal();
  play.everything();
  play.pass(10s);
  EXPECT_EQ(collections_in(play.everything()), 10);
}

TEST(Recording, DoesNotChangeWhatTheMasterGets) {
  const auto reported = [](const WorkerOptions& options) {
    Play play(options);
    play.connect();
    play.spawn({{"A", 1}});
    play.measured = 100;
    play.pass(10s);
    play.measured = 20;
    play.stop();
    Lines sent = play.everything();
    std::erase_if(sent,
                  [](const std::string& one) { return one.find("-> ") == std::string::npos; });
    return std::pair(sent, play.reported);
  };
  EXPECT_EQ(reported(recorded_options()), reported(Play::options()));
}

TEST(Recording, HasTheCommandsThatAreCarriedOutAndTheEndsOfRuns) {
  Play play(recorded_options());
  play.connect();
  play.spawn({{"A", 2}});
  play.spawn({{"A", 3}, {"B", 1}});
  play.stop();
  play.pass(1s);
  play.spawn({{"B", 1}});
  play.quit();
  play.pass(10s);
  EXPECT_THAT(commands_in(play.everything()),
              ElementsAre("command spawn A=2", "command spawn A=3 B=1", "command stop", "run ended",
                          "command spawn B=1", "command quit"));
}

TEST(Recording, AResetKeepsTheRun) {
  WorkerOptions options = recorded_options();
  options.reset_stats = true;
  Play play(options);
  play.connect();
  play.spawn({{"A", 2}});
  play.everything();
  play.spawning_complete();
  EXPECT_THAT(play.everything(), Contains(testing::HasSubstr("clear stats (keeps names)")));
}

class SecondCollectionsTest : public testing::Test {
 protected:
  std::uint64_t collect(std::optional<std::uint64_t> for_report = {}) {
    collections.on_time(true, for_report, now);
    std::uint64_t id = 0;
    for (const Action& action : actions.take()) {
      const auto& one = std::get<CollectIncrements>(action);
      EXPECT_FALSE(one.is_for_report);
      id = one.id;
    }
    return id;
  }
  void answer(std::uint64_t id, double unix_now) {
    collections.on(IncrementsCollected{.id = id, .unix_now = unix_now}, now);
  }

  ActionList actions;
  SecondCollections collections{true, actions};
  TimePoint now = TimePoint{} + 100s;
};

TEST_F(SecondCollectionsTest, FollowTheSystemClock) {
  answer(collect(), 1'000.25);
  EXPECT_EQ(collections.next_wakeup(), now + 750ms);
  now += 750ms;
  answer(collect(), 1'001.5);  // late
  EXPECT_EQ(collections.next_wakeup(), now + 1500ms) << "not after half a second or less";
}

TEST_F(SecondCollectionsTest, TakeTheAnswerForAReport) {
  EXPECT_EQ(collect(77), 0U) << "no other collection";
  answer(76, 1'000);
  EXPECT_EQ(collections.next_wakeup(), now + 1s);
  answer(77, 1'000.75);
  EXPECT_EQ(collections.next_wakeup(), now + 1250ms);
}

TEST_F(SecondCollectionsTest, AskAgainIfThereIsNoAnswer) {
  const std::uint64_t first = collect();
  EXPECT_GT(first, 0U);
  now += 999ms;
  EXPECT_EQ(collect(), 0U);
  now += 1ms;
  EXPECT_GT(collect(), first);
}

TEST_F(SecondCollectionsTest, EndWithTheRun) {
  const std::uint64_t id = collect();
  collections.on_time(false, {}, now);
  answer(id, 1'000.25);
  EXPECT_EQ(collections.next_wakeup(), TimePoint::max());
  EXPECT_GT(collect(), id) << "the next run begins at once";
}

TEST(ExceptionsTable, CountsBySite) {
  Exceptions exceptions(2);
  exceptions.add({"boom", "line 1"});
  exceptions.add({"boom", "line 2"});
  exceptions.add({"other", "line 1"});
  exceptions.add({"boom", "line 3"});
  ASSERT_EQ(exceptions.rows().size(), 2U);
  EXPECT_EQ(exceptions.rows()[0].count, 2);
  EXPECT_EQ(exceptions.rows()[0].msg, "boom");
  exceptions.clear();
  EXPECT_THAT(exceptions.rows(), IsEmpty());
}

}  // namespace
}  // namespace cppworker::runner
