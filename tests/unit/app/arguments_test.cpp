#include "app/arguments.hpp"

#include <cstdlib>

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>
#include <cppworker/locust.hpp>

#include "app/options.hpp"

namespace cppworker::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::array kArguments = detail::checked_arguments(std::to_array<Argument>(
    {{.name = "-c,--category", .default_value = "books", .env_var = "LOCUST_TEST_CATEGORY"},
     {.name = "--count", .default_value = 3},
     {.name = "--share", .default_value = 0.5},
     {.name = "--with-login", .default_value = false},
     {.name = "--stage", .default_value = "dev", .choices = {"dev", "prod"}},
     {.name = "--country",
      .default_value = "US,DE",
      .choices = {"US", "DE", "FR"},
      .is_multiple = true},
     {.name = "--nothing"}}));

class ArgumentsTest : public testing::Test {
 protected:
  ArgumentsTest() {
    unsetenv("LOCUST_TEST_CATEGORY");
    unsetenv("LOCUST_USER_CLASSES");
  }

  ArgumentValues read(std::vector<std::string> words, std::vector<Setting> settings = {}) {
    return read_arguments(words, settings, kArguments);
  }
  std::string mistake(std::vector<std::string> words) {
    testing::internal::CaptureStderr();
    EXPECT_THROW((void)read(std::move(words)), EarlyExit);
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(ArgumentsTest, TheWordsForAMasterContainTheArgumentsThatWereSet) {
  setenv("LOCUST_TEST_CATEGORY", "music", 1);
  const ArgumentValues values =
      read({"--count", "7", "ShopUser", "--country", "DE", "FR", "--with-login"},
           {{.key = "stage", .values = {"prod"}}});
  EXPECT_THAT(values.words, ElementsAre("--category=music", "--count=7", "--with-login",
                                        "--stage=prod", "--country", "DE", "FR"));
  EXPECT_THAT(values.user_classes, ElementsAre("ShopUser"));
  unsetenv("LOCUST_TEST_CATEGORY");
  EXPECT_THAT(read({}).words, IsEmpty());
}

TEST_F(ArgumentsTest, TheNameOfAnOptionIsAMistake) {
  for (const std::string_view name : {"--users", "-t,--time", "--threads", "--class-picker"}) {
    const Argument taken[] = {{.name = name}};
    EXPECT_THAT([&] { (void)read_arguments({}, {}, taken); },
                testing::ThrowsMessage<Error>(HasSubstr("has the name of an option of Locust")))
        << name;
  }
}

TEST_F(ArgumentsTest, HaveTheirDefaultsWithTheirTypes) {
  const Value values(read({}).values);
  const ParsedOptions options(values);
  EXPECT_EQ(options.get<std::string>("category"), "books");
  EXPECT_EQ(options.get<int>("count"), 3);
  EXPECT_EQ(options.get<double>("share"), 0.5);
  EXPECT_FALSE(options.get<bool>("with_login"));
  EXPECT_THAT(options.get<std::vector<std::string>>("country"), ElementsAre("US", "DE"));
  EXPECT_TRUE(options.find("nothing")->is_none());
  EXPECT_EQ(options.get<std::string>("nothing"), "");
}

TEST_F(ArgumentsTest, AreReadFromTheLineWithTheUserClasses) {
  const ArgumentValues read_ones =
      read({"ShopUser", "--count=7", "-c", "cars", "--with-login", "--country", "FR", "DE"});
  const Value values(read_ones.values);
  const ParsedOptions options(values);
  EXPECT_EQ(options.get<int>("count"), 7);
  EXPECT_EQ(options.get<std::string>("category"), "cars");
  EXPECT_TRUE(options.get<bool>("with_login"));
  EXPECT_THAT(options.get<std::vector<std::string>>("country"), ElementsAre("FR", "DE"));
  EXPECT_THAT(read_ones.user_classes, ElementsAre("ShopUser"));
}

TEST_F(ArgumentsTest, LineThenEnvironmentThenFiles) {
  const std::vector<Setting> files = {{"category", {"of-file"}}, {"count", {"4"}}};
  EXPECT_EQ(Value(read({}, files).values)["category"], Value("of-file"));
  setenv("LOCUST_TEST_CATEGORY", "of-environment", 1);
  const ArgumentValues both = read({"--share", "0.25"}, files);
  EXPECT_EQ(Value(both.values)["category"], Value("of-environment"));
  EXPECT_EQ(Value(both.values)["count"], Value(std::int64_t{4}));
  EXPECT_EQ(Value(read({"-c", "of-line"}, files).values)["category"], Value("of-line"));
}

TEST_F(ArgumentsTest, ASettingThatNobodyKnowsIsNamedOnce) {
  EXPECT_THAT(read({}, {{"their-own", {"1"}}}).ignored, ElementsAre(HasSubstr("'their-own'")));
}

TEST_F(ArgumentsTest, MistakesAreNamed) {
  EXPECT_THAT(mistake({"--count=many"}), HasSubstr("--count: invalid int value: 'many'"));
  EXPECT_THAT(mistake({"--stage=test"}),
              HasSubstr("invalid choice: 'test' (choose from 'dev', 'prod')"));
  EXPECT_THAT(mistake({"--category"}), HasSubstr("expected one argument"));
  EXPECT_THAT(mistake({"--categroy=x"}), HasSubstr("Did you mean '--category'?"));
  EXPECT_THAT(mistake({"--master-hots=x"}), HasSubstr("Did you mean '--master-host'?"));
  EXPECT_THAT(mistake({"--expect-worker=1"}), HasSubstr("Did you mean '--expect-workers'?"));
}

TEST_F(ArgumentsTest, UserClassesMayComeFromTheEnvironment) {
  setenv("LOCUST_USER_CLASSES", "ShopUser AdminUser", 1);
  EXPECT_THAT(read({}).user_classes, ElementsAre("ShopUser", "AdminUser"));
  EXPECT_THAT(read({"EchoUser"}).user_classes, ElementsAre("EchoUser"));
}

TEST(ParsedOptionsTest, ReadsWhatTheWebUiSendsAsText) {
  const Value values(Value::Map{{"count", "12"}, {"share", "0.5"}, {"on", "true"}, {"n", 5}});
  const ParsedOptions options(values);
  EXPECT_EQ(options.get<int>("count"), 12);
  EXPECT_EQ(options.get<double>("share"), 0.5);
  EXPECT_TRUE(options.get<bool>("on"));
  EXPECT_EQ(options.get<std::string>("n"), "5");
  EXPECT_THROW((void)options.get<int>("share"), std::invalid_argument);
  EXPECT_THROW((void)options.get<bool>("absent"), std::invalid_argument);
}

}  // namespace
}  // namespace cppworker::app
