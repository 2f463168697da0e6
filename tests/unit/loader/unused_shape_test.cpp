#include "loader/unused_shape.hpp"

#include <gtest/gtest.h>

namespace cppworker::loader {
namespace {

TEST(UnusedShape, IsAClassThatNoMacroNames) {
  EXPECT_EQ(unused_shape(SourceText("struct Wave : LoadTestShape { };")), "Wave");
  EXPECT_EQ(
      unused_shape(SourceText("class Wave final\n    : public cppworker::LoadTestShape {\n};")),
      "Wave");
  EXPECT_EQ(unused_shape(SourceText("struct Base : LoadTestShape {}; struct Wave : Base {};")),
            "Base");
}

TEST(UnusedShape, NoneWithTheMacro) {
  EXPECT_EQ(unused_shape(SourceText("struct Wave : LoadTestShape {};\nCPPWORKER_SHAPE(Wave)")), "");
}

TEST(UnusedShape, NoneInCommentsAndText) {
  EXPECT_EQ(unused_shape(SourceText("// struct Wave : LoadTestShape {};\n")), "");
  EXPECT_EQ(unused_shape(SourceText("const char* t = \"struct Wave : LoadTestShape {\";")), "");
  EXPECT_EQ(unused_shape(SourceText("struct ShopUser : HttpUser { LoadTestShape* shape; };")), "");
  EXPECT_EQ(unused_shape(SourceText("")), "");
}

}  // namespace
}  // namespace cppworker::loader
