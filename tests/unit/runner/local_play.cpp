#include "local_play.hpp"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace cppworker::runner {
namespace {

const char* name(Hook hook) {
  constexpr const char* kNames[] = {"test_start", "test_stopping", "test_stop", "quitting"};
  return kNames[static_cast<int>(hook)];
}

std::string line(const CollectIncrements&) { return {}; }  // every second
std::string line(const SetTargets& a) {
  UserClassesCount sum;
  for (const auto& share : a.per_shard) {
    for (const auto& [name, count] : share) sum[name] += count;
  }
  std::string text = "users";
  for (const auto& [name, count] : sum) text += fmt::format(" {}={}", name, count);
  return text;
}
std::string line(const StopUsers&) { return "stop users"; }
std::string line(const RunHook& a) { return fmt::format("hook {}", name(a.hook)); }
std::string line(const ClearStats&) { return "clear stats"; }
std::string line(const SetEnvironment&) { return {}; }
std::string line(const SetWorkerIndex&) { return {}; }
std::string line(const FireSpawningComplete& a) {
  return fmt::format("fire spawning_complete {}", a.user_count);
}
std::string line(const DeliverMessage& a) { return "deliver " + a.message.type; }
std::string line(const TickShape&) { return {}; }
std::string line(const ReportStats& a) { return a.prints_table ? "table" : std::string(); }
std::string line(const ReportSummary&) { return "summary"; }
std::string line(const Log& a) { return a.text; }
std::string line(const Exit& a) { return fmt::format("exit {}", a.code); }

}  // namespace

LocalPlay::Lines LocalPlay::start() {
  take(runner.start(now, unix_start));
  while (!answers_.empty()) {
    LocalEvent next = std::move(answers_.front());
    answers_.pop_front();
    take(runner.handle(std::move(next), now));
  }
  return std::exchange(lines_, {});
}

void LocalPlay::feed(LocalEvent event) {
  answers_.push_back(std::move(event));
  while (!answers_.empty()) {
    LocalEvent next = std::move(answers_.front());
    answers_.pop_front();
    take(runner.handle(std::move(next), now));
    EXPECT_GE(runner.next_wakeup(), now);
  }
}

LocalPlay::Lines LocalPlay::on(LocalEvent event) {
  feed(std::move(event));
  return std::exchange(lines_, {});
}

LocalPlay::Lines LocalPlay::pass(Clock::duration duration) {
  const TimePoint end = now + duration;
  for (int ticks = 0; runner.next_wakeup() <= end; ++ticks) {
    if (ticks > 1'000'000) {
      ADD_FAILURE() << "the runner wants to be woken again and again at the same time";
      break;
    }
    now = runner.next_wakeup();
    feed(Tick{});
  }
  now = end;
  return std::exchange(lines_, {});
}

LocalPlay::Lines LocalPlay::stopped() {
  feed(ShardStopped{0, last_generation_});
  feed(ShardStopped{1, last_generation_});
  return std::exchange(lines_, {});
}

void LocalPlay::take(std::vector<LocalAction> actions) {
  for (const LocalAction& action : actions) {
    EXPECT_FALSE(code.has_value());
    const std::string text = std::visit([](const auto& a) { return line(a); }, action);
    const double seconds = std::chrono::duration<double>(now - TimePoint{}).count();
    if (!text.empty()) lines_.push_back(fmt::format("{:.2f} {}", seconds, text));
    answer_to(action);
  }
}

void LocalPlay::answer_to(const LocalAction& action) {
  if (const auto* hook = std::get_if<RunHook>(&action)) {
    last_hook = hook->id;
    if (hooks_end) answers_.emplace_back(HookDone{hook->id});
  } else if (const auto* collect = std::get_if<CollectIncrements>(&action)) {
    if (!increments_come) return;
    const double seconds = std::chrono::duration<double>(now - TimePoint{}).count();
    answers_.emplace_back(
        IncrementsCollected{.id = collect->id,
                            .increment = std::exchange(measured, {}),
                            .unix_now = unix_start == 0 ? 0 : unix_start + seconds});
  } else if (const auto* targets = std::get_if<SetTargets>(&action)) {
    last_generation_ = targets->generation;
    users = 0;
    for (std::size_t s = 0; s < targets->per_shard.size(); ++s) {
      for (const auto& [name, count] : targets->per_shard[s]) users += count;
      if (!shards_obey) continue;
      answers_.emplace_back(ShardReached{s, targets->generation, targets->per_shard[s]});
    }
  } else if (const auto* stop = std::get_if<StopUsers>(&action)) {
    last_generation_ = stop->generation;
    last_stop_timeout = stop->stop_timeout;
    users = 0;
    for (std::size_t s = 0; shards_obey && s < 2; ++s) {
      answers_.emplace_back(ShardStopped{s, stop->generation});
    }
  } else if (const auto* tick = std::get_if<TickShape>(&action)) {
    if (!shape) return;
    const double seconds = std::chrono::duration<double>(now - TimePoint{}).count();
    answers_.emplace_back(ShapeTicked{.id = tick->id, .target = shape(seconds)});
  } else if (const auto* exit = std::get_if<Exit>(&action)) {
    code = exit->code;
  }
}

LocalPlay::Lines without_times(const LocalPlay::Lines& lines) {
  LocalPlay::Lines result;
  for (const std::string& line : lines) result.push_back(line.substr(line.find(' ') + 1));
  return result;
}

}  // namespace cppworker::runner
