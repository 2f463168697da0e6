#include <cmath>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <cppworker/fast_http_user.hpp>

#include "unit/user/population_fixture.hpp"

using namespace std::chrono_literals;

namespace cppworker {
namespace {

class Pinger : public User {
 public:
  static constexpr WaitTime wait_time = constant(2s);
  void ping() { PopulationTest::log.emplace_back("ping"); }
  static constexpr auto tasks() { return task_list(task<&Pinger::ping>()); }
};

TEST_F(PopulationTest, WaitsAfterEachTask) {
  make_population<Pinger>();
  set_targets({{"Pinger", 1}});
  run_for(9s);
  EXPECT_EQ(count_of("ping"), 5);  // at 0, 2, 4, 6 and 8 s
}

std::vector<coro::TimePoint> times;

class Between : public User {
 public:
  static constexpr WaitTime wait_time = between(1s, 3s);
  void ping() { times.push_back(detail::clock_now()); }
  static constexpr auto tasks() { return task_list(task<&Between::ping>()); }
};

TEST_F(PopulationTest, WaitsBetweenTheBounds) {
  times.clear();
  make_population<Between>();
  set_targets({{"Between", 1}});
  run_for(4000s);
  ASSERT_GT(times.size(), 1500U);
  double sum = 0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const Seconds wait = times[i] - times[i - 1];
    EXPECT_GE(wait, 1s);
    EXPECT_LE(wait, 3001ms);
    sum += wait.count();
  }
  EXPECT_NEAR(sum / static_cast<double>(times.size() - 1), 2.0, 0.1);
}

class Weighted : public User {
 public:
  static constexpr WaitTime wait_time = constant(1s);
  void rare() { PopulationTest::log.emplace_back("rare"); }
  void often() { PopulationTest::log.emplace_back("often"); }
  static constexpr auto tasks() {
    return task_list(task<&Weighted::rare>(), task<&Weighted::often>({.weight = 3}));
  }
};

TEST_F(PopulationTest, PicksTasksByWeight) {
  make_population<Weighted>();
  set_targets({{"Weighted", 10}});
  run_for(2000s);
  const double share = static_cast<double>(count_of("rare")) / static_cast<double>(log.size());
  EXPECT_NEAR(share, 0.25, 5 * std::sqrt(0.25 * 0.75 / 20'000));
}

class Busy : public User {
 public:
  void spin() { PopulationTest::log.emplace_back("spin"); }
  static constexpr auto tasks() { return task_list(task<&Busy::spin>()); }
};

class Counter : public User {
 public:
  void three() {
    PopulationTest::log.emplace_back("count");
    if (PopulationTest::log.size() > 100) {
      coro::Scheduler::current()->stop();
    }
  }
  static constexpr auto tasks() { return task_list(task<&Counter::three>()); }
};

TEST_F(PopulationTest, WithoutAWaitOthersStillRun) {
  make_population<Busy, Counter>();
  set_targets({{"Busy", 1}, {"Counter", 1}});
  scheduler.run();
  EXPECT_NEAR(static_cast<double>(count_of("count")), static_cast<double>(count_of("spin")), 3);
}

class Thrower : public User {
 public:
  static constexpr WaitTime wait_time = constant(1s);
  void boom() { throw std::runtime_error("no such item"); }
  static constexpr auto tasks() { return task_list(task<&Thrower::boom>()); }
};

TEST_F(PopulationTest, AnExceptionInATaskIsReportedAndTheUserGoesOn) {
  make_population<Thrower>();
  int events = 0;
  environment.events.user_error.add_listener([&](const UserErrorEvent& event) {
    ++events;
    EXPECT_EQ(event.exception, "std::runtime_error: no such item");
  });
  set_targets({{"Thrower", 1}});
  run_for(2500ms);
  ASSERT_EQ(user_errors.size(), 3U);
  EXPECT_EQ(events, 3);
  EXPECT_EQ(user_errors[0].first, "std::runtime_error: no such item");
  EXPECT_EQ(user_errors[0].second, "  in Thrower.boom\n    std::runtime_error\n");
  EXPECT_EQ(user_errors[0], user_errors[2]);
  EXPECT_EQ(population->counts().at("Thrower"), 1);
}

class BadStart : public User {
 public:
  void on_start() override { throw std::logic_error("no login"); }
  void on_stop() override { PopulationTest::log.emplace_back("stop"); }
  void never() { PopulationTest::log.emplace_back("task"); }
  static constexpr auto tasks() { return task_list(task<&BadStart::never>()); }
};

TEST_F(PopulationTest, AnExceptionInOnStartEndsTheUserWithoutOnStop) {
  make_population<BadStart>();
  set_targets({{"BadStart", 1}});
  run_for(1s);
  EXPECT_TRUE(log.empty());
  ASSERT_EQ(user_errors.size(), 1U);
  EXPECT_EQ(user_errors[0].second, "  in BadStart.on_start\n    std::logic_error\n");
  EXPECT_EQ(population->counts().at("BadStart"), 0);
  EXPECT_EQ(changes, 1);
}

class Constructed : public User {
 public:
  Constructed() {
    PopulationTest::log.emplace_back(std::string(base_host()));
    sleep_for(1s);  // others are created meanwhile
    environment().events.request.fire({.request_type = "A", .name = "made"});
    if (fails) {
      throw std::logic_error("no client");
    }
  }
  void on_stop() override { PopulationTest::log.emplace_back("stop"); }
  void go() { PopulationTest::log.emplace_back("task"); }
  static constexpr std::string_view host = "http://of-the-class";
  static constexpr WaitTime wait_time = constant(10s);
  static constexpr auto tasks() { return task_list(task<&Constructed::go>()); }
  static inline bool fails = false;
};

TEST_F(PopulationTest, AConstructorHasWhatTheUserOffers) {
  Constructed::fails = false;
  make_population<Constructed>();
  set_targets({{"Constructed", 2}});
  run_for(2s);
  EXPECT_EQ(log, (std::vector<std::string>{"http://of-the-class", "http://of-the-class", "task",
                                           "task"}));
  EXPECT_TRUE(user_errors.empty());
}

TEST_F(PopulationTest, AnExceptionInAConstructorEndsTheUser) {
  Constructed::fails = true;
  make_population<Constructed>();
  set_targets({{"Constructed", 1}});
  run_for(2s);
  ASSERT_EQ(user_errors.size(), 1U);
  EXPECT_EQ(user_errors[0].second, "  in Constructed.constructor\n    std::logic_error\n");
  EXPECT_EQ(population->counts().at("Constructed"), 0);
  EXPECT_EQ(log, (std::vector<std::string>{"http://of-the-class"}));
}

TEST_F(PopulationTest, AUserStoppedInItsConstructorEndsWithoutATask) {
  Constructed::fails = false;
  make_population<Constructed>();
  set_targets({{"Constructed", 1}});
  run_for(500ms);
  set_targets({{"Constructed", 0}});
  run_for(2s);
  EXPECT_EQ(population->counts().at("Constructed"), 0);
  EXPECT_EQ(log, (std::vector<std::string>{"http://of-the-class"}));
}

/// Its constructor runs before User's. Other users are created meanwhile.
struct SuspendingBase {
  SuspendingBase() { sleep_for(1s); }
};

template <int number>
class After : public SuspendingBase, public User {
 public:
  After() { PopulationTest::log.emplace_back(std::string(base_host())); }
  void go() { PopulationTest::log.emplace_back(std::string(base_host())); }
  static constexpr std::string_view host = number == 1 ? "one" : "two";
  static constexpr WaitTime wait_time = constant(10s);
  static constexpr auto tasks() { return task_list(task<&After::go>()); }
};
class First : public After<1> {};
class Second : public After<2> {};

TEST_F(PopulationTest, EachUserHasItsOwnHostWhenConstructorsSuspendBeforeUser) {
  make_population<First, Second>();
  set_targets({{"First", 2}, {"Second", 2}});
  run_for(2s);
  EXPECT_THAT(
      log, testing::UnorderedElementsAre("one", "one", "two", "two", "one", "one", "two", "two"));
}

class Configured : public FastHttpUser {
 public:
  Configured() { note(); }
  void note() {
    PopulationTest::log.emplace_back(client().headers["X-Tenant"]);
    PopulationTest::log.emplace_back(std::to_string(client().max_redirects));
  }
  static constexpr std::string_view host = "http://127.0.0.1:1";
  static constexpr int max_redirects = 7;
  inline static const Headers default_headers{{"X-Tenant", "42"}};
  static constexpr WaitTime wait_time = constant(10s);
  static constexpr auto tasks() { return task_list(task<&Configured::note>()); }
};

TEST_F(PopulationTest, AnHttpClientMadeInAConstructorHasTheClassesSettings) {
  make_population<Configured>();
  set_targets({{"Configured", 1}});
  run_for(1s);
  EXPECT_EQ(log, (std::vector<std::string>{"42", "7", "42", "7"}));
}

class WaitingInConstructor : public User {
 public:
  WaitingInConstructor() { wait(); }
  void never() {}
  static constexpr auto tasks() { return task_list(task<&WaitingInConstructor::never>()); }
};

TEST_F(PopulationTest, AConstructorHasNoWaitTime) {
  make_population<WaitingInConstructor>();
  set_targets({{"WaitingInConstructor", 1}});
  run_for(1s);
  ASSERT_EQ(user_errors.size(), 1U);
  EXPECT_THAT(user_errors[0].first, testing::HasSubstr("wait() can't be called in a constructor"));
}

class Quitter : public User {
 public:
  void on_start() override { throw StopUser{}; }
  void on_stop() override { PopulationTest::log.emplace_back("stop"); }
  void never() { PopulationTest::log.emplace_back("task"); }
  static constexpr auto tasks() { return task_list(task<&Quitter::never>()); }
};

TEST_F(PopulationTest, StopUserInOnStartEndsTheUserWithOnStop) {
  make_population<Quitter>();
  set_targets({{"Quitter", 1}});
  run_for(1s);
  EXPECT_EQ(log, (std::vector<std::string>{"stop"}));
}

class Impatient : public User {
 public:
  static constexpr WaitTime wait_time = constant(10s);
  void twice() {
    PopulationTest::log.emplace_back("run");
    if (PopulationTest::log.size() % 2 == 1) {
      throw RescheduleTaskImmediately{};
    }
    throw RescheduleTask{};
  }
  static constexpr auto tasks() { return task_list(task<&Impatient::twice>()); }
};

TEST_F(PopulationTest, RescheduleTaskImmediatelySkipsTheWait) {
  make_population<Impatient>();
  set_targets({{"Impatient", 1}});
  run_for(15s);
  EXPECT_EQ(log.size(), 4U);  // two at 0 s, two at 10 s
}

class Firing : public User {
 public:
  void fire_it() {
    environment().events.request.fire({.request_type = "X", .name = "y", .response_time = 3ms});
    PopulationTest::log.emplace_back("after");
  }
  static constexpr auto tasks() { return task_list(task<&Firing::fire_it>()); }
};

TEST_F(PopulationTest, ARequestListenersStopUserEndsTheUser) {
  make_population<Firing>();
  environment.events.request.add_listener([](const RequestEvent&) { throw StopUser{}; });
  set_targets({{"Firing", 1}});
  run_for(1s);
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(population->counts().at("Firing"), 0);
  const stats::StatsIncrement increment = shard.stats.take_increment(0);
  EXPECT_EQ(increment.total.num_requests, 1);  // it was counted before the listener ran
  EXPECT_EQ(increment.total.total_response_time, 3.0);
}

class Guarded : public User {
 public:
  void work() {
    struct Cleanup {
      ~Cleanup() {
        sleep_for(5s);  // fails at once: an exception is unwinding
        PopulationTest::log.emplace_back("cleaned");
      }
    } cleanup;
    sleep_for(100s);
  }
  static constexpr auto tasks() { return task_list(task<&Guarded::work>()); }
};

TEST_F(PopulationTest, ADestructorThatWaitsWhileTheUserIsKilledDoesNotEndTheProcess) {
  make_population<Guarded>();
  set_targets({{"Guarded", 1}});
  run_for(1s);
  stop_all();
  const auto asked = clock.now();
  run_for(10s);
  EXPECT_EQ(log, (std::vector<std::string>{"cleaned"}));
  EXPECT_EQ(settled_at.back(), asked);
}

class Failing : public User {
 public:
  void fail() {
    PopulationTest::log.emplace_back("task");
    throw std::runtime_error("no");
  }
  static constexpr auto tasks() { return task_list(task<&Failing::fail>()); }
};

TEST_F(PopulationTest, ControlFlowOutOfAListenerOfUserErrorEndsTheUserOnly) {
  environment.events.user_error.add_listener(
      [](const UserErrorEvent&) { throw InterruptTaskSet{}; });
  make_population<Failing>();
  set_targets({{"Failing", 2}});
  run_for(1s);
  EXPECT_EQ(log, (std::vector<std::string>{"task", "task"}));
  EXPECT_EQ(population->counts().at("Failing"), 0);
}

class Talkative : public User {
 public:
  static constexpr WaitTime wait_time = constant(1h);
  void fail() { throw std::runtime_error(std::string(1'000'000, 'x')); }
  static constexpr auto tasks() { return task_list(task<&Talkative::fail>()); }
};

TEST_F(PopulationTest, ALongExceptionTextIsShortenedInTheLog) {
  std::ostringstream output;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(output)));
  make_population<Talkative>();
  set_targets({{"Talkative", 1}});
  run_for(1s);
  spdlog::set_default_logger(before);
  EXPECT_THAT(output.str(), testing::HasSubstr("xx… (1000020 characters)\n  in Talkative.fail"));
  EXPECT_LT(output.str().size(), 9000U);
}

}  // namespace
}  // namespace cppworker
