#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include <cppworker/parsed_options.hpp>
#include <cppworker/value.hpp>

namespace cppworker {
namespace {

const Value& options() {
  static const Value options = Value::Map{
      {"items", "many"}, {"ratio", Value::List{1}}, {"dry_run", "maybe"}, {"count", "12"}};
  return options;
}

template <class T>
std::string error_of(std::string_view name) {
  try {
    static_cast<void>(ParsedOptions(options()).get<T>(name));
    return "none";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

TEST(ParsedOptions, ReadsANumberFromAText) {
  EXPECT_EQ(ParsedOptions(options()).get<int>("count"), 12);
}

TEST(ParsedOptions, AnErrorNamesTheOptionItsValueAndTheExpectedType) {
  EXPECT_EQ(error_of<int>("items"), "the value of the option 'items', \"many\", is not an integer");
  EXPECT_EQ(error_of<double>("ratio"), "the value of the option 'ratio', [1], is not a number");
  EXPECT_EQ(error_of<bool>("dry_run"),
            "the value of the option 'dry_run', \"maybe\", is not a boolean");
  EXPECT_EQ(error_of<std::string>("ratio"), "the value of the option 'ratio', [1], is not a text");
  EXPECT_EQ(error_of<int>("absent"),
            "parsed_options has no 'absent': declare it in CPPWORKER_ARGUMENTS");
}

}  // namespace
}  // namespace cppworker
