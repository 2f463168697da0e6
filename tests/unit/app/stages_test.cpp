#include "app/stages.hpp"

#include <string>

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>

namespace cppworker::app {
namespace {

using testing::HasSubstr;

std::string mistake(const std::string& text) {
  try {
    (void)parse_stages(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Stages, HaveUsersRateAndTime) {
  const auto stages = parse_stages("100,30s; 500@50 , 2m ;0,10s;");
  EXPECT_EQ(tick_of(stages, Seconds{0}),
            (LoadTestShape::Tick{.users = 100, .spawn_rate = 100.0 / 30}));
  EXPECT_EQ(tick_of(stages, Seconds{29.9}), tick_of(stages, Seconds{0}));
  EXPECT_EQ(tick_of(stages, Seconds{30}), (LoadTestShape::Tick{.users = 500, .spawn_rate = 50}));
  EXPECT_EQ(tick_of(stages, Seconds{149}), (LoadTestShape::Tick{.users = 500, .spawn_rate = 50}));
  EXPECT_EQ(tick_of(stages, Seconds{150}), (LoadTestShape::Tick{.users = 0, .spawn_rate = 50}));
  EXPECT_EQ(tick_of(stages, Seconds{160}), std::nullopt);
}

TEST(Stages, AStageMayKeepTheNumberOfUsers) {
  const auto stages = parse_stages("5,10s;5,1h");
  EXPECT_EQ(tick_of(stages, Seconds{3609}), (LoadTestShape::Tick{.users = 5, .spawn_rate = 1}));
}

TEST(Stages, AMistakeIsQuoted) {
  EXPECT_THAT(mistake("100,30s;500"), HasSubstr("'500' is not a stage: it has no comma"));
  EXPECT_THAT(mistake("100,soon"), HasSubstr("'100,soon'"));
  EXPECT_THAT(mistake("100,soon"), HasSubstr("'soon' is not a valid time span"));
  for (const char* wrong : {"", ";", "1,1s;;2,1s", "-1,1s", "1.5,1s", "many,1s", "1@0,1s", "1@x,1s",
                            "1@inf,1s", "1@,1s", "1,0s", "1,", ",1s"}) {
    EXPECT_THAT(mistake(wrong), HasSubstr("--stages: ")) << wrong;
  }
}

}  // namespace
}  // namespace cppworker::app
