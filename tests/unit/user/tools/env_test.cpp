#include <cstdlib>
#include <string>

#include <gmock/gmock.h>

#include <cppworker/env.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/files.hpp>
#include <cppworker/value.hpp>

#include "support/temporary_folder.hpp"

namespace cppworker {
namespace {

using testing::StartsWith;

/// A variable of the environment while the object lives.
class Variable {
 public:
  explicit Variable(const char* value) { ::setenv(kName, value, 1); }
  ~Variable() { ::unsetenv(kName); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  static constexpr const char* kName = "CPPWORKER_TEST_VARIABLE";
};

TEST(Env, ReturnsTheTextOrTheDefault) {
  EXPECT_EQ(message_of<KeyError>([] { (void)env(Variable::kName); }),
            "'CPPWORKER_TEST_VARIABLE': this environment variable is not set");
  EXPECT_EQ(env(Variable::kName, "default"), "default");
  EXPECT_EQ(env(Variable::kName, 7U), 7U);
  EXPECT_EQ(env(Variable::kName, 0.5F), 0.5F);
  EXPECT_TRUE(env(Variable::kName, true));
  const Variable empty("");
  EXPECT_EQ(env(Variable::kName), "");
  EXPECT_EQ(env(Variable::kName, "default"), "");
}

TEST(Env, ReturnsNumbersOfTheDefaultsType) {
  const Variable seven(" +7 ");
  EXPECT_EQ(env(Variable::kName, 3), 7);
  EXPECT_EQ(env(Variable::kName, 3.5), 7.0);
  EXPECT_EQ(env(Variable::kName, std::size_t{1}), std::size_t{7});
  const Variable fraction("1e-3");
  EXPECT_EQ(env(Variable::kName, 0.0), 0.001);
  const Variable yes("Yes");
  EXPECT_TRUE(env(Variable::kName, false));
  const Variable off("OFF");
  EXPECT_FALSE(env(Variable::kName, true));
}

TEST(Env, ThatIsNoSuchNumberThrowsItsNameAndValue) {
  const auto refusal = [](const char* value, auto default_value) {
    const Variable variable(value);
    return message_of<Error>([&] { (void)env(Variable::kName, default_value); });
  };
  const std::string begin = "The environment variable CPPWORKER_TEST_VARIABLE is ";
  EXPECT_THAT(refusal("soon", 1),
              StartsWith(begin + "\"soon\", which is not an integer from -2147"));
  EXPECT_THAT(refusal("1.5", 1), StartsWith(begin + "\"1.5\", which is not an integer"));
  EXPECT_THAT(refusal("", 1), StartsWith(begin + "\"\", which is not an integer"));
  EXPECT_THAT(refusal("1 2", 1), StartsWith(begin));
  EXPECT_THAT(refusal("+-1", 1), StartsWith(begin));
  EXPECT_THAT(refusal("3000000000", 1), StartsWith(begin));
  EXPECT_THAT(refusal("-1", 1U), StartsWith(begin + "\"-1\", which is not an integer from 0 to"));
  EXPECT_THAT(refusal("1s\n", 0.5), StartsWith(begin + "\"1s\\n\", which is not a number"));
  EXPECT_THAT(refusal("maybe", true), StartsWith(begin + "\"maybe\", which is not true or false"));
}

TEST(ReadFile, ReturnsAllBytes) {
  const TemporaryFolder folder;
  const std::string content = std::string(200'000, 'x') + std::string("\0\xff", 2);
  EXPECT_EQ(read_file(folder.write("data", content)), content);
  EXPECT_EQ(read_file(folder.write("empty", "")), "");
}

TEST(ReadFile, NamesThePathAndTheReason) {
  EXPECT_EQ(message_of<Error>([] { (void)read_file("/nowhere/users.json"); }),
            "Can't read the file '/nowhere/users.json': No such file or directory");
  EXPECT_THAT(message_of<Error>([] { (void)read_file("users.json"); }),
              testing::MatchesRegex("Can't read the file 'users.json' in /.*: No such file or .*"));
  const TemporaryFolder folder;
  EXPECT_THAT(message_of<Error>([&] { (void)read_file(folder.path()); }),
              testing::EndsWith("': Is a directory"));
}

}  // namespace
}  // namespace cppworker
