#include "app/shard_thread.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <pthread.h>

#include <cppworker/locust.hpp>

#include "support/limits.hpp"

using namespace std::chrono_literals;

namespace cppworker::app {
namespace {

class Firing : public User {
 public:
  static constexpr WaitTime wait_time = constant(1000s);
  void once() {
    environment().events.request.fire({.request_type = "X", .name = "y", .response_time = 1ms});
  }
  static constexpr auto tasks() { return task_list(task<&Firing::once>()); }
};

/// Collects what shards say; a test waits for it.
class Listener final : public ShardListener {
 public:
  void send_message(std::string type, Value) override { add("message " + type); }
  void user_error(std::string msg, std::string) override { add("error " + msg); }
  void quit() override { add("quit"); }
  void stop() override { add("stop"); }
  void collected(ShardIncrement increment) override {
    {
      const std::lock_guard lock(mutex_);
      requests += std::move(increment.recording).increment().total.num_requests;
      last_epoch = increment.epoch;
      last_report_data = std::move(increment.report_data);
    }
    if (increment.collection) add("collected " + std::to_string(*increment.collection));
  }
  void happened(runner::Event event) override {
    if (const auto* reached = std::get_if<runner::ShardReached>(&event)) {
      add("reached " + std::to_string(reached->generation) + " with " +
          std::to_string(reached->user_classes_count.at("Firing")));
    } else if (const auto* stopped = std::get_if<runner::ShardStopped>(&event)) {
      add("stopped " + std::to_string(stopped->generation));
    } else if (const auto* done = std::get_if<runner::HookDone>(&event)) {
      add("hook " + std::to_string(done->id));
    }
  }

  /// Waits until the shard has said this.
  bool hears(const std::string& line) {
    std::unique_lock lock(mutex_);
    return heard_.wait_for(
        lock, 20s, [&] { return std::find(lines_.begin(), lines_.end(), line) != lines_.end(); });
  }

  [[nodiscard]] bool heard(const std::string& line) {
    const std::lock_guard lock(mutex_);
    return std::find(lines_.begin(), lines_.end(), line) != lines_.end();
  }

  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

  std::int64_t requests = 0;
  std::uint64_t last_epoch = 0;
  Value::Map last_report_data;

 private:
  void add(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    heard_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable heard_;
  std::vector<std::string> lines_;
};

ShardSetup setup_with(std::vector<detail::InitFunction> init_functions = {}) {
  return {.index = 0,
          .count = 1,
          .stack_size = 64 * 1024,
          .max_entries = 100,
          .user_classes = {&detail::kUserClass<Firing>},
          .init_functions = std::move(init_functions)};
}

TEST(ShardThread, RunsUsersAndHandsOverWhatTheyMeasured) {
  Listener listener;
  ShardThread shard(setup_with(), listener);
  shard.clear_stats(1);
  shard.set_targets({.generation = 5, .per_shard = {{{"Firing", 3}}}, .stop_timeout = {}});
  ASSERT_TRUE(listener.hears("reached 5 with 3"));
  shard.stop_users({.generation = 6, .stop_timeout = 10s});
  ASSERT_TRUE(listener.hears("stopped 6"));
  EXPECT_EQ(listener.requests, 3);
  EXPECT_EQ(listener.last_epoch, 1U);
}

TEST(ShardThread, ThrowsWhatKeepsItFromStarting) {
  Listener listener;
  for (const std::size_t files : {0U, 1U, 2U}) {  // an epoll and two eventfds
    const FewFiles limit(files);
    EXPECT_THROW(ShardThread(setup_with(), listener), std::system_error);
  }
  const NoMoreThreads limit;
  EXPECT_THROW(ShardThread(setup_with(), listener), std::system_error);
}

TEST(ShardThread, GoesOnWithoutMemoryForTheStackOfAHook) {
  Listener listener;
  ShardSetup setup = setup_with();
  setup.stack_size = std::size_t{1} << 45;  // 64 do not fit into the address space
  ShardThread shard(std::move(setup), listener);
  shard.run_hook({.id = 3, .hook = runner::Hook::kTestStart});
  shard.collect({.id = 1});
  EXPECT_TRUE(listener.hears("collected 1"));
  EXPECT_FALSE(listener.heard("hook 3"));
}

TEST(ShardThread, AnswersACollectionWithItsIncrement) {
  Listener listener;
  ShardThread shard(setup_with(), listener);
  shard.set_targets({.generation = 1, .per_shard = {{{"Firing", 2}}}, .stop_timeout = {}});
  ASSERT_TRUE(listener.hears("reached 1 with 2"));
  shard.collect({.id = 1});
  ASSERT_TRUE(listener.hears("collected 1"));
  shard.collect({.id = 2});
  ASSERT_TRUE(listener.hears("collected 2"));
  EXPECT_EQ(listener.requests, 2);  // each request in exactly one of them
}

TEST(ShardThread, FiresReportToMasterOnlyForReports) {
  static int fired;
  fired = 0;
  const detail::InitFunction init = [](Environment& environment) {
    environment.events.report_to_master.add_listener([](const ReportToMasterEvent&) { ++fired; });
  };
  Listener listener;
  ShardThread shard(setup_with({init}), listener);
  shard.collect({.id = 1, .is_for_report = false});
  ASSERT_TRUE(listener.hears("collected 1"));
  EXPECT_EQ(fired, 0);
  shard.collect({.id = 2});
  ASSERT_TRUE(listener.hears("collected 2"));
  EXPECT_EQ(fired, 1);
}

TEST(ShardThread, HooksRunAsCoroutinesAndMessagesReachTheirListeners) {
  static std::string order;
  order.clear();
  const detail::InitFunction init = [](Environment& environment) {
    environment.events.test_start.add_listener([](const EnvironmentEvent&) {
      sleep_for(1ms);  // would not be possible outside a coroutine
      order += "start ";
    });
    environment.runner.register_message("greet", [](Environment& e, const Message& message) {
      e.runner.send_message(*message.data.as_string());
    });
  };
  Listener listener;
  ShardThread shard(setup_with({init}), listener);
  shard.run_hook({.id = 9, .hook = runner::Hook::kTestStart});
  ASSERT_TRUE(listener.hears("hook 9"));
  EXPECT_EQ(order, "start ");
  shard.deliver({"greet", Value("hello")});
  EXPECT_TRUE(listener.hears("message hello"));
  shard.deliver({"nobody registered this", Value()});
  shard.collect({.id = 1});
  EXPECT_TRUE(listener.hears("collected 1"));
}

TEST(ShardThread, IsNamedForTopPerfAndGdb) {
  static std::array<char, 16> name;
  name = {};
  const detail::InitFunction init = [](Environment&) {
    pthread_getname_np(pthread_self(), name.data(), name.size());
  };
  Listener listener;
  ShardSetup setup = setup_with({init});
  setup.index = 3;
  setup.count = 4;
  const ShardThread shard(std::move(setup), listener);
  EXPECT_STREQ(name.data(), "shard-3");
}

TEST(ShardThread, UsageGoesToItsListeners) {
  const detail::InitFunction init = [](Environment& environment) {
    environment.events.usage_monitor.add_listener([](const UsageMonitorEvent& event) {
      event.environment.runner.send_message("usage " +
                                            std::to_string(std::lround(event.cpu_usage)) + " " +
                                            std::to_string(event.memory_usage));
    });
    environment.events.cpu_warning.add_listener([](const CpuWarningEvent& event) {
      event.environment.runner.send_message("warning " +
                                            std::to_string(std::lround(event.cpu_usage)));
    });
  };
  Listener listener;
  ShardThread shard(setup_with({init}), listener);
  shard.fire_usage(12, 4096, false);
  ASSERT_TRUE(listener.hears("message usage 12 4096"));
  EXPECT_FALSE(listener.heard("message warning 12"));
  shard.fire_usage(95, 4097, true);
  EXPECT_TRUE(listener.hears("message warning 95"));
  EXPECT_TRUE(listener.hears("message usage 95 4097"));
}

TEST(ShardThread, ReportToMasterAddsToTheIncrement) {
  const detail::InitFunction init = [](Environment& environment) {
    environment.events.report_to_master.add_listener([](const ReportToMasterEvent& event) {
      sleep_for(1ms);  // a coroutine
      event.data.emplace_back("by", event.client_id);
    });
  };
  Listener listener;
  ShardSetup setup = setup_with({init});
  setup.client_id = "me_123";
  ShardThread shard(std::move(setup), listener);
  shard.collect({.id = 1});
  ASSERT_TRUE(listener.hears("collected 1"));
  EXPECT_EQ(listener.last_report_data, (Value::Map{{"by", "me_123"}}));
}

TEST(ShardThread, QuitRunsItsListenersAndEndsTheThread) {
  const detail::InitFunction init = [](Environment& environment) {
    environment.events.quit.add_listener([&environment](const QuitEvent& event) {
      sleep_for(1ms);
      environment.runner.send_message("quit " + std::to_string(event.exit_code));
    });
  };
  Listener listener;
  ShardThread shard(setup_with({init}), listener);
  shard.quit(3);
  EXPECT_TRUE(listener.hears("message quit 3"));
  EXPECT_TRUE(shard.wait_stopped(std::chrono::steady_clock::now() + 20s));
}

TEST(ShardThread, MessagesAreHandledOneAfterTheOtherUnlessConcurrent) {
  const detail::InitFunction init = [](Environment& environment) {
    const auto slow = [](Environment& e, const Message& message) {
      const std::string name = *message.data.as_string();
      e.runner.send_message(name + " begins");
      sleep_for(5ms);
      e.runner.send_message(name + " ends");
    };
    environment.runner.register_message("in turn", slow);
    environment.runner.register_message("at once", slow, true);
  };
  Listener listener;
  ShardThread shard(setup_with({init}), listener);
  shard.deliver({"in turn", Value("a")});
  shard.deliver({"in turn", Value("b")});
  ASSERT_TRUE(listener.hears("message b ends"));
  EXPECT_EQ(listener.lines(), (std::vector<std::string>{"message a begins", "message a ends",
                                                        "message b begins", "message b ends"}));
  shard.deliver({"at once", Value("c")});
  shard.deliver({"at once", Value("d")});
  ASSERT_TRUE(listener.hears("message d ends"));
  EXPECT_EQ(listener.lines().at(5), "message d begins");
}

TEST(ShardThread, UserCodeReadsItsOwnStatistics) {
  const detail::InitFunction init = [](Environment& environment) {
    environment.runner.register_message("total", [](Environment& e, const Message&) {
      e.events.request.fire({.request_type = "X", .name = "y", .response_time = 4ms});
      e.events.request.fire({.request_type = "X", .name = "y", .exception = "late"});
      const StatsTotal total = e.stats_total();
      e.runner.send_message(std::to_string(total.num_requests) + " " +
                            std::to_string(total.fail_ratio()) + " " +
                            std::to_string(total.avg_response_time));
    });
  };
  Listener listener;
  ShardThread shard(setup_with({init}), listener);
  shard.deliver({"total", {}});
  EXPECT_TRUE(listener.hears("message 2 0.500000 4.000000"));
}

TEST(ShardThread, TestStartSeesTheHostOfItsOwnRun) {
  const detail::InitFunction init = [](Environment& environment) {
    environment.events.test_start.add_listener([](const EnvironmentEvent& event) {
      event.environment.runner.send_message("started on " + event.environment.host());
    });
  };
  Listener listener;
  ShardThread shard(setup_with({init}), listener);
  shard.set_environment({.host = "http://first", .parsed_options = {}});
  shard.run_hook({.id = 1, .hook = runner::Hook::kTestStart});
  EXPECT_TRUE(listener.hears("message started on http://first"));
  shard.set_environment({.host = "http://second", .parsed_options = {}});
  shard.run_hook({.id = 2, .hook = runner::Hook::kTestStart});
  EXPECT_TRUE(listener.hears("message started on http://second"));
}

TEST(ShardThread, AHookThatThrowsSomethingOddStillAnswers) {
  const detail::InitFunction init = [](Environment& environment) {
    environment.events.test_stop.add_listener([](const EnvironmentEvent&) { throw 42; });
  };
  Listener listener;
  ShardThread shard(setup_with({init}), listener);
  shard.run_hook({.id = 3, .hook = runner::Hook::kTestStop});
  EXPECT_TRUE(listener.hears("hook 3"));
}

TEST(ShardThread, AnInitFunctionThatThrowsIsAnErrorOfTheStart) {
  Listener listener;
  const detail::InitFunction init = [](Environment&) { throw std::runtime_error("no database"); };
  try {
    ShardThread shard(setup_with({init}), listener);
    FAIL() << "the constructor must throw";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("no database"), std::string::npos);
  }
}

TEST(ShardThread, ASecondListenerForAMessageIsAnErrorOfTheStart) {
  Listener listener;
  const detail::InitFunction init = [](Environment& environment) {
    environment.runner.register_message("greet", [](Environment&, const Message&) {});
    environment.runner.register_message("greet", [](Environment&, const Message&) {});
  };
  try {
    ShardThread shard(setup_with({init}), listener);
    FAIL() << "the constructor must throw";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("greet, but it already had a listener!"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace cppworker::app
