#include "protocol/sendable.hpp"

#include <gtest/gtest.h>

namespace cppworker::protocol {
namespace {

Value nested(std::size_t depth) {
  Value value = 1;
  for (std::size_t i = 0; i < depth; ++i) {
    value = Value::List{value};
  }
  return value;
}

Value datetime(const char* text) { return Value::Map{{"__datetime__", true}, {"as_str", text}}; }

bool sendable(Value data) { return !why_not_sendable(Custom{"greeting", std::move(data)}); }

TEST(WhyNotSendable, TakesOrdinaryData) {
  EXPECT_TRUE(sendable(nullptr));
  EXPECT_TRUE(sendable(Value::Map{{1, "int key"}, {2.5, "float key"}, {true, nullptr}}));
  EXPECT_TRUE(sendable(Value::List{Value::Bytes{"\xFF"}, Value::Map{}, "text \xFF"}));
}

TEST(WhyNotSendable, RefusesTheTypesOfLocust) {
  for (const char* type : {"client_ready", "client_stopped", "exception", "heartbeat", "locustfile",
                           "logs", "quit", "spawning", "spawning_complete", "stats"}) {
    const auto reason = why_not_sendable(Custom{type, 1});
    ASSERT_TRUE(reason) << type;
    EXPECT_NE(reason->find(type), std::string::npos) << *reason;
  }
  EXPECT_FALSE(why_not_sendable(Custom{"spawn", 1})) << "a type of the master only";
}

TEST(WhyNotSendable, RefusesDeepNesting) {
  EXPECT_TRUE(sendable(nested(kMaxDepth)));
  EXPECT_FALSE(sendable(nested(kMaxDepth + 1)));
}

TEST(WhyNotSendable, RefusesKeysThatPythonCannotHash) {
  EXPECT_FALSE(sendable(Value::Map{{Value::List{}, 1}}));
  EXPECT_FALSE(sendable(Value::List{Value::Map{{Value::Map{}, 1}}}));
}

TEST(WhyNotSendable, RefusesWhatTheMastersDecoderTakesForSomethingElse) {
  EXPECT_TRUE(sendable(datetime("20240229T00:00:00.000000")));
  for (const char* text :
       {"", "2024", "20230229T00:00:00.000000", "20241301T00:00:00.000000",
        "20240100T00:00:00.000000", "20240101T24:00:00.000000", "20240101T00:60:00.000000",
        "20240101T00:00:60.000000", "00000101T00:00:00.000000", "2024010aT00:00:00.000000",
        "20240101 00:00:00.000000", "20240101T00:00:00.00000x"}) {
    EXPECT_FALSE(sendable(datetime(text))) << text;
  }
  EXPECT_FALSE(sendable(Value::Map{{"__datetime__", true}}));
  EXPECT_FALSE(sendable(Value::Map{{"__datetime__", true}, {"as_str", 5}}));
  EXPECT_FALSE(sendable(Value::Map{{"__ObjectId__", true}, {"as_str", "5"}}));
}

}  // namespace
}  // namespace cppworker::protocol
