#include "text/log_text.hpp"

#include <string>

#include <gtest/gtest.h>

#include "text/utf8.hpp"

namespace cppworker::text {
namespace {

std::string repeated(std::string_view text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

TEST(LogText, ShortTextsStayAsTheyAre) {
  EXPECT_EQ(shortened("", 3), "");
  EXPECT_EQ(shortened("a\nb", 3), "a\nb");
  EXPECT_EQ(shortened("äöü", 3), "äöü");
  EXPECT_EQ(quote_for_log("Grüße 😀"), "Grüße 😀");
}

TEST(LogText, LongTextsAreCutBetweenCharacters) {
  EXPECT_EQ(shortened(std::string(70'000, 'x'), 5), "xxxxx… (70000 characters)");
  EXPECT_EQ(shortened("äöüß", 3), "äöü… (4 characters)");
  EXPECT_EQ(quote_for_log(repeated("😀", 1000)), repeated("😀", kMostQuoted) + "… (1000 characters)");
  for (std::size_t most = 0; most < 9; ++most) {
    EXPECT_TRUE(is_utf8(shortened("aä€😀aä€😀", most))) << most;
  }
}

TEST(LogText, QuotedTextsStayOnOneLine) {
  EXPECT_EQ(quote_for_log("a\nb\r\tc\x1b[31m\x7f"), "a\\nb\\r\\tc\\x1b[31m\\x7f");
  EXPECT_EQ(quote_for_log(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(quote_for_log("\u0085\u2028\u2029"), "\\x85\\u2028\\u2029");
  EXPECT_EQ(quote_for_log("a\xFF\xC3"), "a\uFFFD\uFFFD");
}

TEST(LogText, LinesKeepTheirEnds) {
  EXPECT_EQ(log_lines("a\n\tb\rc\x1b[2J\xFF", 100), "a\n\tb\\rc\\x1b[2J\uFFFD");
  EXPECT_EQ(log_lines("a\u0085b\u2028", 100), "a\\x85b\\u2028");
  EXPECT_EQ(log_lines(std::string(100, '\n'), 2), "\n\n… (100 characters)");
}

}  // namespace
}  // namespace cppworker::text
