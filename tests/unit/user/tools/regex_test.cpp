#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>
#include <cppworker/hashing.hpp>
#include <cppworker/regex.hpp>

#include "coro/clock.hpp"
#include "coro/scheduler.hpp"
#include "support/temporary_folder.hpp"

// compat-tests/test_helpers.py compares the results with Python's.
namespace cppworker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// Runs on the stack of a user.
void run_as_user(const std::function<void()>& body) {
  coro::VirtualClock clock;
  coro::Scheduler scheduler(clock, {.stack_size = 64 * coro::kKiB});
  bool is_done = false;
  scheduler.spawn([&] { body(), is_done = true; }, {"Regex", "user"});
  scheduler.run_until_idle();
  EXPECT_TRUE(is_done);
}

std::string page(std::size_t size) {
  return "name=\"q\"" + std::string(size, ' ') + "value=\"42\"";
}

TEST(Search, NeedsNoStackOfTheUser) {
  run_as_user([] {
    const std::string text = page(1'000'000);
    EXPECT_EQ(search(text, "name=\"q\"(.*)value=\"(\\d+)\"", 2), "42");
    EXPECT_EQ(search(text, "(?s)q(.*?)value=\"(\\d+)\"", 2), "42");
    EXPECT_EQ(search(text, "q((?:.|\\n)*)value=\"(\\d+)\"", 2), "42");
    std::string nested(100, '(');
    nested += "x" + std::string(100, ')');
    EXPECT_EQ(search("x", nested), "x");
    EXPECT_EQ(sha256("").size(), 32U);
  });
}

TEST(Search, StopsAPatternWithExponentialTime) {
  run_as_user([] {
    const std::string text = std::string(60, 'a') + "c";
    const std::string error = message_of<Error>([&] { (void)search(text, "(a|aa)+$"); });
    EXPECT_THAT(error, StartsWith("The regular expression \"(a|aa)+$\" takes too many steps on a "
                                  "text of 61 bytes"));
    EXPECT_THROW((void)findall(text, "(a|aa)+$"), Error);
    EXPECT_EQ(search(text, "a+c").size(), 61U);  // the thread can go on
  });
}

TEST(Search, WithoutAMatchNamesThePatternAndTheText) {
  EXPECT_EQ(message_of<Error>([] { (void)search("a\npage", "csrf=(\\w+)", 1); }),
            "no match of the regular expression \"csrf=(\\w+)\" in the text \"a\\npage\"");
  EXPECT_LT(message_of<Error>([] { (void)search(page(1'000'000), "csrf"); }).size(), 400U);
  EXPECT_EQ(search_if("a page", "csrf=(\\w+)", 1), std::nullopt);
  EXPECT_EQ(search_if("b", "(a)?b", 1), std::nullopt);
  EXPECT_THROW((void)search("b", "(a)?b", 1), Error);
}

TEST(Search, TakesGroupsByNumberOrName) {
  const std::string text = "id=17";
  const std::string pattern = "(?P<name>\\w+)=(\\d+)";
  EXPECT_EQ(search(text, pattern), text);
  EXPECT_EQ(search(text, pattern, 2), "17");
  EXPECT_EQ(search(text, pattern, "name"), "id");
  EXPECT_EQ(search(text, pattern, std::string("name")), "id");
  EXPECT_EQ(search(std::string_view(text), std::string_view(pattern), 1), "id");
  EXPECT_THAT(message_of<Error>([&] { (void)search(text, pattern, 3); }), HasSubstr("no group 3"));
  EXPECT_THAT(message_of<Error>([&] { (void)search(text, pattern, -1); }),
              HasSubstr("no group -1"));
  EXPECT_THAT(message_of<Error>([&] { (void)search(text, pattern, "x"); }),
              HasSubstr("no group 'x'"));
}

TEST(Search, OfAnInvalidPatternNamesThePositionAndTheReason) {
  EXPECT_EQ(message_of<Error>([] { (void)search("x", "id=(\\d+"); }),
            "The regular expression \"id=(\\d+\" is invalid at position 7: missing closing "
            "parenthesis");
  EXPECT_THROW((void)search_if("x", std::string(1000, '(') + std::string(1000, ')')), Error);
}

TEST(Search, TakesInvalidUtf8AsReplacementCharacters) {
  EXPECT_EQ(search("a\xff\xfe"
                   "b",
                   "a(.+)b", 1),
            "\uFFFD\uFFFD");
  EXPECT_EQ(search("\xff id=7", "id=(\\d)", 1), "7");
  EXPECT_THAT(findall("\xc3 é \xff", "\\w"), ElementsAre("é"));
  EXPECT_THROW((void)search("x", "\xff"), Error);
}

TEST(Findall, FindsEmptyMatchesAsPythonDoes) {
  EXPECT_THAT(findall("axb", "x*"), ElementsAre("", "x", "", ""));
  EXPECT_THAT(findall("a1 b2", "([a-z])\\d"), ElementsAre("a", "b"));
  EXPECT_THAT(findall("", "a*"), ElementsAre(""));
  EXPECT_THAT(findall("éé", ""), ElementsAre("", "", ""));
  EXPECT_THAT(message_of<Error>([] { (void)findall("ab", "(a)(b)"); }),
              HasSubstr("has 2 groups, but it may have only one"));
}

TEST(Patterns, AreKeptUpToAMaximum) {
  for (int i = 0; i < 1200; ++i) {
    const std::string id = std::to_string(i);
    ASSERT_EQ(search("id=" + id + ";", "id=(" + id + ");", 1), id);
  }
  EXPECT_EQ(search("id=0;", "id=(0);", 1), "0");
}

}  // namespace
}  // namespace cppworker
