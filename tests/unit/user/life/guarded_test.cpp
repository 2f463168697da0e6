#include "user/life/guarded.hpp"

#include <functional>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cppworker/exception.hpp>

#include "unit/user/population_fixture.hpp"

using namespace std::chrono_literals;

namespace cppworker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A user that waits, while its code is called from outside of its tasks.
class Waiting : public User {
 public:
  static constexpr WaitTime wait_time = constant(3600s);
  static inline Waiting* user = nullptr;

  void on_start() override { user = this; }
  void on_stop() override { PopulationTest::log.emplace_back("on_stop"); }
  void idle() {}
  static constexpr auto tasks() { return task_list(task<&Waiting::idle>()); }
};

class GuardedTest : public PopulationTest {
 protected:
  GuardedTest() : PopulationTest(512 * coro::kKiB) {
    make_population<Waiting>();
    set_targets({{"Waiting", 1}});
    run_for(1s);
  }
  /// Runs it on the scheduler's own stack.
  void call(User* user, const std::function<void()>& function) {
    scheduler.post([&] { detail::run_guarded(environment, user, "on_message", function); });
    run_for(1s);
  }
};

TEST_F(GuardedTest, AnExceptionIsReportedWithClassAndPlace) {
  call(Waiting::user, [] { throw std::runtime_error("late"); });
  ASSERT_THAT(user_errors, SizeIs(1));
  EXPECT_THAT(user_errors[0].first, HasSubstr("late"));
  EXPECT_THAT(user_errors[0].second, HasSubstr("in Waiting.on_message"));
  EXPECT_THAT(log, IsEmpty());
  call(nullptr, [] { throw std::runtime_error("later"); });
  ASSERT_THAT(user_errors, SizeIs(2));
  EXPECT_THAT(user_errors[1].second, HasSubstr("in Environment.on_message"));
}

TEST_F(GuardedTest, StopUserEndsTheUser) {
  call(Waiting::user, [] { throw StopUser{}; });
  EXPECT_THAT(log, ElementsAre("on_stop"));
  EXPECT_THAT(user_errors, IsEmpty());
}

TEST_F(GuardedTest, CodeThatHoldsTheThreadIsNamed) {
  call(Waiting::user, [this] { clock.advance(100ms); });
  EXPECT_THAT(slow, IsEmpty());
  call(Waiting::user, [this] { clock.advance(101ms); });
  EXPECT_THAT(slow, ElementsAre("Waiting.on_message"));
}

}  // namespace
}  // namespace cppworker
