#include "failures/sampler.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "failures/collection.hpp"

namespace cppworker::failures {
namespace {

Sample failed(const std::string& name, int time, std::size_t body = 0) {
  Sample sample{.method = "GET", .name = name, .error = "HTTPError('503')"};
  sample.time = time;
  sample.response.status = 503;
  sample.response.body = body_of(std::string(body, 'x'));
  return sample;
}

std::vector<double> times_of(const std::vector<Sample>& samples) {
  std::vector<double> times;
  for (const Sample& sample : samples) times.push_back(sample.time);
  return times;
}

TEST(Sampler, KeepsAllFailuresIfTheyAreFew) {
  Sampler sampler({.per_failure = 3}, 1);
  for (const int time : {1, 2, 3}) sampler.add(failed("/a", time));
  EXPECT_EQ(times_of(sampler.take()), (std::vector<double>{1, 2, 3}));
  EXPECT_TRUE(sampler.take().empty()) << "each sample is taken once";
}

TEST(Sampler, KeepsTheFirstAndTheLastOfEachFailure) {
  Sampler sampler({.per_failure = 3}, 2);
  Collection collection({.per_failure = 3});
  for (int time = 1; time <= 10'000; ++time) {
    sampler.add(failed(time % 2 == 0 ? "/even" : "/odd", time));
    if (time % 1'000 != 0) continue;
    const std::vector<Sample> taken = sampler.take();
    EXPECT_LE(taken.size(), 2U * (3 + 2));
    for (const Sample& sample : taken) collection.add(sample);
  }
  const std::vector<double> times = times_of(collection.selected());
  ASSERT_EQ(times.size(), 6U);
  EXPECT_EQ(times[0], 2);
  EXPECT_EQ(times[2], 10'000);
  EXPECT_EQ(times[3], 1);
  EXPECT_EQ(times[5], 9'999);
}

TEST(Sampler, KeepsOneOrTwoIfAskedTo) {
  for (const std::size_t per_failure : {1U, 2U}) {
    Sampler sampler({.per_failure = per_failure}, 3);
    Collection collection({.per_failure = per_failure});
    for (int time = 1; time <= 100; ++time) sampler.add(failed("/a", time));
    for (const Sample& sample : sampler.take()) collection.add(sample);
    EXPECT_EQ(times_of(collection.selected()),
              per_failure == 1 ? std::vector<double>{1} : (std::vector<double>{1, 100}));
  }
}

/// Two shards, whose samples are taken at different times: each request between the first and the
/// last one has the same chance.
TEST(Sampler, IsFair) {
  constexpr int kRequests = 42;
  constexpr int kRuns = 4'000;
  constexpr std::size_t kKept = 5;
  std::vector<int> chosen(kRequests + 1);
  for (int run = 0; run < kRuns; ++run) {
    const auto seed = static_cast<std::uint64_t>(run);
    Sampler first({.per_failure = kKept}, 2 * seed);
    Sampler second({.per_failure = kKept}, 2 * seed + 1);
    Collection collection({.per_failure = kKept});
    for (int time = 1; time <= kRequests; ++time) {
      (time % 3 == 0 ? first : second).add(failed("/a", time));
      if (time != 10 && time != kRequests) continue;
      for (Sampler* sampler : {&first, &second}) {
        for (const Sample& sample : sampler->take()) collection.add(sample);
      }
    }
    for (const double time : times_of(collection.selected())) ++chosen.at(static_cast<int>(time));
  }
  EXPECT_EQ(chosen[1], kRuns);
  EXPECT_EQ(chosen[kRequests], kRuns);
  // 300 of 4000 on average; the standard deviation is 17.
  constexpr double kExpected = kRuns * (kKept - 2.0) / (kRequests - 2.0);
  for (int time = 2; time < kRequests; ++time) EXPECT_NEAR(chosen.at(time), kExpected, 75) << time;
}

TEST(Sampler, IsTheSameForTheSameSeed) {
  std::vector<std::vector<double>> results;
  for (const std::uint64_t seed : {5, 5, 6}) {
    Sampler sampler({.per_failure = 4}, seed);
    for (int time = 1; time <= 1'000; ++time) sampler.add(failed("/a", time));
    results.push_back(times_of(sampler.take()));
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_NE(results[0], results[2]);
}

TEST(Sampler, HasBoundedMemory) {
  constexpr std::size_t kPerFailure = 3;
  constexpr std::size_t kMostOfSample = 2 * kBodyMax;
  Sampler sampler({.per_failure = kPerFailure}, 7);
  Collection collection({.per_failure = kPerFailure});
  std::size_t most_taken = 0;
  for (int time = 1; time <= 60'000; ++time) {
    sampler.add(failed("/kind/" + std::to_string(time % 3), time, 20'000));
    if (time % 500 != 0) continue;
    std::size_t taken = 0;
    for (Sample& sample : sampler.take()) {
      taken += sample.size();
      collection.add(std::move(sample));
    }
    most_taken = std::max(most_taken, taken);
    EXPECT_LE(collection.bytes(), 3 * (kPerFailure + 2) * kMostOfSample);
  }
  EXPECT_LE(most_taken, 3 * (kPerFailure + 2) * kMostOfSample);
  EXPECT_FALSE(collection.is_full());
}

TEST(Sampler, HasBoundedMemoryForManyFailures) {
  Sampler sampler({.per_failure = 20}, 7);
  Collection collection({.per_failure = 20});
  for (int time = 1; time <= 20'000; ++time) {
    sampler.add(failed("/" + std::to_string(time % 1'000), time, 20'000));
    if (time % 100 != 0) continue;
    std::size_t taken = 0;
    for (Sample& sample : sampler.take()) {
      taken += sample.size();
      collection.add(std::move(sample));
    }
    EXPECT_LE(taken, std::size_t{2} << 20U);
    EXPECT_LE(collection.bytes(), std::size_t{8} << 20U);
  }
  EXPECT_TRUE(collection.is_full());
}

TEST(Sampler, ReportsThatThereWasNoRoom) {
  Sampler many_bytes({.per_failure = 1, .failures = 2, .bytes = 40'000}, 1);
  many_bytes.add(failed("/a", 1, kBodyMax));
  EXPECT_FALSE(many_bytes.take_overflow());
  many_bytes.add(failed("/b", 1, kBodyMax));
  many_bytes.add(failed("/b", 2, kBodyMax));
  EXPECT_TRUE(many_bytes.take_overflow());
  EXPECT_FALSE(many_bytes.take_overflow());
  (void)many_bytes.take();
  many_bytes.add(failed("/c", 1));  // the third failure
  EXPECT_TRUE(many_bytes.take_overflow());
  many_bytes.add(failed("/c", 2));
  many_bytes.clear();
  EXPECT_FALSE(many_bytes.take_overflow());
}

TEST(Sampler, ForgetsEverythingWhenATestBegins) {
  Sampler sampler({.per_failure = 1}, 1);
  sampler.add(failed("/a", 1));
  sampler.clear();
  EXPECT_TRUE(sampler.take().empty());
  sampler.add(failed("/a", 2));
  EXPECT_EQ(times_of(sampler.take()), std::vector<double>{2});
}

}  // namespace
}  // namespace cppworker::failures
