#include "stats/name_watch.hpp"

#include <memory>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "stats/request_stats.hpp"

namespace cppworker::stats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string topic(std::size_t i) { return "publish:1:device/" + std::to_string(1000 + i); }

TEST(NameWatch, GivesExamplesOnceOneTypeHasManyNames) {
  NameWatch watch;
  for (std::size_t i = 0; i + 1 < NameWatch::kNamesMax; ++i) {
    ASSERT_FALSE(watch.add("MQTT", topic(i)));
    ASSERT_FALSE(watch.add("MQTT", topic(i))) << "another shard has the same name";
    ASSERT_FALSE(watch.add("GET", "/item/" + std::to_string(i)));
  }
  const auto examples = watch.add("MQTT", topic(999));
  ASSERT_TRUE(examples);
  EXPECT_THAT(*examples, ElementsAre(topic(0), topic(1), topic(2)));
  EXPECT_FALSE(watch.add("MQTT", "one more"));
  EXPECT_FALSE(watch.add("GET", "/item/last")) << "one warning per process";
}

TEST(NameWatch, AResetForgetsAll) {
  NameWatch watch;
  for (std::size_t i = 0; i < NameWatch::kNamesMax; ++i)
    static_cast<void>(watch.add("GET", topic(i)));
  watch.reset();
  for (std::size_t i = 0; i + 1 < NameWatch::kNamesMax; ++i) {
    ASSERT_FALSE(watch.add("GET", topic(i)));
  }
  EXPECT_TRUE(watch.add("GET", topic(999)));
}

TEST(NameWatch, TheStatisticsOfAShardWarn) {
  std::ostringstream log;
  const auto previous = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log)));
  NameWatch::process().reset();  // other tests of the process have used it
  RequestStats stats;
  for (std::size_t i = 0; i < 2 * NameWatch::kNamesMax; ++i) {
    stats.log_request("MQTT", topic(i), 1.0, 1, 1'700'000'000.0);
  }
  spdlog::set_default_logger(previous);

  const std::string text = log.str();
  EXPECT_THAT(text, HasSubstr("The requests of type MQTT have 100 distinct names, for example "
                              "\"publish:1:device/1000\", "));
  EXPECT_THAT(text, HasSubstr("{.name = \"/item/[id]\"}"));
  EXPECT_EQ(text.find("distinct names"), text.rfind("distinct names")) << text;
}

}  // namespace
}  // namespace cppworker::stats
