#include "base/check.hpp"

#include <gtest/gtest.h>

namespace cppworker {
namespace {

TEST(CheckDeathTest, AFailedOneNamesItsConditionAndPlace) {
  const int users = 1;
  EXPECT_DEATH(CHECK(users == 2), "internal error: CHECK\\(users == 2\\) failed at .*check_test");
}

TEST(Check, IsAnExpression) {
  const bool positive = (CHECK(true), true);
  EXPECT_TRUE(positive);
}

#if defined(NDEBUG) && !defined(CPPWORKER_DCHECKS)
TEST(DCheck, IsNotEvaluatedInAReleaseBuild) {
  int evaluated = 0;
  DCHECK(++evaluated == 0);
  EXPECT_EQ(evaluated, 0);
}
#else
TEST(DCheckDeathTest, FailsWhereItIsOn) { EXPECT_DEATH(DCHECK(1 == 2), "CHECK\\(1 == 2\\)"); }
#endif

}  // namespace
}  // namespace cppworker
