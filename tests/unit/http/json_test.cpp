#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include <cppworker/json.hpp>

namespace cppworker {
namespace {

TEST(Json, IsParsedIntoValues) {
  const Value value =
      parse_json(R"({"a": [1, -2, 2.5, true, null, "x\u00fc"], "b": {"c": 18446744073709551615}})");
  EXPECT_EQ(value["a"], Value(Value::List{1, -2, 2.5, true, nullptr, "xü"}));
  EXPECT_EQ(value["b"]["c"], std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parse_json(" 7 "), 7);
  EXPECT_EQ(parse_json(R"({"a": 1, "a": 2})"), Value(Value::Map{{"a", 2}}));
}

TEST(Json, ThatIsNoneThrows) {
  EXPECT_THROW(parse_json(""), JSONDecodeError);
  EXPECT_THROW(parse_json("{\"a\": }"), JSONDecodeError);
  EXPECT_THROW(parse_json("[1] x"), JSONDecodeError);
  EXPECT_THROW(parse_json(std::string(100'000, '[')), JSONDecodeError) << "and no stack overflow";
}

TEST(Json, IsWrittenAsPythonDoes) {
  EXPECT_EQ(to_json(Value::Map{{"s", "a\"\\\n\x01ü😀"},
                               {"n", Value::List{1, 2.0, -0.5, 1e300}},
                               {"t", true},
                               {"z", nullptr},
                               {7, Value::Map{}}}),
            "{\"s\": \"a\\\"\\\\\\n\\u0001\\u00fc\\ud83d\\ude00\", \"n\": [1, 2.0, -0.5, 1e+300], "
            "\"t\": true, \"z\": null, \"7\": {}}");
  EXPECT_THROW(static_cast<void>(to_json(Value::Bytes{"x"})), std::invalid_argument);
}

TEST(Json, MembersThatAreMissingThrow) {
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

TEST(Json, MembersAreGotAsTheirType) {
  const Value value =
      parse_json(R"({"token": "t-17", "n": 300, "x": 0.5, "ok": true, "no": null})");
  EXPECT_EQ(value["token"].get<std::string>(), "t-17");
  EXPECT_EQ(value["n"].get<int>(), 300);
  EXPECT_EQ(value["n"].get<double>(), 300.0);
  EXPECT_EQ(value["x"].get<double>(), 0.5);
  EXPECT_TRUE(value["ok"].get<bool>());
}

TEST(Json, MembersOfAnotherTypeThrow) {
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
