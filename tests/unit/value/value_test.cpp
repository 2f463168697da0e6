#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include <cppworker/json.hpp>
#include <cppworker/value.hpp>

namespace cppworker {
namespace {

TEST(Value, MembersThatAreMissingThrow) {
  const Value value = parse_json(R"({"a": [1]})");
  EXPECT_THROW(static_cast<void>(value["b"]), KeyError);
  EXPECT_THROW(static_cast<void>(value["a"][1]), IndexError);
  EXPECT_THROW(static_cast<void>(value[0]), IndexError);
  EXPECT_EQ(value["a"][0], 1);
}

template <class T>
std::string type_error(const Value& value) {
  try {
    static_cast<void>(value.get<T>());
  } catch (const TypeError& error) {
    return error.what();
  }
  return "none";
}

TEST(Value, MembersAreGotAsTheirType) {
  const Value value =
      parse_json(R"({"token": "t-17", "n": 300, "x": 0.5, "ok": true, "no": null})");
  EXPECT_EQ(value["token"].get<std::string>(), "t-17");
  EXPECT_EQ(value["n"].get<int>(), 300);
  EXPECT_EQ(value["n"].get<double>(), 300.0);
  EXPECT_EQ(value["x"].get<double>(), 0.5);
  EXPECT_TRUE(value["ok"].get<bool>());
}

TEST(Value, MembersOfAnotherTypeThrow) {
  const Value value =
      parse_json(R"({"token": "t-17", "n": 300, "x": 0.5, "ok": true, "no": null})");
  EXPECT_EQ(type_error<std::string>(value["no"]), "expected a str, got None");
  EXPECT_EQ(type_error<std::string>(value["n"]), "expected a str, got an int");
  EXPECT_EQ(type_error<int>(value["token"]), "expected an int, got a str");
  EXPECT_EQ(type_error<int>(value["x"]), "expected an int, got a float");
  EXPECT_EQ(type_error<bool>(value["n"]), "expected a bool, got an int");
  EXPECT_EQ(type_error<double>(value["ok"]), "expected a float, got a bool");
  EXPECT_EQ(type_error<std::int8_t>(value["n"]), "the int is out of range");
  EXPECT_EQ(type_error<std::int64_t>(parse_json("18446744073709551615")),
            "the int is out of range");
  EXPECT_EQ(type_error<bool>(parse_json("[]")), "expected a bool, got a list");
  EXPECT_EQ(type_error<bool>(parse_json("{}")), "expected a bool, got a dict");
}

}  // namespace
}  // namespace cppworker
