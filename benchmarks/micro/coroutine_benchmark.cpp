#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <benchmark/benchmark.h>

#include "coro/clock.hpp"
#include "coro/scheduler.hpp"
#include "coro/switch.hpp"

namespace cppworker::coro {
namespace {

struct Side {
  Context context;
  std::vector<std::byte> stack = std::vector<std::byte>(64 * std::size_t{1024});
  Context* loop = nullptr;
};

/// To a coroutine and back; the coroutines take turns, so many of them miss the caches.
void SwitchThereAndBack(benchmark::State& state) {
  Context loop;
  std::vector<std::unique_ptr<Side>> sides;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    auto& side = sides.emplace_back(std::make_unique<Side>());
    side->loop = &loop;
    side->context.create(
        side->stack,
        [](void* argument) {
          auto& self = *static_cast<Side*>(argument);
          while (true) {
            switch_context(self.context, *self.loop);
          }
        },
        side.get(), loop);
  }
  std::size_t next = 0;
  for (auto _ : state) {
    switch_context(loop, sides[next]->context);
    next = next + 1 == sides.size() ? 0 : next + 1;
  }
}
BENCHMARK(SwitchThereAndBack)->Arg(1)->Arg(1'000)->Arg(10'000);

/// A coroutine from spawn() to its end, on a pooled stack.
void SpawnAndFinish(benchmark::State& state) {
  VirtualClock clock;
  Scheduler scheduler(clock, {});
  constexpr int kBatch = 100;
  for (auto _ : state) {
    for (int i = 0; i < kBatch; ++i) {
      scheduler.spawn([] {});
    }
    scheduler.run_until_idle();
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(SpawnAndFinish);

}  // namespace
}  // namespace cppworker::coro
