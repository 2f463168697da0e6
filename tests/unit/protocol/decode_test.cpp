#include "protocol/decode.hpp"

#include <limits>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "frames.hpp"

namespace cppworker::protocol {
namespace {

Value::Map spawn_data() {
  return {{"timestamp", 1'700'000'000.25},
          {"user_classes_count", Value::Map{{"A", 1}}},
          {"host", "http://h"},
          {"stop_timeout", 2.0},
          {"parsed_options", Value::Map{}}};
}

/// `spawn_data()` with one member replaced, or left out when there is no value.
Value spawn_with(const std::string& key, std::optional<Value> value) {
  Value::Map data;
  for (auto& [name, member] : spawn_data()) {
    if (name != Value(key)) {
      data.emplace_back(name, member);
    }
  }
  if (value) {
    data.emplace_back(key, *value);
  }
  return data;
}

Spawn spawn(const Value& data) {
  const Result<MasterMessage> message = decode(frame("spawn", data));
  EXPECT_TRUE(message) << message.error();
  return message ? std::get<Spawn>(message.value()) : Spawn();
}

std::string refusal(const std::string& bytes) {
  const Result<MasterMessage> message = decode(bytes);
  return message ? "taken as " + std::string(wire_type(message.value())) : message.error();
}

std::string spawn_refusal(const std::string& key, std::optional<Value> value) {
  return refusal(frame("spawn", spawn_with(key, std::move(value))));
}

TEST(Decode, ReadsMessagesWithoutData) {
  EXPECT_EQ(decode(frame("stop", nullptr)).value(), MasterMessage(Stop{}));
  EXPECT_EQ(decode(frame("quit", nullptr)).value(), MasterMessage(Quit{}));
  EXPECT_EQ(decode(frame("reconnect", nullptr)).value(), MasterMessage(Reconnect{}));
  EXPECT_EQ(decode(frame("heartbeat", nullptr)).value(), MasterMessage(HeartbeatAnswer{}));
  EXPECT_EQ(decode(frame("stop", Value::Map{{"new", 1}})).value(), MasterMessage(Stop{}));
}

TEST(Decode, TakesAnAckWithAndWithoutIndex) {
  EXPECT_EQ(decode(frame("ack", nullptr)).value(), MasterMessage(Ack{}));
  EXPECT_EQ(decode(frame("ack", Value::Map{})).value(), MasterMessage(Ack{}));
  EXPECT_EQ(decode(frame("ack", Value::Map{{"index", 4}, {"new", 1}})).value(),
            MasterMessage(Ack{4}));
  EXPECT_EQ(decode(frame("ack", Value::Map{{"index", "four"}})).value(), MasterMessage(Ack{}));
}

TEST(Decode, TakesIntegersForFloatsAndTheOtherWayRound) {
  EXPECT_EQ(spawn(spawn_with("timestamp", 1'700'000'000)).timestamp, 1.7e9);
  EXPECT_EQ(spawn(spawn_with("stop_timeout", 3)).stop_timeout, 3.0);
  EXPECT_EQ(
      spawn(spawn_with("user_classes_count", Value::Map{{"A", 2.0}, {"B", 0}})).user_classes_count,
      (UserClassesCount{{"A", 2}, {"B", 0}}));
  EXPECT_EQ(decode(frame("spawning_complete", Value::Map{{"user_count", 7.0}})).value(),
            MasterMessage(ClusterSpawningComplete{7}));
}

TEST(Decode, TakesASpawnWithoutWhatMayBeMissing) {
  const Spawn bare =
      spawn(Value::Map{{"timestamp", 1.5}, {"user_classes_count", Value::Map{}}, {"new key", 1}});
  EXPECT_EQ(bare.host, std::nullopt);
  EXPECT_EQ(bare.stop_timeout, 0);
  EXPECT_TRUE(bare.parsed_options.is_none());
  EXPECT_EQ(spawn(spawn_with("host", nullptr)).host, std::nullopt);
  EXPECT_EQ(spawn(spawn_with("host", "")).host, "");
  EXPECT_EQ(spawn(spawn_with("stop_timeout", nullptr)).stop_timeout, 0);
}

TEST(Decode, HoldsStopTimeoutInARangeThatClocksCanTake) {
  EXPECT_EQ(spawn(spawn_with("stop_timeout", -1)).stop_timeout, 0);
  EXPECT_EQ(spawn(spawn_with("stop_timeout", 1e300)).stop_timeout, 315'360'000.0);
}

TEST(Decode, KeepsOptionsOfAnyShape) {
  const Value options = Value::Map{
      {"tags", Value::List{"a", "b"}},
      {"none", nullptr},
      {7, Value::Map{{nullptr, 1.5}, {true, Value::Bytes{"raw"}}}},
      {"when", Value::Map{{"__datetime__", true}, {"as_str", "20240101T00:00:00.000000"}}},
  };
  EXPECT_EQ(spawn(spawn_with("parsed_options", options)).parsed_options, options);
  EXPECT_EQ(spawn(spawn_with("parsed_options", "text")).parsed_options, Value("text"));
  EXPECT_TRUE(decode(frame("greeting", Value::Map{{"__ObjectId__", true}})));
}

TEST(Decode, ReadsUnknownTypesAsCustomMessages) {
  EXPECT_EQ(decode(frame("greeting", 5)).value(), MasterMessage(Custom{"greeting", 5}));
  EXPECT_EQ(decode(frame("", nullptr)).value(), MasterMessage(Custom{"", nullptr}));
}

TEST(Decode, MakesInvalidTextValid) {
  // ["g\xFF", "h\xFE", "n"]
  const auto message = decode(from_hex("93a267ffa268fea16e"));
  EXPECT_EQ(message.value(), MasterMessage(Custom{"g\xEF\xBF\xBD", "h\xEF\xBF\xBD"}));
}

TEST(Decode, RefusesWhatIsNoMessage) {
  EXPECT_EQ(refusal("\xC1"), "not a msgpack message: byte 0 is not msgpack");
  EXPECT_EQ(refusal(""), "not a msgpack message: truncated after 0 bytes");
  EXPECT_EQ(refusal(frame("stop", nullptr) + "x"),
            "not a msgpack message: 1 bytes follow the message");
  const std::string no_array = "not an array of type, data and node id";
  EXPECT_EQ(refusal(pack(5)), no_array);
  EXPECT_EQ(refusal(pack(Value::Map{})), no_array);
  EXPECT_EQ(refusal(pack(Value::List{})), no_array);
  EXPECT_EQ(refusal(pack(Value::List{"stop", nullptr})), no_array);
  EXPECT_EQ(refusal(pack(Value::List{"stop", nullptr, "n", 1})), no_array);
  EXPECT_EQ(refusal(frame(5, nullptr)), "the message's type is not a string");
  EXPECT_EQ(refusal(frame(Value::Bytes{"stop"}, nullptr)), "the message's type is not a string");
}

TEST(Decode, RefusesASpawnThatCannotBeFollowed) {
  EXPECT_EQ(refusal(frame("spawn", nullptr)), "'spawn': timestamp is missing or not a number");
  const std::string bad_time = "'spawn': timestamp is missing or not a number";
  EXPECT_EQ(spawn_refusal("timestamp", std::nullopt), bad_time);
  EXPECT_EQ(spawn_refusal("timestamp", "now"), bad_time);
  EXPECT_EQ(refusal(from_hex("93a5737061776e81a974696d657374616d70cb7ff8000000000000a16e")),
            bad_time);  // NaN

  const std::string bad_counts = "'spawn': user_classes_count is missing or not a map";
  EXPECT_EQ(spawn_refusal("user_classes_count", std::nullopt), bad_counts);
  EXPECT_EQ(spawn_refusal("user_classes_count", Value::List{1}), bad_counts);
  EXPECT_EQ(spawn_refusal("host", 5), "'spawn': host is not a string");
  EXPECT_EQ(spawn_refusal("stop_timeout", "soon"),
            "'spawn': stop_timeout is not a number of seconds");
}

TEST(Decode, RefusesCountsThatAreNoNumbersOfUsers) {
  const auto counts = [](Value count) {
    return spawn_refusal("user_classes_count", Value::Map{{"A", std::move(count)}});
  };
  const std::string bad =
      "'spawn': the count of class 'A' is not a valid user count (0 to 100000000)";
  EXPECT_EQ(counts(-1), bad);
  EXPECT_EQ(counts(-1.0), bad);
  EXPECT_EQ(counts(1.5), bad);
  EXPECT_EQ(counts(1e300), bad);
  EXPECT_EQ(counts(100'000'001), bad);
  EXPECT_EQ(counts(std::numeric_limits<std::uint64_t>::max()), bad);
  EXPECT_EQ(counts("3"), bad);
  EXPECT_EQ(counts(true), bad);
  EXPECT_EQ(counts(nullptr), bad);
  EXPECT_EQ(spawn_refusal("user_classes_count", Value::Map{{5, 1}}),
            "'spawn': a class name in user_classes_count is not a string");
  EXPECT_EQ(spawn_refusal("user_classes_count", Value::Map{{"A", 60'000'000}, {"B", 60'000'000}}),
            "'spawn': user_classes_count has more than 100000000 users");
}

TEST(Decode, SaysWhatIsWrongWithALongNameInAShortText) {
  const std::string name = "x\n" + std::string(70'000, 'y');
  const std::string refusal = spawn_refusal("user_classes_count", Value::Map{{name, -1}});
  EXPECT_TRUE(refusal.starts_with("'spawn': the count of class 'x\\nyyy"))
      << refusal.substr(0, 100);
  EXPECT_NE(refusal.find("… (70002 characters)' is not a valid"), std::string::npos);
  EXPECT_LT(refusal.size(), 600U);
}

TEST(Decode, RefusesOtherMessagesWithoutTheirData) {
  const std::string no_count =
      "'spawning_complete': user_count is missing or not a valid user count";
  EXPECT_EQ(refusal(frame("spawning_complete", nullptr)), no_count);
  EXPECT_EQ(refusal(frame("spawning_complete", Value::Map{{"user_count", -1}})), no_count);
  const std::string no_name = "'update_user_class': user_class_name is missing or not a string";
  EXPECT_EQ(refusal(frame("update_user_class", nullptr)), no_name);
  EXPECT_EQ(refusal(frame("update_user_class", Value::Map{{"user_class_name", 5}})), no_name);
}

TEST(Decode, RefusesDeepNesting) {
  Value deep = 1;
  for (int i = 0; i < 64; ++i) {
    deep = Value::List{deep};
  }
  EXPECT_TRUE(decode(frame("greeting", deep)));
  const std::string deeper = from_hex("93a167") + std::string(65, '\x91') + from_hex("01a16e");
  EXPECT_NE(refusal(deeper).find("nested more than 64 deep"), std::string::npos) << refusal(deeper);
}

}  // namespace
}  // namespace cppworker::protocol
