#include "app/tab_data.hpp"

#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include <gmock/gmock.h>

#include <cppworker/json.hpp>

namespace cppworker::app {
namespace {

using failures::Collection;
using failures::Sample;
using testing::HasSubstr;

Sample failed_request(const std::string& name, double time = 1) {
  Sample sample{.method = "POST", .name = name, .error = "HTTPError('409')"};
  sample.time = time;
  sample.response_time_ms = 12.3456;
  sample.user_class = "ShopUser";
  sample.task = "order";
  sample.request = {.method = "POST",
                    .url = "http://shop.example/order",
                    .headers = "Host: shop.example\r\nContent-Length: 3\r\n",
                    .body = failures::body_of("a=b")};
  sample.response = {.status = 409, .reason = "Conflict", .body = failures::body_of("no\norder")};
  return sample;
}

/// What the worker sends of this sample.
std::string sent(const Sample& sample, std::string_view column) {
  Collection samples({.per_failure = 1});
  samples.add(sample);
  TabData data;
  data.add(samples, 1);
  const Value next = data.next();
  const Value& row = next.find("samples")->as_list()->at(0);
  return row.find(column)->str();
}

std::string verdict_of(TabData& data) {
  const Value next = data.next();
  return next.find("generator")->find("verdict")->str();
}

std::size_t samples_in(const Value& data) { return data.find("samples")->as_list()->size(); }

runner::IncrementsCollected collected(double now, std::int64_t wakeups, std::int64_t late) {
  stats::Lateness lateness{.wakeups = wakeups, .late_times = {}, .max_ms = 0.5};
  if (late > 0) {
    lateness.late_times[20'000] = late;
    lateness.max_ms = 20;
  }
  return {.id = 1, .unix_now = now, .lag_p99_ms = 0.123, .threads = {stats::Lateness(), lateness}};
}

TEST(TabData, IsOnlyForMastersThatAskForIt) {
  TabData data;
  EXPECT_FALSE(data.is_wanted());
  data.on_options(Value{{"host", "http://a"}});
  EXPECT_FALSE(data.is_wanted());
  data.on_options(Value{{TabData::kOption, "yes"}});
  EXPECT_FALSE(data.is_wanted());
  data.on_options(Value{{TabData::kOption, true}});
  EXPECT_TRUE(data.is_wanted());
  data.clear();
  EXPECT_TRUE(data.is_wanted());
  data.on_options(Value());
  EXPECT_FALSE(data.is_wanted());
}

TEST(TabData, ShowsASampleInShort) {
  const Sample sample = failed_request("/order");
  EXPECT_EQ(sent(sample, "name"), "/order");
  EXPECT_EQ(sent(sample, "user"), "ShopUser.order");
  EXPECT_EQ(sent(sample, "status"), "409 Conflict");
  EXPECT_EQ(sent(sample, "duration"), "12.35");
  EXPECT_EQ(sent(sample, "request"), "POST http://shop.example/order");
  EXPECT_EQ(sent(sample, "response"), "no\\norder");
  EXPECT_THAT(sent(sample, "curl"), HasSubstr("curl -i 'http://shop.example/order'"));
}

TEST(TabData, ShowsNoCommandThatWouldBeTooLongOrWrong) {
  Sample sample = failed_request("/order");
  sample.request.body = failures::body_of(std::string(3'000, 'x'));
  EXPECT_EQ(sent(sample, "curl"), "(too long)");
  sample.request.body = failures::body_of(std::string(20'000, 'x'));
  EXPECT_EQ(sent(sample, "curl"), "(the body is too long)");
}

TEST(TabData, ShowsBytesThatAreNotText) {
  Sample sample = failed_request("/image");
  sample.response.body = failures::body_of(std::string("\x89PNG\0", 5));
  EXPECT_EQ(sent(sample, "response"), "(5 bytes of binary data)");
  sample.request.url = "http://shop.example/\xff";
  EXPECT_EQ(sent(sample, "request"), "POST http://shop.example/\xEF\xBF\xBD");
}

TEST(TabData, AReportHasABoundedSize) {
  Collection samples({.per_failure = 1});
  for (int i = 0; i < 100; ++i) {
    Sample sample = failed_request("/" + std::to_string(i));
    sample.request.body = failures::body_of(std::string(1'500, 'x'));
    samples.add(std::move(sample));
  }
  TabData data;
  data.add(samples, 1);
  std::size_t all = 0;
  for (int report = 0; report < 10; ++report) {
    const Value next = data.next();
    EXPECT_LT(to_json(next).size(), TabData::kMostSampleBytes * 11 / 10);
    EXPECT_EQ(to_json(data.next()), to_json(next)) << "it was not sent";
    data.sent();
    all += samples_in(next);
  }
  EXPECT_EQ(all, 100);
  EXPECT_EQ(samples_in(data.next()), 0);
}

TEST(TabData, JudgesTheWholeTest) {
  TabData data;
  data.add(collected(100, 1'000, 100), 55);
  (void)data.next();
  data.sent();
  data.add(collected(103, 1'000, 0), 20);
  const Value next = data.next();
  const Value& generator = *next.find("generator");
  EXPECT_THAT(generator.find("verdict")->str(), testing::StartsWith("late by p99 20 ms on 1 of 2"));
  EXPECT_EQ(generator.find("threads")->str(), "2");
  EXPECT_EQ(generator.find("cpu")->str(), "20.0");
  EXPECT_EQ(generator.find("cpumax")->str(), "55.0");
  EXPECT_EQ(generator.find("late")->str(), "0.0");
  EXPECT_EQ(generator.find("latetest")->str(), "5.0");
  EXPECT_EQ(generator.find("lag")->str(), "0.12");
  EXPECT_EQ(generator.find("lagmax")->str(), "20.0");
  data.clear();
  data.add(collected(200, 1'000, 0), 20);
  EXPECT_THAT(verdict_of(data), testing::StartsWith("numbers are sound"));
}

TEST(TabData, LatenessIsThatSinceTheLastReport) {
  TabData data;
  data.add(collected(100, 1'000, 100), 55);
  data.add(collected(101, 1'000, 0), 20);
  const auto late = [&data] {
    const Value next = data.next();
    return next.find("generator")->find("late")->str();
  };
  EXPECT_EQ(late(), "5.0") << "100 of 2,000";
  EXPECT_EQ(late(), "5.0") << "the report was not sent";
  data.sent();
  data.add(collected(102, 1'000, 0), 20);
  EXPECT_EQ(late(), "0.0");
}

runner::IncrementsCollected with_phases(const std::string& name, double wait_ms) {
  runner::IncrementsCollected one = collected(100, 1'000, 0);
  stats::EntryPhases& entry = one.increment.phases[{name, "GET"}];
  entry.requests = entry.new_connections = 1;
  entry.phases[static_cast<std::size_t>(stats::Phase::kWait)] = {
      .count = 1,
      .total_ms = wait_ms,
      .min_ms = wait_ms,
      .max_ms = wait_ms,
      .times = {{std::llround(wait_ms * 1'000), 1}}};
  return one;
}

TEST(TabData, HasThePhasesOfTheWholeTest) {
  TabData data;
  for (const double wait_ms : {1, 1, 4}) data.add(with_phases("/a", wait_ms), 0);
  const Value next = data.next();
  const Value expected = Value::List{Value{{"method", "GET"},
                                           {"name", "/a"},
                                           {"connections", 3},
                                           {"phases", Value{{"wait", Value{{"requests", 3},
                                                                           {"average", 2.0},
                                                                           {"median", 1.0},
                                                                           {"p95", 4.0},
                                                                           {"p99", 4.0},
                                                                           {"max", 4.0}}}}}}};
  EXPECT_EQ(to_json(*next.find("phases")), to_json(expected));
}

TEST(TabData, HasThePhasesOfSomeNamesInTurn) {
  TabData data;
  for (int i = 0; i < 50; ++i) data.add(with_phases("/" + std::to_string(i), 1), 0);
  std::multiset<std::string> names;
  for (int report = 0; report < 5; ++report) {
    const Value next = data.next();
    data.sent();
    for (const Value& entry : *next.find("phases")->as_list()) {
      names.insert(entry.find("name")->str());
    }
  }
  EXPECT_EQ(names.size(), 100);
  EXPECT_EQ(names.count("/0"), 2);
  EXPECT_EQ(names.count("/49"), 2);
}

TEST(TabData, CountsFailuresOfThisMachine) {
  TabData data;
  runner::IncrementsCollected one = collected(100, 1'000, 0);
  one.increment.errors["key"] = {.name = "/a",
                                 .method = "GET",
                                 .error = "OSError(24, 'Too many open files')",
                                 .occurrences = 2};
  data.add(one, 0);
  data.add(collected(103, 1'000, 0), 0);
  EXPECT_EQ(verdict_of(data), "2 requests failed on this machine: not sound.");
}

}  // namespace
}  // namespace cppworker::app
