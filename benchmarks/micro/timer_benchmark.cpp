#include <cstdint>
#include <random>

#include <benchmark/benchmark.h>

#include "coro/timer_wheel.hpp"

namespace cppworker::coro {
namespace {

/// Users that wait 1 to 60 s: one comes due and is put in again.
void FireAndRearm(benchmark::State& state) {
  TimerWheel wheel;
  std::minstd_rand random(1);
  const auto wait = [&] { return TimerWheel::Tick{1'000 + random() % 59'000}; };
  for (std::int64_t id = 0; id < state.range(0); ++id) {
    wheel.put(wheel.now() + wait(), static_cast<std::uint32_t>(id));
  }
  for (auto _ : state) {
    while (wheel.due_size() == 0) {
      wheel.advance(wheel.next());
    }
    const std::uint32_t id = wheel.due().front().id;
    wheel.consume(1);
    wheel.put(wheel.now() + wait(), id);
  }
  state.counters["bytes/timer"] =
      static_cast<double>(wheel.memory()) / static_cast<double>(wheel.size());
}
BENCHMARK(FireAndRearm)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace cppworker::coro
