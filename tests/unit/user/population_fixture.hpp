#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <cppworker/environment.hpp>
#include <cppworker/locust.hpp>

#include "coro/scheduler.hpp"
#include "user/life/population.hpp"
#include "user/shard.hpp"

namespace cppworker {

/// A shard with a virtual clock. Its users record what they do in `log`.
class PopulationTest : public testing::Test, private detail::ControlLink {
 public:
  static inline std::vector<std::string> log;  ///< what users did, in order; reset by each test

 protected:
  explicit PopulationTest(std::size_t stack_size = 64 * coro::kKiB)
      : scheduler(clock, options(stack_size)) {
    log.clear();
  }

  /// The population under test; made on first use.
  template <class... U>
  void make_population() {
    population.emplace(environment, detail::kUserClasses<U...>, [this] { ++changes; });
  }

  void set_targets(const detail::Population::Counts& targets, Seconds stop_timeout = Seconds{0}) {
    population->set_targets(targets, std::chrono::ceil<coro::Duration>(stop_timeout),
                            [this] { settled_at.push_back(clock.now()); });
  }
  void stop_all(Seconds stop_timeout = Seconds{0}) {
    population->stop_all(std::chrono::ceil<coro::Duration>(stop_timeout),
                         [this] { settled_at.push_back(clock.now()); });
  }
  /// Runs the shard for this virtual time.
  void run_for(Seconds duration) {
    coro::Timer end(
        scheduler, [](void* self) { static_cast<coro::Scheduler*>(self)->stop(); }, &scheduler);
    end.arm(clock.now() + std::chrono::ceil<coro::Duration>(duration));
    scheduler.run();
  }
  [[nodiscard]] static std::int64_t count_of(const std::string& line) {
    return std::count(log.begin(), log.end(), line);
  }

  coro::VirtualClock clock;
  coro::Scheduler scheduler;
  detail::Shard shard{0, 1, scheduler, *this, 1000};
  Environment environment{shard};
  std::optional<detail::Population> population;
  int changes = 0;
  std::vector<coro::TimePoint> settled_at;
  std::vector<std::pair<std::string, std::string>> user_errors;
  std::vector<std::string> slow;  ///< what has held the thread, as "Class.task"

 private:
  coro::Scheduler::Options options(std::size_t stack_size) {
    coro::Scheduler::Options options;
    options.stack_size = stack_size;
    options.on_slow = [this](coro::Label label, coro::Duration /*held*/) {
      slow.push_back(std::string(label.user_class) + "." + std::string(label.task));
    };
    options.on_parked = [this](const coro::Coroutine& coroutine) {
      population->abandon(coroutine);
    };
    return options;
  }
  void send_message(std::string, Value) override {}
  void user_error(std::string msg, std::string traceback) override {
    user_errors.emplace_back(std::move(msg), std::move(traceback));
  }
};

}  // namespace cppworker
