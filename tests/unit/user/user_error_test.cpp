#include "user/user_error.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include <cppworker/exception.hpp>

namespace cppworker::detail {
namespace {

struct OwnType {};

template <class Thrown>
UserErrorText describe(Thrown thrown) {
  try {
    throw thrown;
  } catch (...) {
    return describe_current_exception("ShopUser", "pay");
  }
}

TEST(UserError, NamesTypeAndMessage) {
  EXPECT_EQ(describe(std::out_of_range("7")).msg, "std::out_of_range: 7");
  EXPECT_EQ(describe("plain text").msg, "char const*: plain text");
}

TEST(UserError, IncludesTheMessageOfStopTest) {
  EXPECT_EQ(describe(StopTest{"no host"}).msg, "StopTest: no host");
}

TEST(UserError, NamesATypeThatIsNotAnException) {
  EXPECT_NE(describe(OwnType{}).msg.find("OwnType"), std::string::npos);
  EXPECT_EQ(describe(42).msg, "an exception of type int");
}

TEST(UserError, TracebackIsStablePerSiteAndDistinctPerTypeClassAndTask) {
  EXPECT_EQ(describe(std::out_of_range("7")).traceback, describe(std::out_of_range("8")).traceback);
  EXPECT_EQ(describe(std::out_of_range("7")).traceback,
            "  in ShopUser.pay\n    std::out_of_range\n");
}

}  // namespace
}  // namespace cppworker::detail
