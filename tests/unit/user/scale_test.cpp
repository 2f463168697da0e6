#include <malloc.h>

#include "population_fixture.hpp"

using namespace std::chrono_literals;

namespace cppworker {
namespace {

constexpr std::int64_t kUsers = 100'000;

class Waiter : public User {
 public:
  static constexpr WaitTime wait_time = between(100s, 1000s);
  void nothing() {}
  static constexpr auto tasks() { return task_list(task<&Waiter::nothing>()); }
};

class ScaleTest : public PopulationTest {
 protected:
  ScaleTest() {
    scheduler.add_turn_hook([this] { ++turns; });
  }
  int turns = 0;
};

TEST_F(ScaleTest, StartingAndStoppingManyUsersLeavesRoomForOthersInBetween) {
  make_population<Waiter>();
  set_targets({{"Waiter", kUsers}});
  EXPECT_EQ(population->counts().at("Waiter"), kUsers);
  run_for(1s);
  EXPECT_GT(turns, kUsers / 1000);
  EXPECT_EQ(scheduler.alive(), 0U);
  turns = 0;
  stop_all();
  run_for(1s);
  EXPECT_GT(turns, kUsers / 5000);
  EXPECT_EQ(population->counts().at("Waiter"), 0);
  EXPECT_EQ(settled_at.size(), 2U);
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
