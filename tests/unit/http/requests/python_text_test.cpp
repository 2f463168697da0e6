#include "http/python_text.hpp"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace cppworker::http::requests {
namespace {

TEST(PythonText, ParsesWhatIntAccepts) {
  for (const auto& [text, value] :
       {std::pair<std::string_view, std::int64_t>{"0", 0},
        {"42", 42},
        {" +4_2\r\n", 42},
        {"\xa0-7\x85", -7},
        {"\x85\v0012\xa0\f", 12},
        {"-0", 0},
        {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
        {"9223372036854775808", std::numeric_limits<std::int64_t>::max()},
        {"-99999999999999999999", -std::numeric_limits<std::int64_t>::max()}}) {
    EXPECT_EQ(parse_int(text), value) << text;
  }
  for (const std::string_view text : {"", " ", "+", "-", "_1", "1_", "1__0", "- 1", "+-1", "1 2",
                                      "0x1", "a", "1.0", "\0341", "1\x1f", "\xb2", "1,"}) {
    EXPECT_EQ(parse_int(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_int(std::string_view("1\0", 2)), std::nullopt);
  EXPECT_EQ(parse_int(std::string(4'300, '0')), 0);
  EXPECT_EQ(parse_int(std::string(4'301, '0')), std::nullopt);
}

TEST(PythonText, ParsesHexadecimalBytes) {
  for (const auto& [text, value] :
       {std::pair<std::string_view, std::int64_t>{"a\r\n", 10},
        {"\t\vFf ", 255},
        {"0xA", 10},
        {"-0X_a", -10},
        {"0_0b", 11},
        {"0", 0},
        {"ffffffffffffffff", std::numeric_limits<std::int64_t>::max()}}) {
    EXPECT_EQ(parse_hexadecimal(text), value) << text;
  }
  for (const std::string_view text :
       {"", "\r\n", "g", "0x", "_a", "x1", "\2401", "\0371", "1\x85", "0x0x1"}) {
    EXPECT_EQ(parse_hexadecimal(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_hexadecimal(std::string(10'000, '0') + "1"), 1);
}

TEST(PythonText, HasLowerCase) {
  EXPECT_EQ(lower("GZip [@] \xc0\xde\xd7\xdf\xe0"), "gzip [@] \xe0\xfe\xd7\xdf\xe0");
}

TEST(PythonText, Strips) {
  EXPECT_EQ(strip(" \t\x85 a b\xa0\x1c\r\n"), "a b");
  EXPECT_EQ(strip(" \n"), "");
  EXPECT_EQ(strip_leading_blanks(" \t\xa0 "), "\xa0 ");
}

}  // namespace
}  // namespace cppworker::http::requests
