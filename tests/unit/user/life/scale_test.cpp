#include <malloc.h>

#include "unit/user/population_fixture.hpp"

using namespace std::chrono_literals;

namespace cppworker {
namespace {

constexpr std::int64_t kUsers = 100'000;
/// The most users that a turn of the loop may start, stop or destroy: about 100 µs of work.
constexpr int kMaxPerTurn = 2000;

class Waiter : public User {
 public:
  static inline int made = 0;
  static inline int destroyed = 0;

  static constexpr WaitTime wait_time = between(100s, 1000s);
  Waiter() { ++made; }
  ~Waiter() override { ++destroyed; }
  void nothing() {}
  static constexpr auto tasks() { return task_list(task<&Waiter::nothing>()); }
};

class Runner : public User {
 public:
  void on_stop() override { PopulationTest::log.emplace_back("stop"); }
  void forever() { sleep_for(1h); }
  static constexpr auto tasks() { return task_list(task<&Runner::forever>()); }
};

class ScaleTest : public PopulationTest {
 protected:
  ScaleTest() {
    Waiter::made = Waiter::destroyed = 0;
    scheduler.add_turn_hook([this] {
      ++turns;
      note(most_made, Waiter::made, made_before);
      note(most_destroyed, Waiter::destroyed, destroyed_before);
      if (population) {
        note(most_stopped, -static_cast<int>(users()), minus_users_before);
      }
    });
  }

  [[nodiscard]] std::int64_t users() const { return population->counts().begin()->second; }
  static void note(int& most, int now, int& before) {
    most = std::max(most, now - before);
    before = now;
  }

  int turns = 0;
  int most_made = 0;
  int most_destroyed = 0;
  int most_stopped = 0;

 private:
  int made_before = 0;
  int destroyed_before = 0;
  int minus_users_before = 0;
};

TEST_F(ScaleTest, StartingAndStoppingManyUsersLeavesRoomForOthersInBetween) {
  make_population<Waiter>();
  set_targets({{"Waiter", kUsers}});
  EXPECT_EQ(users(), kUsers);
  run_for(1s);
  EXPECT_GT(turns, kUsers / 1000);
  EXPECT_EQ(Waiter::made, kUsers);
  EXPECT_LE(most_made, kMaxPerTurn);
  EXPECT_EQ(scheduler.alive(), 0U) << "stacks are held while they wait";

  stop_all();
  EXPECT_GE(users(), kUsers - kMaxPerTurn);
  run_for(1s);
  EXPECT_EQ(users(), 0);
  EXPECT_LE(most_stopped, kMaxPerTurn);
  EXPECT_EQ(Waiter::destroyed, kUsers);
  EXPECT_LE(most_destroyed, kMaxPerTurn);
  EXPECT_EQ(settled_at.size(), 2U);
}

TEST_F(ScaleTest, ANewTargetMayComeWhileUsersAreStopping) {
  make_population<Waiter>();
  set_targets({{"Waiter", 10'000}});
  run_for(1s);
  set_targets({{"Waiter", 0}});
  set_targets({{"Waiter", 7'000}});
  run_for(1s);
  EXPECT_EQ(users(), 7'000);
  EXPECT_EQ(Waiter::made - Waiter::destroyed, 7'000);
  set_targets({{"Waiter", 5'000}});
  set_targets({{"Waiter", 1'000}});
  run_for(1s);
  EXPECT_EQ(users(), 1'000);
  EXPECT_EQ(settled_at.size(), 3U) << "a replaced target was reported as reached";
}

TEST_F(ScaleTest, ManyRunningUsersAreKilledWhenTheirStopTimeoutIsOver) {
  make_population<Runner>();
  set_targets({{"Runner", 5'000}});
  run_for(1s);
  stop_all(2s);
  const coro::TimePoint asked = clock.now();
  run_for(10s);
  EXPECT_EQ(users(), 0);
  EXPECT_EQ(count_of("stop"), 5'000);
  EXPECT_EQ(settled_at.back(), asked + 2s);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(ScaleTest, AWaitingUserTakesAtMost250BytesWithItsTimer) {
  make_population<Waiter>();
  const std::size_t before = mallinfo2().uordblks;
  set_targets({{"Waiter", kUsers}});
  run_for(1s);
  const double bytes = static_cast<double>(mallinfo2().uordblks - before) / kUsers;
  EXPECT_LT(bytes, 250);
  RecordProperty("bytes_per_user", std::to_string(bytes));
}
#endif

}  // namespace
}  // namespace cppworker
