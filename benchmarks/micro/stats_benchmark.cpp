#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "stats/request_stats.hpp"

namespace cppworker::stats {
namespace {

constexpr double kNow = 1'700'000'000;

std::vector<std::string> names(std::int64_t count) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < count; ++i) {
    names.push_back("/a/path/of/some/length/" + std::to_string(i));
  }
  return names;
}

/// Response times as of a server that mostly takes 20 to 60 ms; name and time at random.
void fill(RequestStats& stats, const std::vector<std::string>& known, int requests) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> ms(3.5, 0.7);
  for (int i = 0; i < requests; ++i) {
    stats.log_request("GET", known[random() % known.size()], ms(random), 1024, kNow + 1e-5 * i);
  }
}

void LogRequest(benchmark::State& state) {
  const auto known = names(state.range(0));
  RequestStats stats(kNow);
  fill(stats, known, 100'000);
  std::minstd_rand random(1);
  double now = kNow;
  for (auto _ : state) {
    const std::uint64_t some = random();
    stats.log_request("GET", known[some % known.size()], static_cast<double>(some % 64), 1024, now);
    now += 1e-5;
  }
}
BENCHMARK(LogRequest)->Arg(1)->Arg(100)->Arg(10'000);

// Filling takes much longer than what is measured: a few iterations are enough.

/// How long a shard stands still when it is asked for its increment.
void Take(benchmark::State& state) {
  const auto known = names(state.range(0));
  RequestStats stats(kNow);
  for (auto _ : state) {
    state.PauseTiming();
    fill(stats, known, static_cast<int>(state.range(0)) * 50);
    state.ResumeTiming();
    Recording recording = stats.take(kNow);
    benchmark::DoNotOptimize(recording);
    state.PauseTiming();
    recording = {};
    state.ResumeTiming();
  }
}
BENCHMARK(Take)->Arg(100)->Arg(10'000)->Iterations(5)->Unit(benchmark::kMicrosecond);

/// What the control thread then does with it.
void MakeAnIncrement(benchmark::State& state) {
  const auto known = names(state.range(0));
  RequestStats stats(kNow);
  for (auto _ : state) {
    state.PauseTiming();
    fill(stats, known, static_cast<int>(state.range(0)) * 50);
    Recording recording = stats.take(kNow);
    state.ResumeTiming();
    StatsIncrement increment = std::move(recording).increment();
    benchmark::DoNotOptimize(increment);
  }
}
BENCHMARK(MakeAnIncrement)->Arg(100)->Arg(10'000)->Iterations(5)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace cppworker::stats
