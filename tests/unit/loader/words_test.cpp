#include "loader/words.hpp"

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>

#include "support/temporary_folder.hpp"

namespace cppworker::loader {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SplitWords, CutsAtAnyWhiteSpace) {
  EXPECT_THAT(split_words("  -O2\t-Wall \n-g ", "X"), ElementsAre("-O2", "-Wall", "-g"));
  EXPECT_THAT(split_words(" \t", "X"), IsEmpty());
}

TEST(SplitWords, UnderstandsQuotesAsAShellDoes) {
  EXPECT_THAT(split_words(R"(-DA='x y' "-I/a b" -DB=\"q\" '')", "X"),
              ElementsAre("-DA=x y", "-I/a b", "-DB=\"q\"", ""));
}

TEST(SplitWords, NamesTheVariableWithAnOpenQuote) {
  EXPECT_EQ(message_of<Error>([] { (void)split_words("-DA='x", "--cxxflags"); }),
            "--cxxflags: unterminated quote ' in: -DA='x");
}

}  // namespace
}  // namespace cppworker::loader
