#include "coro/timer_wheel.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "scale.hpp"

namespace cppworker::coro {
namespace {

using Tick = TimerWheel::Tick;

std::vector<std::uint32_t> take_due(TimerWheel& wheel) {
  std::vector<std::uint32_t> ids;
  while (!wheel.due().empty()) {
    for (const TimerWheel::Entry entry : wheel.due()) {
      ids.push_back(entry.id);
    }
    wheel.consume(wheel.due().size());
  }
  return ids;
}

/// Advances from stop to stop, like a scheduler, and records when each id is due.
std::vector<std::pair<Tick, std::uint32_t>> run_to_the_end(TimerWheel& wheel) {
  std::vector<std::pair<Tick, std::uint32_t>> fired;
  for (Tick stop = wheel.next(); stop != TimerWheel::kNone; stop = wheel.next()) {
    wheel.advance(stop);
    for (const std::uint32_t id : take_due(wheel)) {
      fired.emplace_back(stop, id);
    }
  }
  return fired;
}

TEST(TimerWheel, IsEmptyAtFirst) {
  const TimerWheel wheel;
  EXPECT_EQ(wheel.next(), TimerWheel::kNone);
  EXPECT_EQ(wheel.size(), 0U);
  EXPECT_TRUE(wheel.due().empty());
}

TEST(TimerWheel, FiresInOrder) {
  TimerWheel wheel;
  const std::vector<std::pair<Tick, std::uint32_t>> expected{
      {1, 10},          {255, 11},        {256, 12},     {257, 13},
      {65'535, 14},     {65'536, 15},     {65'537, 16},  {16'777'215, 17},
      {16'777'216, 18}, {16'777'217, 19}, {1 << 30, 20},
  };
  std::for_each(expected.rbegin(), expected.rend(),  // clang++ 14 has no std::views
                [&](const auto& timer) { wheel.put(timer.first, timer.second); });
  EXPECT_EQ(run_to_the_end(wheel), expected);
  EXPECT_EQ(wheel.size(), 0U);
}

TEST(TimerWheel, KeepsTheOrderWithinATick) {
  TimerWheel wheel;
  std::vector<std::uint32_t> expected;
  for (std::uint32_t id = 0; id < 100; ++id) {  // several chunks, added first from far away
    wheel.put(70'000, id);
    expected.push_back(id);
  }
  wheel.advance(69'990);
  for (std::uint32_t id = 100; id < 200; ++id) {  // and then from nearby
    wheel.put(70'000, id);
    expected.push_back(id);
  }
  wheel.advance(70'000);
  EXPECT_EQ(take_due(wheel), expected);
}

TEST(TimerWheel, MakesThePastDueAtOnce) {
  TimerWheel wheel;
  wheel.advance(1'000);
  wheel.put(1'000, 1);
  wheel.put(3, 2);
  EXPECT_EQ(take_due(wheel), (std::vector<std::uint32_t>{1, 2}));
}

TEST(TimerWheel, IsNeverEarlyNorLateComparedWithASortedMap) {
  std::mt19937_64 random{1};
  TimerWheel wheel;
  wheel.advance((Tick{1} << 32) - 100'000);  // so that the test crosses the end of the low halves
  std::multimap<Tick, std::uint32_t> model;
  std::uint32_t next_id = 0;
  for (int step = 0; step < 20'000; ++step) {
    for (std::uint64_t i = random() % 4; i > 0; --i) {
      const Tick distance = random() % (Tick{1} << (1 + random() % 30));
      wheel.put(wheel.now() + distance, next_id);
      model.emplace(wheel.now() + distance, next_id);
      ++next_id;
    }
    const Tick target = wheel.now() + random() % (Tick{1} << (random() % 20));
    ASSERT_TRUE(model.empty() || model.begin()->first <= wheel.now() ||
                wheel.next() <= model.begin()->first);
    wheel.advance(target);
    std::multimap<Tick, std::uint32_t> expected{model.begin(), model.upper_bound(target)};
    model.erase(model.begin(), model.upper_bound(target));
    ASSERT_EQ(wheel.due_size(), expected.size());
    std::multimap<std::uint32_t, Tick> by_id;
    for (const auto& [tick, id] : expected) {
      by_id.emplace(id, tick);
    }
    for (const std::uint32_t id : take_due(wheel)) {
      ASSERT_EQ(by_id.erase(id), 1U) << "tick " << target;
    }
  }
  EXPECT_EQ(wheel.size(), model.size());
  EXPECT_GT(wheel.now(), Tick{1} << 32);
}

TEST(TimerWheel, SkipsEmptyTicksWithoutCost) {
  TimerWheel wheel;
  wheel.advance(Tick{1} << 50);  // visiting each tick would take a month
  wheel.put(wheel.now() + 5, 1);
  wheel.advance(wheel.now() + 4);
  EXPECT_TRUE(wheel.due().empty());
  wheel.advance(Tick{1} << 51);
  EXPECT_EQ(take_due(wheel), std::vector<std::uint32_t>{1});
}

TEST(TimerWheel, ReturnsTheTickOfTheNextEntry) {
  TimerWheel wheel;
  wheel.put(2'000, 1);
  int stops = 0;
  while (wheel.due().empty()) {
    ASSERT_LE(wheel.next(), 2'000U);
    wheel.advance(wheel.next());
    ++stops;
  }
  EXPECT_EQ(wheel.now(), 2'000U);
  EXPECT_LE(stops, 2);
}

TEST(TimerWheel, AcceptsNewEntriesWhileDueOnesAreRead) {
  TimerWheel wheel;
  wheel.put(1, 1);
  wheel.advance(1);
  const auto due = wheel.due();
  for (std::uint32_t id = 2; id < 100'000; ++id) {  // far more than fit into the existing chunks
    wheel.put(1, id);
  }
  EXPECT_EQ(due[0].id, 1U);
  wheel.consume(1);
  EXPECT_EQ(take_due(wheel).size(), 99'998U);
}

TEST(TimerWheel, RemovesEntriesThatAreNotKept) {
  TimerWheel wheel;
  for (std::uint32_t id = 0; id < 1'000; ++id) {
    wheel.put(1 + id * 777, id);
  }
  wheel.sweep([](TimerWheel::Entry entry) { return entry.id % 100 == 7; });
  EXPECT_EQ(wheel.size(), 10U);
  std::vector<std::uint32_t> ids;
  for (const auto& [tick, id] : run_to_the_end(wheel)) {
    EXPECT_EQ(tick, 1 + id * 777);
    ids.push_back(id);
  }
  EXPECT_EQ(ids, (std::vector<std::uint32_t>{7, 107, 207, 307, 407, 507, 607, 707, 807, 907}));
}

TEST(TimerWheel, ReusesItsMemory) {
  TimerWheel wheel;
  std::size_t memory = 0;
  for (int round = 0; round < 100; ++round) {
    for (std::uint32_t id = 0; id < 10'000; ++id) {
      wheel.put(wheel.now() + 1 + id, id);
    }
    EXPECT_EQ(run_to_the_end(wheel).size(), 10'000U);
    if (round == 1) {
      memory = wheel.memory();
    }
  }
  EXPECT_EQ(wheel.memory(), memory);
}

TEST(TimerWheel, HoldsAMillionEntriesInLittleMemory) {
  TimerWheel wheel;
  std::mt19937_64 random{1};
  for (std::uint32_t id = 0; id < kMillion; ++id) {
    wheel.put(1'000 + random() % 60'000, id);
  }
  EXPECT_LT(wheel.memory(), 10U * kMillion);
  wheel.advance(100'000);
  EXPECT_EQ(wheel.due_size(), kMillion);
}

}  // namespace
}  // namespace cppworker::coro
