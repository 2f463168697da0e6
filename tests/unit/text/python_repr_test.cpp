#include "text/python_repr.hpp"

#include <string>

#include <gtest/gtest.h>

#include "golden.hpp"

namespace cppworker::text {
namespace {

TEST(PythonRepr, IsThatOfPython) {
  const auto samples = golden_samples("error_keys");
  ASSERT_GT(samples.size(), 100U);
  for (const auto& sample : samples) {
    EXPECT_EQ(python_repr(sample.at("error").get<std::string>()),
              sample.at("repr").get<std::string>());
    EXPECT_EQ(from_python_repr(sample.at("repr").get<std::string>()),
              sample.at("error").get<std::string>());
  }
}

TEST(PythonRepr, PrefersSingleQuotes) {
  EXPECT_EQ(python_repr("plain"), "'plain'");
  EXPECT_EQ(python_repr("it's"), "\"it's\"");
  EXPECT_EQ(python_repr("it's \"it\""), "'it\\'s \"it\"'");
}

TEST(PythonRepr, AnythingElseIsNotAText) {
  for (const char* other : {"", "'", "plain", "'open", "'a'b'", "'\\'", "'\\x0'", "'\\q'",
                            "'\\ud800'", "b'bytes'", "\"'"}) {
    EXPECT_EQ(from_python_repr(other), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace cppworker::text
