#include "text/did_you_mean.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace cppworker::text {
namespace {

const std::vector<std::string> kNames{"name", "weight", "tags", "--master-host"};

TEST(MostSimilar, FindsTheNameWithTheFewestEdits) {
  EXPECT_EQ(most_similar("nme", kNames, 1), "name");
  EXPECT_EQ(most_similar("wieght", kNames, 1), "weight") << "exchanged letters are one edit";
  EXPECT_EQ(most_similar("--master-hots", kNames), "--master-host");
}

TEST(MostSimilar, IsEmptyIfNoneIsSimilar) {
  EXPECT_EQ(most_similar("nm", kNames, 1), "");
  EXPECT_EQ(most_similar("nme", kNames), "") << "short words need an exact match";
  EXPECT_EQ(most_similar("name", {}, 3), "");
}

}  // namespace
}  // namespace cppworker::text
