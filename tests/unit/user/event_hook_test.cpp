#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "unit/user/population_fixture.hpp"

using namespace std::chrono_literals;

namespace cppworker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

class EventHookTest : public PopulationTest {};

TEST_F(EventHookTest, AListenersExceptionIsNotFatalAndTheNextOneRuns) {
  EventHook<SpawningCompleteEvent> hook;
  int calls = 0;
  hook.add_listener([](const SpawningCompleteEvent&) { throw std::runtime_error("bad listener"); });
  hook.add_listener([&](const SpawningCompleteEvent&) { ++calls; });
  hook.fire({7});
  EXPECT_EQ(calls, 1);
}

TEST_F(EventHookTest, AListenerMayAddAnother) {
  EventHook<SpawningCompleteEvent> hook;
  int calls = 0;
  hook.add_listener([&](const SpawningCompleteEvent&) {
    hook.add_listener([&](const SpawningCompleteEvent&) { ++calls; });
  });
  hook.fire({});
  EXPECT_EQ(calls, 0);  // from the next time on, as in Locust
  hook.fire({});
  EXPECT_EQ(calls, 1);
}

TEST_F(EventHookTest, FiresInTheOrderOfAddingOrInReverse) {
  EventHook<SpawningCompleteEvent> hook;
  hook.fire({}, true);  // no listener yet
  for (const char* name : {"a", "b", "c"}) {
    hook.add_listener([name](const SpawningCompleteEvent&) { log.emplace_back(name); });
  }
  hook.fire({});
  hook.fire({}, true);
  EXPECT_EQ(log, (std::vector<std::string>{"a", "b", "c", "c", "b", "a"}));
}

TEST_F(EventHookTest, ARemovedListenerIsCalledNoMore) {
  EventHook<SpawningCompleteEvent> hook;
  std::string calls;
  hook.add_listener([&](const SpawningCompleteEvent&) { calls += 'a'; });
  const ListenerId b = hook.add_listener([&](const SpawningCompleteEvent&) { calls += 'b'; });
  hook.fire({});
  hook.remove_listener(b);
  hook.fire({});
  EXPECT_EQ(calls, "aba");
  EXPECT_THROW(hook.remove_listener(b), std::invalid_argument);
  EXPECT_FALSE(hook.empty());
}

TEST_F(EventHookTest, AListenerMayRemoveItselfAndTheNextOne) {
  EventHook<SpawningCompleteEvent> hook;
  std::string calls;
  ListenerId self{};
  ListenerId next{};
  self = hook.add_listener([&, captured = std::string(99, 'x')](const SpawningCompleteEvent&) {
    hook.remove_listener(self);
    hook.remove_listener(next);
    calls += captured.substr(0, 1);  // the listener is destroyed only after it has returned
  });
  next = hook.add_listener([&](const SpawningCompleteEvent&) { calls += 'y'; });
  hook.add_listener([&](const SpawningCompleteEvent&) { calls += 'z'; });
  hook.fire({});
  hook.fire({});
  EXPECT_EQ(calls, "xzz");
  EXPECT_THROW(hook.remove_listener(self), std::invalid_argument);
}

TEST_F(EventHookTest, AListenerMayThrowAnyType) {
  EventHook<SpawningCompleteEvent> hook("spawning_complete");
  int calls = 0;
  hook.add_listener([](const SpawningCompleteEvent&) { throw 42; });
  hook.add_listener([&](const SpawningCompleteEvent&) { ++calls; });
  hook.fire({});
  EXPECT_EQ(calls, 1);
}

TEST_F(EventHookTest, ControlFlowOfAListenerPasses) {
  const auto fire = [](auto thrown) {
    EventHook<SpawningCompleteEvent> hook;
    hook.add_listener([&](const SpawningCompleteEvent&) { throw thrown; });
    hook.fire({});
  };
  EXPECT_THROW(fire(StopUser{}), StopUser);
  EXPECT_THROW(fire(StopTest{}), StopTest);
  EXPECT_THROW(fire(RescheduleTask{}), RescheduleTask);
  EXPECT_THROW(fire(RescheduleTaskImmediately{}), RescheduleTaskImmediately);
  EXPECT_THROW(fire(InterruptTaskSet{}), InterruptTaskSet);
}

TEST_F(EventHookTest, MeasureRecordsTheTimeAndWhatTheBodySays) {
  environment.events.request.measure("ECHO", "ping", [&](RequestMeta& meta) {
    meta.response_length = 4;
    meta.name = "ping/renamed";
  });
  const stats::StatsIncrement increment = shard.stats.take_increment(0);
  ASSERT_EQ(increment.entries.size(), 1U);
  const stats::EntryIncrement& entry = increment.entries.begin()->second;
  EXPECT_EQ(entry.name, "ping/renamed");
  EXPECT_EQ(entry.method, "ECHO");
  EXPECT_EQ(entry.num_requests, 1);
  EXPECT_EQ(entry.num_failures, 0);
  EXPECT_EQ(entry.total_content_length, 4);
}

TEST_F(EventHookTest, MeasureTurnsAnExceptionIntoAFailureWithPythonsRepr) {
  environment.events.request.measure("ECHO", "ping",
                                     [](RequestMeta&) { throw std::runtime_error("it's gone"); });
  const stats::StatsIncrement increment = shard.stats.take_increment(0);
  ASSERT_EQ(increment.errors.size(), 1U);
  EXPECT_EQ(increment.errors.begin()->second.error, "std::runtime_error(\"it's gone\")");
  EXPECT_EQ(increment.total.num_failures, 1);
}

TEST_F(EventHookTest, MeasureTurnsAnyExceptionIntoAFailure) {
  environment.events.request.measure("ECHO", "ping", [](RequestMeta&) { throw 42; });
  environment.events.request.measure("ECHO", "ping",
                                     [](RequestMeta&) { throw KeyError("'token'"); });
  std::vector<std::string> errors;
  for (const auto& [key, error] : shard.stats.take_increment(0).errors) {
    errors.push_back(error.error);
  }
  EXPECT_THAT(errors, UnorderedElementsAre("an exception of type int", "KeyError('token')"));
}

TEST_F(EventHookTest, MeasureCountsWhatAStopCutsOffInsteadOfReportingIt) {
  coro::Coroutine& user = scheduler.spawn([&] {
    environment.events.request.measure("JOB", "takes 60 s", [](RequestMeta&) { sleep_for(60s); });
  });
  scheduler.spawn([&] {
    sleep_for(4s);
    user.request_stop();
  });
  scheduler.run_until_idle();
  EXPECT_EQ(shard.stats.take_increment(0).total.num_requests, 0);
  EXPECT_THAT(shard.cut_off_requests, ElementsAre(Pair("JOB takes 60 s", 1)));
}

TEST_F(EventHookTest, MeasureReportsNothingWhenControlFlowLeavesTheBody) {
  const auto measure = [&](auto thrown) {
    environment.events.request.measure("ECHO", "ping", [&](RequestMeta&) { throw thrown; });
  };
  EXPECT_THROW(measure(RescheduleTask{}), RescheduleTask);
  EXPECT_THROW(measure(InterruptTaskSet{}), InterruptTaskSet);
  EXPECT_THAT(shard.cut_off_requests, IsEmpty());
  EXPECT_THROW(measure(StopUser{}), StopUser);
  EXPECT_THAT(shard.cut_off_requests, ElementsAre(Pair("ECHO ping", 1)));
  EXPECT_EQ(shard.stats.take_increment(0).total.num_requests, 0);
}

TEST_F(EventHookTest, MeasureReportsAFailureThatCameBeforeTheControlFlow) {
  const auto measure = [&](auto thrown) {
    environment.events.request.measure("ECHO", "ping", [&](RequestMeta& request) {
      request.exception = "no session";
      throw thrown;
    });
  };
  EXPECT_THROW(measure(RescheduleTask{}), RescheduleTask);
  EXPECT_THROW(measure(StopUser{}), StopUser);
  const stats::StatsIncrement increment = shard.stats.take_increment(0);
  EXPECT_EQ(increment.total.num_failures, 2);
  EXPECT_EQ(increment.errors.begin()->second.error, "no session");
  EXPECT_THAT(shard.cut_off_requests, IsEmpty());
}

TEST_F(EventHookTest, MeasureReportsNoFailureOfAStoppedUserThatCannotWait) {
  struct Goodbye {
    const RequestEventHook& request;
    ~Goodbye() {
      request.measure("BYE", "bye", [](RequestMeta&) { throw UnwindingError(); });
      request.measure("LOG", "log", [](RequestMeta&) {});
    }
  };
  coro::Coroutine& user = scheduler.spawn([&] {
    const Goodbye goodbye{environment.events.request};
    sleep_for(60s);
  });
  scheduler.spawn([&] { user.request_stop(); });
  scheduler.run_until_idle();
  EXPECT_EQ(shard.stats.take_increment(0).total.num_requests, 1) << "the one that did not wait";
  EXPECT_THAT(shard.cut_off_requests, ElementsAre(Pair("BYE bye", 1)));
}

TEST_F(EventHookTest, FiringOnAnotherThreadIsRefused) {
  std::string refusal;
  std::thread([&] {
    try {
      environment.events.request.fire({.request_type = "ECHO", .name = "ping"});
    } catch (const std::logic_error& error) {
      refusal = error.what();
    }
  }).join();
  EXPECT_EQ(refusal,
            "events.request.fire() was called on a thread that is not the user's own (a "
            "std::thread, run_blocking(), start_blocking()). Call it in the user's task. Use "
            "run_blocking() only for blocking code, and use its result in the task.");
  EXPECT_EQ(shard.stats.take_increment(0).total.num_requests, 0);
}

TEST_F(EventHookTest, ARequestWithoutResponseTimeIsCountedInNoHistogram) {
  environment.events.request.fire({.request_type = "MQTT", .name = "publish"});
  const stats::StatsIncrement increment = shard.stats.take_increment(0);
  EXPECT_EQ(increment.total.num_none_requests, 1);
  EXPECT_TRUE(increment.total.response_times.empty());
}

TEST_F(EventHookTest, ListenersSeeTheArgumentsOfTheEvent) {
  std::vector<std::string> seen;
  environment.events.request.add_listener([&](const RequestEvent& event) {
    seen.emplace_back(event.request_type);
    seen.emplace_back(event.name);
    seen.push_back(event.exception.value_or("none"));
  });
  environment.events.request.add_listener([&](const RequestEvent& event) {
    if (const Value* tenant = event.context.find("tenant")) {
      seen.push_back(*tenant->as_string());
    }
  });
  environment.events.request.fire({.request_type = "GET",
                                   .name = "/",
                                   .response_time = 2ms,
                                   .exception = "timeout",
                                   .context = Value::Map{{"tenant", "Ann"}}});
  environment.events.request.measure("ECHO", "x", [](RequestMeta& meta) {
    meta.context = Value::Map{{"tenant", "Bob"}};
  });
  EXPECT_EQ(seen,
            (std::vector<std::string>{"GET", "/", "timeout", "Ann", "ECHO", "x", "none", "Bob"}));
}

}  // namespace
}  // namespace cppworker
