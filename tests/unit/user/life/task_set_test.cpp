#include <stdexcept>

#include "unit/user/population_fixture.hpp"

using namespace std::chrono_literals;

namespace cppworker {
namespace {

using Lines = std::vector<std::string>;

void note(std::string line) { PopulationTest::log.push_back(std::move(line)); }

/// Enters a set whose second task leaves it.
class Visitor : public User {
 public:
  static constexpr WaitTime wait_time = constant(10s);

  struct Visit : SequentialTaskSet<Visitor> {
    using SequentialTaskSet::SequentialTaskSet;
    static constexpr WaitTime wait_time = constant(2s);
    void on_start() override { note("in"); }
    void on_stop() override { note("out"); }
    void first() { note("first of " + user().name + " and " + parent().name); }
    void last() {
      note("last");
      interrupt(user().reschedule);
    }
    static constexpr auto tasks() {
      return task_list(task<&Visit::first>({.weight = 2}), task<&Visit::last>());
    }
  };

  void on_stop() override { note("stopped"); }
  std::string name = "Ann";
  bool reschedule = true;
  static constexpr auto tasks() { return task_list(task<Visit>()); }
};

class TaskSetTest : public PopulationTest {};

TEST_F(TaskSetTest, WorksInTheSetWithItsOwnWaitUntilInterruptAndGoesOnAtOnce) {
  make_population<Visitor>();
  set_targets({{"Visitor", 1}});
  run_for(4500ms);  // first at 0 and 2 s, last at 4 s, the next visit at once
  EXPECT_EQ(log, (Lines{"in", "first of Ann and Ann", "first of Ann and Ann", "last", "out", "in",
                        "first of Ann and Ann"}));
}

class SlowVisitor : public Visitor {
 public:
  SlowVisitor() { reschedule = false; }
};

TEST_F(TaskSetTest, InterruptWithoutRescheduleWaitsAsTheParentDoes) {
  make_population<SlowVisitor>();  // its tasks() and their TaskSet are inherited
  set_targets({{"SlowVisitor", 1}});
  run_for(13900ms);
  EXPECT_EQ(log.size(), 5U);  // in, first, first, last, out
  run_for(200ms);
  EXPECT_EQ(log.size(), 7U);
}

TEST_F(TaskSetTest, AUserThatWaitsInASetStopsFromTheInsideOut) {
  make_population<Visitor>();
  set_targets({{"Visitor", 1}});
  run_for(1s);
  EXPECT_EQ(scheduler.alive(), 0U);  // no stack is held while it waits
  stop_all(30s);
  run_for(1ms);
  EXPECT_EQ(log, (Lines{"in", "first of Ann and Ann", "out", "stopped"}));
}

/// Three levels deep; the innermost task sleeps.
class Deep : public User {
 public:
  struct One : TaskSet<Deep> {
    struct Two : TaskSet<One> {
      void on_start() override { note("two of " + user().name + parent().name); }
      void on_stop() override {
        note("two out");
        throw std::runtime_error("not even this");
      }
      void work() {
        sleep_for(5s);
        note("worked");
      }
      static constexpr auto tasks() { return task_list(task<&Two::work>()); }
    };
    void on_stop() override { note("one out"); }
    std::string name = "-one";
    static constexpr auto tasks() { return task_list(task<Two>()); }
  };
  void on_stop() override { note("user out"); }
  std::string name = "Deep";
  static constexpr auto tasks() { return task_list(task<One>()); }
};

TEST_F(TaskSetTest, AKilledUserRunsTheOnStopOfEachSetItIsIn) {
  make_population<Deep>();
  set_targets({{"Deep", 1}});
  run_for(1s);
  stop_all();
  run_for(1ms);
  EXPECT_EQ(log, (Lines{"two of Deep-one", "two out", "one out", "user out"}));
  EXPECT_TRUE(user_errors.empty());  // what on_stop throws is logged only, as in Locust
}

TEST_F(TaskSetTest, ATaskInASetMayFinishWithinTheStopTimeout) {
  make_population<Deep>();
  set_targets({{"Deep", 1}});
  run_for(1s);
  const auto asked = clock.now();
  stop_all(30s);
  run_for(10s);
  EXPECT_EQ(log, (Lines{"two of Deep-one", "worked", "two out", "one out", "user out"}));
  EXPECT_EQ(settled_at.back(), asked + 4s);
}

/// The on_start of its nested set performs the action that the test has chosen.
class Starter : public User {
 public:
  static constexpr WaitTime wait_time = constant(1s);
  static inline std::function<void()> on_start_of_set;
  struct Set : TaskSet<Starter> {
    using TaskSet::TaskSet;
    void on_start() override { on_start_of_set(); }
    void on_stop() override { note("out"); }
    void work() { note("work"); }
    static constexpr auto tasks() { return task_list(task<&Set::work>()); }
  };
  void other() { note("other"); }
  static constexpr auto tasks() { return task_list(task<Set>()); }
};

TEST_F(TaskSetTest, AnExceptionInASetsOnStartIsATaskErrorOfTheParent) {
  Starter::on_start_of_set = [] { throw std::runtime_error("no way in"); };
  make_population<Starter>();
  set_targets({{"Starter", 1}});
  run_for(1500ms);  // at 0 and 1 s
  ASSERT_EQ(user_errors.size(), 2U);
  EXPECT_EQ(user_errors[0].second, "  in Starter.Set\n    std::runtime_error\n");
  EXPECT_TRUE(log.empty());
}

TEST_F(TaskSetTest, InterruptInASetsOnStartLeavesItWithoutOnStop) {
  Starter::on_start_of_set = [] {
    note("start");
    throw InterruptTaskSet{.reschedule = log.size() < 3};
  };
  make_population<Starter>();
  set_targets({{"Starter", 1}});
  run_for(900ms);  // twice at once, then the parent waits
  EXPECT_EQ(log, (Lines{"start", "start", "start"}));
  EXPECT_TRUE(user_errors.empty());
}

TEST_F(TaskSetTest, StopUserInASetsOnStartEndsTheUserWithoutTheSetsOnStop) {
  Starter::on_start_of_set = [] { throw StopUser{}; };
  make_population<Starter>();
  set_targets({{"Starter", 1}});
  run_for(1s);
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(population->counts().at("Starter"), 0);
}

/// The task of its set performs the action that the test has chosen.
class Acting : public User {
 public:
  static constexpr WaitTime wait_time = constant(10s);
  static inline std::function<void()> act;
  struct Set : TaskSet<Acting> {
    static constexpr WaitTime wait_time = constant(1s);
    void on_stop() override { note("out"); }
    void work() {
      note("work");
      act();
    }
    static constexpr auto tasks() { return task_list(task<&Set::work>()); }
  };
  void on_stop() override { note("user out"); }
  static constexpr auto tasks() { return task_list(task<Set>()); }
};

TEST_F(TaskSetTest, AnExceptionInASetsTaskIsReportedAndTheSetGoesOn) {
  Acting::act = [] { throw std::out_of_range("7"); };
  make_population<Acting>();
  set_targets({{"Acting", 1}});
  run_for(2500ms);
  EXPECT_EQ(log, (Lines{"work", "work", "work"}));
  ASSERT_EQ(user_errors.size(), 3U);
  EXPECT_EQ(user_errors[0].first, "std::out_of_range: 7");
  EXPECT_EQ(user_errors[0].second, "  in Acting.Set.work\n    std::out_of_range\n");
  stop_all();
  run_for(1ms);
  EXPECT_EQ(count_of("out"), 1);  // also after a failed task
}

TEST_F(TaskSetTest, StopUserAndStopTestInASetsTaskEndTheUserWithEveryOnStop) {
  Acting::act = [] { throw StopUser{}; };
  make_population<Acting>();
  set_targets({{"Acting", 1}});
  run_for(1ms);
  EXPECT_EQ(log, (Lines{"work", "out", "user out"}));
  Acting::act = [] { throw StopTest{"enough"}; };
  set_targets({{"Acting", 1}});
  run_for(1ms);
  EXPECT_EQ(log, (Lines{"work", "out", "user out", "work", "out", "user out"}));
  EXPECT_TRUE(user_errors.empty());
}

TEST_F(TaskSetTest, RescheduleTaskWaitsAndRescheduleTaskImmediatelyDoesNot) {
  Acting::act = [] {
    if (log.size() % 2 == 1) {
      throw RescheduleTaskImmediately{};
    }
    throw RescheduleTask{};
  };
  make_population<Acting>();
  set_targets({{"Acting", 1}});
  run_for(1500ms);
  EXPECT_EQ(log.size(), 4U);  // two at 0 s, two at 1 s
}

class Interrupter : public User {
 public:
  void on_stop() override { note("user out"); }
  void leave() { throw InterruptTaskSet{}; }
  static constexpr auto tasks() { return task_list(task<&Interrupter::leave>()); }
};

TEST_F(TaskSetTest, InterruptOutsideOfASetEndsTheUserWithoutOnStop) {
  make_population<Interrupter>();
  set_targets({{"Interrupter", 1}});
  run_for(1s);
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(population->counts().at("Interrupter"), 0);
}

/// Schedules tasks by hand.
class Planner : public User {
 public:
  struct Plan : SequentialTaskSet<Planner> {
    static constexpr WaitTime wait_time = constant(1s);
    struct Detour : TaskSet<Plan> {
      void drive() {
        note("detour");
        interrupt();
      }
      static constexpr auto tasks() { return task_list(task<&Detour::drive>()); }
    };
    void a() {
      note("a");
      schedule_task(task<&Plan::c>());
      schedule_task(task<&Plan::d>());
      schedule_task(task<Detour>(), true);
    }
    void b() { note("b"); }
    void c() { note("c"); }
    void d() { note("d"); }
    static constexpr auto tasks() { return task_list(task<&Plan::a>(), task<&Plan::b>()); }
  };
  static constexpr auto tasks() { return task_list(task<Plan>()); }
};

TEST_F(TaskSetTest, ScheduledTasksComeBeforeTheNextPickAndFirstOnesBeforeThose) {
  make_population<Planner>();
  set_targets({{"Planner", 1}});
  run_for(3500ms);
  EXPECT_EQ(log, (Lines{"a", "detour", "c", "d", "b"}));
}

/// Sets that come before their user, as in Python's files. `Footer` is a task of the user and of
/// another set, and that set also schedules it.
struct Footer : TaskSet<User> {
  void read() {
    note("footer of " + std::string(user().base_host()));
    interrupt();
  }
  static constexpr auto tasks() { return task_list(task<&Footer::read>()); }
};
struct Page : SequentialTaskSet<User> {
  void read() {
    note("page");
    schedule_task(task<Footer>());
  }
  void leave() { interrupt(); }
  static constexpr auto tasks() {
    return task_list(task<&Page::read>(), task<Footer>(), task<&Page::leave>());
  }
};
class Reader : public User {
 public:
  static constexpr WaitTime wait_time = constant(1s);
  static constexpr std::string_view host = "here";
  static constexpr auto tasks() { return task_list(task<Page>()); }
};

TEST_F(TaskSetTest, ASetOfAUserCanBeListedAndScheduledByItsOtherSets) {
  make_population<Reader>();
  set_targets({{"Reader", 1}});
  run_for(1500ms);
  EXPECT_EQ(log, (Lines{"page", "footer of here", "footer of here", "page"}));
}

/// wait() inside a task.
class Pausing : public User {
 public:
  static constexpr WaitTime wait_time = constant(5s);
  void on_stop() override { note("user out"); }
  void work() {
    note("before");
    wait();
    note("after");
    sleep_for(100s);
  }
  static constexpr auto tasks() { return task_list(task<&Pausing::work>()); }
};

TEST_F(TaskSetTest, WaitInATaskTakesTheWaitTimeAndCanBeStoppedAtOnce) {
  make_population<Pausing>();
  set_targets({{"Pausing", 2}});
  run_for(4s);
  set_targets({{"Pausing", 1}}, 30s);  // it waits: no stop_timeout for it
  run_for(2s);
  EXPECT_EQ(log, (Lines{"before", "before", "user out", "after"}));
  set_targets({{"Pausing", 0}}, 30s);  // the other one sleeps in its task: it gets 30 s
  run_for(29s);
  EXPECT_EQ(count_of("user out"), 1);
  run_for(2s);
  EXPECT_EQ(count_of("user out"), 2);
}

class BadBegin : public User {
 public:
  void on_start() override { throw RescheduleTask{}; }
  void never() { note("task"); }
  static constexpr auto tasks() { return task_list(task<&BadBegin::never>()); }
};

TEST_F(TaskSetTest, RescheduleTaskInOnStartIsAnErrorThatEndsTheUser) {
  make_population<BadBegin>();
  set_targets({{"BadBegin", 1}});
  run_for(1s);
  EXPECT_TRUE(log.empty());
  ASSERT_EQ(user_errors.size(), 1U);
  EXPECT_EQ(user_errors[0].first, "an exception of type RescheduleTask");
}

class LateStarter : public User {
 public:
  void on_start() override { sleep_for(10s); }
  void on_stop() override { note("user out"); }
  void work() { note("work"); }
  static constexpr auto tasks() { return task_list(task<&LateStarter::work>()); }
};

TEST_F(TaskSetTest, AStopInOnStartLetsItFinishWithinTheStopTimeoutAndNoTaskRuns) {
  make_population<LateStarter>();
  set_targets({{"LateStarter", 1}});
  run_for(1s);
  const auto asked = clock.now();
  stop_all(30s);
  run_for(20s);
  EXPECT_EQ(log, (Lines{"user out"}));
  EXPECT_EQ(settled_at.back(), asked + 9s);
}

TEST_F(TaskSetTest, AKillInOnStartRunsOnStop) {
  make_population<LateStarter>();
  set_targets({{"LateStarter", 1}});
  run_for(1s);
  stop_all();
  run_for(1ms);
  EXPECT_EQ(log, (Lines{"user out"}));
}

TEST_F(TaskSetTest, UsersThatHaveNotStartedCountAndRunNothingWhenStopped) {
  make_population<LateStarter>();
  set_targets({{"LateStarter", 1000}});
  EXPECT_EQ(population->counts().at("LateStarter"), 1000);
  EXPECT_LT(scheduler.alive(), 500U);  // the others begin in the next turns of the loop
  set_targets({{"LateStarter", 500}});
  EXPECT_EQ(population->counts().at("LateStarter"), 500);
  run_for(1s);
  EXPECT_EQ(scheduler.alive(), 500U);
  EXPECT_TRUE(log.empty());
}

/// Declared before its users, as in Python's files.
struct Payment : TaskSet<User> {
  void pay() {
    note("pay of " + std::string(user().base_host()));
    interrupt(false);
  }
  static constexpr auto tasks() { return task_list(task<&Payment::pay>()); }
};
struct Browse : SequentialTaskSet<HttpUser> {
  void look() {
    HttpUser& browsing = user();
    note("look of " + std::string(browsing.base_host()));
    EXPECT_EQ(&browsing, &parent());
    schedule_task(task<Payment>());
  }
  struct Detail : TaskSet<Browse> {
    void zoom() {
      EXPECT_EQ(&user(), &parent().user());
      note("zoom");
      interrupt(false);
    }
    static constexpr auto tasks() { return task_list(task<&Detail::zoom>()); }
  };
  static constexpr auto tasks() {
    return task_list(task<&Browse::look>(), task<Detail>(), task<Payment>());
  }
};
class Guest : public HttpUser {
 public:
  inline static const std::string host = "http://" + std::string("guests");
  inline static const WaitTime wait_time = constant(Seconds{static_cast<double>(host.size())});
  static constexpr auto tasks() { return task_list(task<Browse>()); }
};
class Member : public HttpUser {
 public:
  static constexpr const char* host = "http://members";
  static constexpr WaitTime wait_time = constant(13s);
  static constexpr auto tasks() { return task_list(task<Browse>()); }
};

TEST_F(TaskSetTest, OfABaseClassServesSeveralUsersAndTheirSets) {
  make_population<Guest, Member>();
  set_targets({{"Guest", 1}});
  run_for(1s);
  set_targets({{"Guest", 1}, {"Member", 1}});
  run_for(40s);  // each waits 13 s: the length of Guest's host is 13
  EXPECT_EQ(log, (Lines{"look of http://guests", "look of http://members", "pay of http://guests",
                        "pay of http://members", "zoom", "zoom", "pay of http://guests",
                        "pay of http://members"}));
  EXPECT_TRUE(user_errors.empty());
}

}  // namespace
}  // namespace cppworker
