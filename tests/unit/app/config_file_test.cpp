#include "app/config_file.hpp"

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>

namespace cppworker::app {
namespace {

using testing::ElementsAre;
using testing::FieldsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// What ConfigArgParse's DefaultConfigFileParser makes of the same lines.
TEST(ParseConf, TakesLocustsForms) {
  const ConfigFile file = parse_conf(
      "# a comment\n; another\n---\n[section]\n\n"
      "a = 1\nb: two\nc three\n--d four\ne\nf = \"with # inside\"  # after\ng = [x, y]\n"
      "h = [\"p,q\", 5]\ni=\nhost = http://example.com:80/\n",
      "x");
  EXPECT_THAT(
      file.settings,
      ElementsAre(FieldsAre("a", ElementsAre("1")), FieldsAre("b", ElementsAre("two")),
                  FieldsAre("c", ElementsAre("three")), FieldsAre("d", ElementsAre("four")),
                  FieldsAre("e", ElementsAre("true")), FieldsAre("f", ElementsAre("with # inside")),
                  FieldsAre("g", ElementsAre("x", "y")), FieldsAre("h", ElementsAre("p,q", "5")),
                  FieldsAre("i", ElementsAre("")),
                  FieldsAre("host", ElementsAre("http://example.com:80/"))));
}

TEST(ParseConf, TheLastOfSeveralCounts) {
  EXPECT_THAT(parse_conf("a = 1\na = 2\n", "x").settings,
              ElementsAre(FieldsAre("a", ElementsAre("2"))));
}

TEST(ParseConf, RefusesAnUnreadableLine) {
  EXPECT_THAT([] { (void)parse_conf("=5\n", "my.conf"); },
              ThrowsMessage<Error>(HasSubstr("my.conf: can't parse the line '=5'")));
}

TEST(ParseToml, ReadsTheToolsTable) {
  const auto file = parse_toml(
      "[tool.other]\na = 1\n[tool.locust]\nusers = 5\nhost = \"x\"\nheadless = true\n"
      "tags = [\"a\", \"b\"]\nspawn-rate = 1.5\n",
      "pyproject.toml");
  ASSERT_TRUE(file.has_value());
  EXPECT_THAT(file->settings,
              testing::UnorderedElementsAre(FieldsAre("users", ElementsAre("5")),
                                            FieldsAre("host", ElementsAre("x")),
                                            FieldsAre("headless", ElementsAre("true")),
                                            FieldsAre("tags", ElementsAre("a", "b")),
                                            FieldsAre("spawn-rate", ElementsAre("1.5"))));
}

TEST(ParseToml, AFileOfOthersSaysNothing) {
  EXPECT_FALSE(parse_toml("[project]\nname = \"x\"\n", "pyproject.toml").has_value());
}

TEST(ParseToml, SaysWhatIsWrong) {
  EXPECT_THAT([] { (void)parse_toml("[tool.locust\n", "pyproject.toml"); },
              ThrowsMessage<Error>(HasSubstr("Couldn't parse TOML file pyproject.toml")));
}

}  // namespace
}  // namespace cppworker::app
