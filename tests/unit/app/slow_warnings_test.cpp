#include "app/slow_warnings.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace cppworker::app {
namespace {

using namespace std::chrono_literals;

TEST(SlowWarnings, AreLimitedForEachLabel) {
  SlowWarnings warnings;
  const coro::TimePoint start{1000s};
  EXPECT_TRUE(warnings.is_due({"ShopUser", "buy"}, start));
  EXPECT_FALSE(warnings.is_due({"ShopUser", "buy"}, start + 10s));
  EXPECT_TRUE(warnings.is_due({"ShopUser", "on_message"}, start + 1s)) << "another function";
  EXPECT_TRUE(warnings.is_due({"AdminUser", "buy"}, start + 1s)) << "another class";
  EXPECT_TRUE(warnings.is_due({"ShopUser", "buy"}, start + 11s));
  EXPECT_FALSE(warnings.is_due({"ShopUser", "buy"}, start + 21s));
  EXPECT_FALSE(warnings.is_due({"ShopUser", "on_message"}, start + 11s));
}

}  // namespace
}  // namespace cppworker::app
