#include <cstdint>
#include <string>

#include <benchmark/benchmark.h>

#include "protocol/encode.hpp"
#include "stats/request_stats.hpp"

namespace cppworker::protocol {
namespace {

/// A `stats` message with so many entries of 50 response times each.
void PackStats(benchmark::State& state) {
  constexpr double kNow = 1'700'000'000;
  stats::RequestStats stats(kNow);
  for (std::int64_t name = 0; name < state.range(0); ++name) {
    for (int ms = 0; ms < 50; ++ms) {
      stats.log_request("GET", "/item/" + std::to_string(name), ms, 1024, kNow);
    }
  }
  StatsReport report;
  report.increment = stats.take_increment(kNow + 3);
  report.user_classes_count = {{"ShopUser", 1000}};
  report.user_count = 1000;
  const WorkerMessage message = report;
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::string packed = encode(message, "host_0123456789abcdef");
    bytes = packed.size();
    benchmark::DoNotOptimize(packed.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}
BENCHMARK(PackStats)->Arg(1)->Arg(100)->Arg(10'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace cppworker::protocol
