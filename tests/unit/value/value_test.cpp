#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

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

TEST(ValueConversions, ANumberIsTheSameWhateverItsType) {
  const std::vector<int> items(7);
  EXPECT_EQ(Value(items.size()), Value(7));
  EXPECT_EQ(Value(7U), Value(7));
  EXPECT_EQ(Value(7LL), Value(std::int64_t{7}));
  EXPECT_EQ(Value(std::int8_t{-7}), Value(-7));
  EXPECT_EQ(Value(std::uint8_t{7}), Value(7));
  EXPECT_EQ(Value(7.5F), Value(7.5));
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  const Value largest = kMax;
  EXPECT_EQ(std::get<std::uint64_t>(largest.data()), kMax);
}

TEST(ValueConversions, OnlyABoolIsABool) {
  std::vector<bool> flags{true};
  EXPECT_EQ(Value(flags[0]), Value(true));
  EXPECT_EQ(Value("text"), Value(std::string("text")));
  EXPECT_TRUE(Value(nullptr).is_none());
  const auto lambda = [] {};
  static_assert(!std::is_convertible_v<decltype(lambda), Value>);
  static_assert(!std::is_convertible_v<int*, Value>);
  static_assert(!std::is_convertible_v<const void*, Value>);
  static_assert(!std::is_convertible_v<const Value*, Value>);
  static_assert(!std::is_convertible_v<void (*)(), Value>);
  static_assert(!std::is_convertible_v<int std::pair<int, int>::*, Value>);
  static_assert(!std::is_convertible_v<char, Value>);
  static_assert(!std::is_convertible_v<char16_t, Value>);
  static_assert(std::is_convertible_v<char*, Value>);
}

TEST(ValueOfATemporary, IsACopy) {
  const auto make = [] {
    return Value(
        Value::Map{{"items", Value::List{Value::Map{{"id", "a"}}, Value::Map{{"id", "b"}}}},
                   {"raw", Value::Bytes{"\x01"}}});
  };
  std::string ids;
  for (const Value& item : make()["items"].get<Value::List>()) {
    ids += item["id"].get<std::string>();
  }
  for (const auto& [name, value] : make().get<Value::Map>()) {
    ids += name.get<std::string>().substr(0, 1);
  }
  EXPECT_EQ(ids, "abir");
  EXPECT_EQ(make()["raw"].get<Value::Bytes>().data, "\x01");
  EXPECT_EQ(make()["items"][1]["id"], Value("b"));
  EXPECT_THROW((void)make().get<Value::List>(), TypeError);
  EXPECT_THROW((void)make()["items"].get<Value::Map>(), TypeError);
  EXPECT_THROW((void)make()["items"].get<Value::Bytes>(), TypeError);
}

}  // namespace
}  // namespace cppworker
