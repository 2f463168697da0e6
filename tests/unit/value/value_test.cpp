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

TEST(ValueInBraces, IsAMap) {
  const std::vector<int> ids{1, 2};
  const std::string_view view = "v";
  const Value body{{"id", 7}, {"user", {{"name", view}, {"ok", true}}}, {"ids", ids}};
  EXPECT_EQ(to_json(body), R"({"id": 7, "user": {"name": "v", "ok": true}, "ids": [1, 2]})");
  EXPECT_EQ(to_json({{"a", {{"b", {{"c", nullptr}}}}}}), R"({"a": {"b": {"c": null}}})");
  EXPECT_EQ(to_json(Value::List{{{"a", 1}}, 2}), R"([{"a": 1}, 2])");
  EXPECT_EQ(Value(std::vector<std::string>{"x"}), Value(Value::List{"x"}));
  EXPECT_EQ(Value(std::vector<bool>{true}), Value(Value::List{true}));
  EXPECT_TRUE(Value{}.is_none());
}

TEST(ValueAssignment, AddsMembersAtAnyDepth) {
  Value body;
  body["id"] = 7;
  body["user"]["name"] = "ann";
  body["list"].push_back(1);
  body["list"].push_back("b");
  body["id"] = 8U;
  EXPECT_EQ(to_json(body), R"({"id": 8, "user": {"name": "ann"}, "list": [1, "b"]})");
  for (Value& element : body["list"]) element = 0;
  for (auto& [key, member] : body["user"].items()) member = key;
  body["list"][-1] = 9;
  EXPECT_EQ(to_json(body), R"({"id": 8, "user": {"name": "name"}, "list": [0, 9]})");
  EXPECT_THROW((void)body["id"]["x"], TypeError);
  EXPECT_THROW(body["user"].push_back(1), TypeError);
  static_assert(!std::is_assignable_v<Value, int>);  // an assignment to a temporary is lost
}

TEST(ValueAssignment, OfAnotherMemberCopiesItBeforeTheMapGrows) {
  Value body{{"a", std::string(100, 'x')}};
  for (int i = 0; i < 50; ++i) body["b" + std::to_string(i)] = body["a"];
  for (const auto& [key, member] : body.items()) EXPECT_EQ(member, std::string(100, 'x')) << key;
  EXPECT_EQ(body.size(), 51U);
}

template <class Function>
std::string key_error(Function function) {
  try {
    function();
  } catch (const KeyError& error) {
    return error.what();
  }
  return "none";
}

TEST(ValueMemberThatIsMissing, CanOnlyBeAssigned) {
  Value json = parse_json(R"({"a": 1})");
  const auto missing = [&json]() -> Value& { return json["x"]; };
  EXPECT_EQ(key_error([&] { (void)missing().get<int>(); }), "'x'");
  EXPECT_EQ(key_error([&] { (void)missing().is_none(); }), "'x'");
  EXPECT_EQ(key_error([&] { (void)missing().as_string(); }), "'x'");
  EXPECT_EQ(key_error([&] { (void)missing().value_or(7); }), "'x'");
  EXPECT_EQ(key_error([&] { (void)missing().str(); }), "'x'");
  EXPECT_EQ(key_error([&] { (void)missing().size(); }), "'x'");
  EXPECT_EQ(key_error([&] { (void)missing().begin(); }), "'x'");
  EXPECT_EQ(key_error([&] { (void)(missing() == 7); }), "'x'");
  EXPECT_EQ(key_error([&] { (void)(Value(7) == missing()); }), "'x'");
  EXPECT_EQ(key_error([&] { (void)to_json(missing()); }), "'x'");
  EXPECT_EQ(key_error([&] { const Value copy = missing(); }), "'x'");
  EXPECT_EQ(key_error([&] {
              double number = 0;
              (void)missing().to_double(number);
            }),
            "'x'");
  EXPECT_EQ(key_error([&] { (void)json["user"]["name"].get<int>(); }), "'user'");
  // Neither the JSON nor a loop has it.
  EXPECT_FALSE(json.contains("x"));
  EXPECT_EQ(json.find("x"), nullptr);
  int members = 0;
  Value plain = parse_json(R"({"a": 1})");
  EXPECT_EQ(key_error([&] { (void)plain["x"].get<int>(); }), "'x'");
  for (const auto& [key, member] : plain.items()) members += member.get<int>();
  EXPECT_EQ(members, 1);
  EXPECT_EQ(plain.size(), 1U);
  EXPECT_EQ(to_json(plain), R"({"a": 1})");
  // A copy and a comparison leave it out, too.
  const Value copy = plain;
  EXPECT_EQ(copy, parse_json(R"({"a": 1})"));
  EXPECT_EQ(plain, copy);
  EXPECT_EQ(copy, plain);
  EXPECT_EQ(plain.get<Value::Map>().size(), 1U);
  EXPECT_NE(plain, parse_json(R"({"a": 1, "b": 2})"));
  EXPECT_NE(plain, parse_json(R"({"a": 2})"));
  plain["x"] = 2;
  EXPECT_EQ(to_json(plain), R"({"a": 1, "x": 2})");
}

TEST(ValueIteration, IsSafeOnTemporaries) {
  const auto make = [] {
    return parse_json(R"({"items": [{"id": "a"}, {"id": "b"}], "n": {"x": 1, "y": 2}})");
  };
  std::string seen;
  for (const Value& item : make()["items"]) seen += item["id"].get<std::string>();
  for (const auto& [key, member] : make()["n"].items()) seen += key + member.str();
  for (const auto& [key, member] : make()["items"][-1].items()) seen += key + member.str();
  EXPECT_EQ(seen, "abx1y2idb");
}

TEST(ValueIteration, OfAnotherTypeThrows) {
  const auto refusal = [](const Value& value) -> std::string {
    try {
      for (const Value& element : value) (void)element;
    } catch (const TypeError& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_EQ(refusal(nullptr), "expected a list, got None");
  EXPECT_EQ(refusal("abc"), "expected a list, got a str");
  EXPECT_EQ(refusal(Value::Map{{"a", 1}}), "expected a list, got a dict; use items() for a dict");
  EXPECT_EQ(refusal(Value::List{}), "none");
  EXPECT_THROW((void)Value(7).items().begin(), TypeError);
  EXPECT_THROW((void)*Value(Value::Map{{1, 2}}).items().begin(), TypeError);
  EXPECT_THROW((void)Value("abc").size(), TypeError);
}

TEST(ValueDefault, IsReturnedForAMissingMemberOrNone) {
  const Value value = parse_json(R"({"name": "ann", "n": 3, "x": 0.5, "no": null, "ok": true})");
  const std::string name = value.get("name", "nobody");
  EXPECT_EQ(name, "ann");
  EXPECT_EQ(value.get("other", "nobody"), "nobody");
  EXPECT_EQ(value.get("n", 0), 3);
  EXPECT_EQ(value.get("m", 7ULL), 7ULL);
  EXPECT_EQ(value.get("n", 0.0), 3.0);
  EXPECT_EQ(value.get("x", 0.0F), 0.5F);
  EXPECT_TRUE(value.get("ok", false));
  EXPECT_EQ(value.get("list", Value::List{1}).size(), 1U);
  EXPECT_TRUE(value.get("no", Value(7)).is_none());
  EXPECT_THROW((void)value.get("no", 7), TypeError);
  EXPECT_THROW((void)value.get("name", 7), TypeError);
  EXPECT_THROW((void)Value(7).get("name", 7), TypeError);
  EXPECT_EQ(value["no"].value_or(7), 7);
  EXPECT_EQ(value["n"].value_or(7), 3);
  EXPECT_EQ(value["no"].value_or("none"), "none");
  EXPECT_THROW((void)value["name"].value_or(7), TypeError);
}

TEST(ValueText, IsPythonsStr) {
  EXPECT_EQ(Value("x").str(), "x");
  EXPECT_EQ(Value(-7).str(), "-7");
  EXPECT_EQ(Value(std::numeric_limits<std::uint64_t>::max()).str(), "18446744073709551615");
  EXPECT_EQ(Value(2.0).str(), "2.0");
  EXPECT_EQ(Value(1e16).str(), "1e+16");
  EXPECT_EQ(Value(-std::numeric_limits<double>::infinity()).str(), "-inf");
  EXPECT_EQ(Value(true).str(), "True");
  EXPECT_EQ(Value(nullptr).str(), "None");
  EXPECT_THROW((void)Value(Value::List{}).str(), TypeError);
}

TEST(ValueIndex, BelowZeroCountsFromTheEnd) {
  const Value list = parse_json("[1, 2, 3]");
  EXPECT_EQ(list[-1], 3);
  EXPECT_EQ(list[-3], 1);
  EXPECT_THROW((void)list[-4], IndexError);
  EXPECT_THROW((void)list[3], IndexError);
  EXPECT_EQ(list[list.size() - 1], 3);
}

}  // namespace
}  // namespace cppworker
