#include "report/numbers.hpp"

#include <gtest/gtest.h>

#include "report/tables.hpp"

namespace cppworker::report {
namespace {

using stats::Precision;

TEST(Numbers, FractionsOfAMillisecondAreShown) {
  EXPECT_EQ(table_time(0.352, Precision::kTwoDigits), "0.35");
  EXPECT_EQ(table_time(9.999, Precision::kThreeDigits), "10.00");
  EXPECT_EQ(table_time(12.7, Precision::kTwoDigits), "12");
  EXPECT_EQ(table_time(0, Precision::kTwoDigits), "0");
  EXPECT_EQ(table_time(0.352, Precision::kLocust), "0");
  EXPECT_EQ(key_text(0.35), "0.35");
  EXPECT_EQ(key_text(1200), "1200");
}

TEST(Numbers, FloatsArePythons) {
  EXPECT_EQ(float_text(5), "5.0");
  EXPECT_EQ(float_text(0.1), "0.1");
}

TEST(Tables, NameWidthDependsOnTheTerminal) {
  EXPECT_EQ(name_width_of(200), 80U);
  EXPECT_EQ(name_width_of(120), 40U);
  EXPECT_EQ(name_width_of(80), 0U);
  EXPECT_EQ(name_width_of(20), 0U);
}

TEST(Tables, AnErrorIsShownWithoutItsWrapping) {
  EXPECT_EQ(shown_error("CatchResponseError('it\\'s \"it\"')"), "it's \"it\"");
  EXPECT_EQ(shown_error("CatchResponseError(not a text)"), "not a text");
  EXPECT_EQ(shown_error("HTTPError('404')"), "HTTPError('404')");
}

}  // namespace
}  // namespace cppworker::report
