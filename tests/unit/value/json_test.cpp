#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cppworker/json.hpp>

#include "coro/clock.hpp"
#include "coro/scheduler.hpp"
#include "value/json_depth.hpp"

namespace cppworker {
namespace {

const nlohmann::json& golden() {
  static const auto recorded =
      nlohmann::json::parse(std::ifstream(CPPWORKER_GOLDEN_DIR "/json_texts.json"));
  return recorded;
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

/// As tests/golden/record_json.py writes results.
std::string result(std::string_view text) {
  try {
    return to_json(parse_json(text));
  } catch (const JSONDecodeError& error) {
    return std::string("!") + error.what();
  }
}

std::string nested(std::size_t depth, const std::string& begin, const std::string& end) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += begin;
  text += "1";
  for (std::size_t i = 0; i < depth; ++i) text += end;
  return text;
}

TEST(Json, IsReadAndWrittenAsPythonDoes) {
  ASSERT_GT(golden().at("texts").size(), 240U);
  ASSERT_GT(golden().at("random").size(), 600U);
  for (const char* section : {"texts", "random"}) {
    for (const auto& sample : golden().at(section)) {
      const std::string text = sample[0];
      EXPECT_EQ(result(text), sample[1].get<std::string>()) << text;
    }
  }
}

TEST(Json, ThatIsNoUtf8IsReadAsPythonReadsAnAnswer) {
  ASSERT_GT(golden().at("bytes").size(), 10U);
  for (const auto& sample : golden().at("bytes")) {
    EXPECT_EQ(result(from_hex(sample[0])), sample[1].get<std::string>()) << sample[0];
  }
}

TEST(Json, IsParsedIntoValues) {
  const Value value =
      parse_json(R"({"a": [1, -2, 2.5, true, null, "x\u00fc"], "b": {"c": 18446744073709551615}})");
  EXPECT_EQ(value["a"], Value(Value::List{1, -2, 2.5, true, nullptr, "xü"}));
  EXPECT_EQ(value["b"]["c"], std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parse_json("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_json("18446744073709551616"), 18446744073709551616.0);
  EXPECT_TRUE(std::signbit(parse_json("-0.0").get<double>()));
  EXPECT_EQ(parse_json(" 7 "), 7);
  EXPECT_EQ(parse_json(R"({"z": 1, "a": 2})"), Value(Value::Map{{"z", 1}, {"a", 2}}));
}

TEST(Json, KeepsTheLastValueOfAKeyAlsoAmongMany) {
  std::string text = "{";
  Value::Map expected;
  for (int i = 0; i < 50'000; ++i) {
    const std::string key = std::to_string(i % 40'000);
    text += "\"" + key + "\": " + std::to_string(i) + ",";
    if (i < 40'000) expected.emplace_back(key, i < 10'000 ? i + 40'000 : i);
  }
  text.back() = '}';
  EXPECT_TRUE(parse_json(text) == Value(expected));
}

TEST(Json, NestedDeeplyIsReadOnTheStackOfAUser) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
  constexpr std::size_t kStackSize = 512 * coro::kKiB;
#else
  constexpr std::size_t kStackSize = 64 * coro::kKiB;
#endif
  coro::VirtualClock clock;
  coro::Scheduler scheduler(clock, {.stack_size = kStackSize});
  bool is_done = false;
  scheduler.spawn(
      [&is_done] {
        for (const auto& [begin, end] : {std::pair("[", "]"), std::pair("{\"a\": ", "}")}) {
          const std::string text = nested(value::kMaxJsonDepth, begin, end);
          const Value value = parse_json(text);
          const Value copy = value;  // NOLINT(performance-unnecessary-copy-initialization)
          EXPECT_EQ(copy, value);
          EXPECT_EQ(to_json(copy), text);
        }
        is_done = true;
      },
      {"Json", "deep"});
  scheduler.run_until_idle();
  EXPECT_TRUE(is_done);
}

TEST(Json, NestedTooDeeplyIsAnError) {
  EXPECT_EQ(result(nested(value::kMaxJsonDepth + 1, "[", "]")),
            "!Lists and objects nested more than 100 deep: line 1 column 101 (char 100)");
  EXPECT_EQ(result(std::string(1'000'000, '[')),
            "!Lists and objects nested more than 100 deep: line 1 column 101 (char 100)");
  EXPECT_EQ(result(nested(100'000, "{\"a\":", "}")).substr(0, 44),
            "!Lists and objects nested more than 100 deep");
  Value deep;
  for (std::size_t i = 0; i < value::kMaxJsonDepth; ++i) deep = Value::List{deep};
  EXPECT_EQ(to_json(deep).size(), 2 * value::kMaxJsonDepth + 4);
  EXPECT_THROW(static_cast<void>(to_json(Value::List{deep})), std::invalid_argument);
}

TEST(Json, IsWritten) {
  EXPECT_EQ(to_json(Value::Map{{"s", "a\"\\\n\x01ü😀\xff"},
                               {"n", Value::List{1, 2.0, -0.5, 1e300}},
                               {"t", true},
                               {"z", nullptr},
                               {7, Value::Map{}},
                               {1.0, Value::List{}}}),
            "{\"s\": \"a\\\"\\\\\\n\\u0001\\u00fc\\ud83d\\ude00\\ufffd\", \"n\": [1, 2.0, -0.5, "
            "1e+300], \"t\": true, \"z\": null, \"7\": {}, \"1.0\": []}");
  EXPECT_THROW(static_cast<void>(to_json(Value::Bytes{"x"})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(to_json(Value::Map{{Value::List{}, 1}})), std::invalid_argument);
}

TEST(Json, OfRandomBytesIsAnErrorOrIsWrittenAndReadAgain) {
  std::mt19937 random(8259);  // NOLINT(cert-msc51-cpp): the same bytes in each run
  std::vector<std::string> texts;
  for (const auto& sample : golden().at("random")) texts.push_back(sample[0]);
  const auto below = [&random](std::size_t bound) { return random() % bound; };
  std::size_t errors = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = texts[below(texts.size())];
    for (std::size_t change = below(4); change > 0 && !text.empty(); --change) {
      text[below(text.size())] = static_cast<char>(below(256));
    }
    const std::string first = result(text);
    if (first.starts_with('!')) {
      ++errors;
    } else {
      ASSERT_EQ(result(first), first);
    }
  }
  EXPECT_GT(errors, 1000U);
  EXPECT_LT(errors, 19'000U);
}

}  // namespace
}  // namespace cppworker
