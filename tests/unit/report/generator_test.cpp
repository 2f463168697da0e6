#include "report/generator.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <cppworker/json.hpp>

namespace cppworker::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using Outcome = GeneratorVerdict::Outcome;
using Range = GeneratorVerdict::Range;

constexpr std::int64_t kRunBegin = 1'700'000'000;

/// 60 s of threads with 200 wake-ups per second.
Generator steady(std::size_t threads) {
  Generator generator;
  for (std::int64_t second = kRunBegin; second < kRunBegin + 60; ++second) {
    for (std::size_t thread = 0; thread < threads; ++thread) {
      generator.add_second(0, thread, second, 200, 0);
    }
    generator.add_cpu(0, second, 1, 40);
  }
  return generator;
}

std::string text_of(const GeneratorVerdict& verdict) {
  return fmt::format("{}", fmt::join(generator_lines(verdict, kRunBegin + 0.5), "\n"));
}

TEST(Generator, IsSoundIfNoThreadIsLate) {
  Generator generator = steady(4);
  generator.add_times(0, 1, {{2'000, 60}}, 1.5);
  const GeneratorVerdict verdict = generator.verdict({});
  EXPECT_EQ(verdict.outcome, Outcome::kSound);
  EXPECT_EQ(verdict.measured_seconds, 60);
  EXPECT_EQ(
      text_of(verdict),
      "Generator: numbers are sound. At most 0.50 % of the wake-ups of a thread were late, by "
      "up to 1.5 ms.");
}

TEST(Generator, NamesTheLateThreadsAndSeconds) {
  Generator generator = steady(4);
  for (std::int64_t second = kRunBegin + 20; second < kRunBegin + 30; ++second) {
    generator.add_second(0, 1, second, 200, 100);
    generator.add_second(0, 3, second, 200, second == kRunBegin + 25 ? 3 : 2);
  }
  generator.add_second(0, 1, kRunBegin + 50, 200, 100);
  generator.add_times(0, 1, {{12'300, 1'100}}, 80);
  generator.add_times(0, 3, {{2'000, 23}}, 2);
  const GeneratorVerdict verdict = generator.verdict({});
  EXPECT_EQ(verdict.outcome, Outcome::kNotSound);
  EXPECT_THAT(verdict.late_seconds, ElementsAre(Range{kRunBegin + 20, kRunBegin + 30},
                                                Range{kRunBegin + 50, kRunBegin + 51}));
  const std::string text = text_of(verdict);
  EXPECT_THAT(text, StartsWith("Generator: late by p99 12 ms on 1 of 4 threads: not sound. "));
  EXPECT_THAT(text,
              HasSubstr("\n  Thread 2: 7.75 % of 14200 wake-ups were late: p99 12 ms, max 80 ms"));
  EXPECT_THAT(text, HasSubstr("\n  The threads were not busy: look for other programs"));
  EXPECT_THAT(text, HasSubstr("\n  Not sound: 11 of 60 seconds (seconds of the run: 20-29, 50)"));
  const auto json = nlohmann::json::parse(to_json(generator_json(verdict, kRunBegin)));
  EXPECT_EQ(json["sound"], false);
  EXPECT_EQ(json["late_seconds"][1][0], kRunBegin + 50);
  EXPECT_EQ(json["threads"][1]["late"], true);
  EXPECT_EQ(json["threads"][2]["late"], false);
}

TEST(Generator, JudgesSecondsWithFewWakeUpsTogether) {
  Generator generator;
  for (std::int64_t second = 0; second < 100; ++second) {
    // Late in two of the ten seconds from 40 on, and in one of those from 80 on.
    const bool is_late = second == 43 || second == 47 || second == 84;
    generator.add_second(0, 0, kRunBegin + second, 15, is_late ? 1 : 0);
  }
  generator.add_times(0, 0, {{5'000, 3}}, 5);
  const GeneratorVerdict verdict = generator.verdict({});
  EXPECT_EQ(verdict.outcome, Outcome::kSound);
  EXPECT_THAT(verdict.late_seconds, ElementsAre(Range{kRunBegin + 43, kRunBegin + 44},
                                                Range{kRunBegin + 47, kRunBegin + 48}));
}

TEST(Generator, IsNotJudgedWithoutMeasurements) {
  EXPECT_EQ(Generator().verdict({}).outcome, Outcome::kUnknown);
  EXPECT_THAT(text_of(Generator().verdict({})), HasSubstr("was not recorded"));
  Generator few;
  few.add_second(0, 0, kRunBegin, 50, 0);
  EXPECT_EQ(few.verdict({}).outcome, Outcome::kSound) << "nothing was late";
  few.add_second(0, 0, kRunBegin + 1, 30, 1);
  few.add_times(0, 0, {{3'000, 1}}, 2.9);
  EXPECT_EQ(few.verdict({}).outcome, Outcome::kUnknown);
  EXPECT_EQ(
      text_of(few.verdict({})),
      "Generator: not judged. A thread had less than 100 wake-ups, of which 1.25 % were late, "
      "by up to 2.9 ms.");
  EXPECT_EQ(nlohmann::json::parse(to_json(generator_json(few.verdict({}), 0)))["sound"], nullptr);
}

TEST(Generator, FailuresOfThisMachineAreNotSound) {
  stats::StatsIncrement all;
  all.errors["a"] = {"/", "GET", "OSError(24, 'Too many open files')", 7, kRunBegin, kRunBegin};
  all.errors["b"] = {"/", "GET", "ConnectionRefusedError(111, 'Connection refused')", 9, 1, 1};
  const GeneratorVerdict verdict = steady(1).verdict(all);
  EXPECT_EQ(verdict.own_failures, 7);
  EXPECT_THAT(text_of(verdict),
              StartsWith("Generator: 7 requests failed on this machine: not sound.\n"));
}

TEST(Generator, ABusyThreadHasNoReserve) {
  Generator generator = steady(1);
  generator.add_cpu(0, kRunBegin + 10, 5, 97);
  const GeneratorVerdict verdict = generator.verdict({});
  EXPECT_EQ(verdict.outcome, Outcome::kSound);
  EXPECT_THAT(text_of(verdict), HasSubstr("more than 90 % of a CPU in 5 seconds"));
}

TEST(Generator, OfSeveralFilesNamesTheFile) {
  Generator generator = steady(2);
  generator.add_second(1, 0, kRunBegin, 200, 50);
  generator.add_times(1, 0, {{4'000, 50}}, 4);
  EXPECT_THAT(text_of(generator.verdict({})), HasSubstr("\n  Thread 1 of file 2: "));
  generator.clear(1);
  EXPECT_EQ(generator.verdict({}).outcome, Outcome::kSound);
  EXPECT_THAT(generator.verdict({}).late_seconds, IsEmpty());
}

TEST(Generator, ShowsTenRangesOfSeconds) {
  Generator generator;
  for (std::int64_t second = 0; second < 60; ++second) {
    generator.add_second(0, 0, kRunBegin + second, 1'000, second % 4 == 0 ? 11 : 0);
  }
  EXPECT_THAT(
      text_of(generator.verdict({})),
      HasSubstr("15 of 60 seconds (seconds of the run: 0, 4, 8, 12, 16, 20, 24, 28, 32, 36, "
                "and 5 more)"));
}

}  // namespace
}  // namespace cppworker::report
