// Simulates runs of a whole worker: see docs/RELIABILITY.md.

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "planted.hpp"
#include "process.hpp"
#include "run.hpp"

namespace {

using cppworker::simulation::Result;

std::atomic<std::uint64_t> seed_now{0};

/// A failed CHECK ends the process: name the seed.
extern "C" void name_the_seed(int signal) {
  char text[64];  // NOLINT(cppcoreguidelines-avoid-c-arrays)
  const int length = std::snprintf(text, sizeof text, "The seed was %llu.\n",
                                   static_cast<unsigned long long>(seed_now.load()));
  [[maybe_unused]] const auto written =
      ::write(STDERR_FILENO, text, static_cast<std::size_t>(length));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void print(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) fmt::print("{}\n", line);
}

/// Returns whether the run was good.
bool show(const Result& result, const std::string& name) {
  print(result.transcript);
  for (const std::string& failure : result.failures) fmt::print("{}{}\n", name, failure);
  return result.failures.empty();
}

/// Likewise, after the run with this seed.
bool show(std::uint64_t seed) {
  return show(cppworker::simulation::simulate(seed, true), fmt::format("seed {}: ", seed));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Simulates runs of a whole worker, each with the faults that its seed chooses."};
  std::string seeds = "1..1000";
  std::uint64_t seed = 0;
  bool transcript = false;
  std::size_t most_failures = 1;
  app.add_option("--seeds", seeds, "the first and the last seed, as in 1..10000");
  app.add_option("--seed", seed, "simulate this seed only");
  app.add_flag("--transcript", transcript, "print what happens in the run of --seed");
  app.add_option("--failures", most_failures, "stop after so many seeds have failed");
  std::string planted;
  app.add_option("--planted", planted, "activate a planted bug (simulate_planted only)");
  bool blocked_shard = false;
  app.add_flag("--blocked-shard", blocked_shard, "simulate a shard that is blocked for 30 s");
  CLI11_PARSE(app, argc, argv);
  cppworker::simulation::plant(planted);
  std::signal(SIGABRT, name_the_seed);
  cppworker::simulation::log_to_processes();

  if (blocked_shard) return show(cppworker::simulation::simulate_blocked_shard(), "") ? 0 : 1;

  std::uint64_t first = seed;
  std::uint64_t last = seed;
  if (seed == 0) {
    const std::size_t dots = seeds.find("..");
    if (dots == std::string::npos) {
      fmt::print(stderr, "--seeds: expected FIRST..LAST, as in 1..10000\n");
      return 2;
    }
    first = std::strtoull(seeds.c_str(), nullptr, 10);
    last = std::strtoull(seeds.c_str() + dots + 2, nullptr, 10);
  }
  if (seed != 0 && transcript) {
    seed_now = seed;
    return show(seed) ? 0 : 1;
  }
  std::int64_t requests = 0;
  std::int64_t lost = 0;
  double seconds = 0;
  std::size_t failed = 0;
  const auto began = std::chrono::steady_clock::now();
  for (seed_now = first; seed_now <= last; ++seed_now) {
    const Result result = cppworker::simulation::simulate(seed_now, false);
    requests += result.requests;
    lost += result.lost;
    seconds += result.seconds;
    if (result.failures.empty()) continue;
    if (failed == 0)
      show(seed_now);  // the same run again
    else
      fmt::print("seed {}: {}\n", seed_now.load(), result.failures.front());
    if (++failed >= most_failures) break;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  fmt::print(
      "{} seeds, {} failed: {} requests, {} of them lost and logged, in {:.0f} simulated hours; "
      "{:.1f} s\n",
      last - first + 1, failed, requests, lost, seconds / 3600, took.count());
  return failed == 0 ? 0 : 1;
}
