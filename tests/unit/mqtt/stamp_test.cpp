#include "mqtt/stamp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cppworker/exception.hpp>

#include "mqtt/endpoint.hpp"
#include "mqtt/topic_filter.hpp"

namespace cppworker::mqtt {
namespace {

constexpr StampClock kSent{.machine = 7, .monotonic_us = 1'000'000, .unix_us = 5'000'000};

constexpr StampTopic kTopic{.topic = "a", .qos = 1};

std::string stamped(Stamper& stamper, MqttStamp kind, const StampTopic& topic = kTopic) {
  return std::string(stamper.make(kind, topic, kSent).view()) + "payload";
}

TEST(MqttStamp, OwnStampUsesTheMonotonicClockOfTheSameMachine) {
  Stamper stamper(42);
  const std::string payload = stamped(stamper, MqttStamp::kOwn);
  const auto here = read_stamp(MqttStamp::kOwn, kTopic, payload,
                               {.machine = 7, .monotonic_us = 1'002'500, .unix_us = 9'000'000});
  ASSERT_TRUE(here);
  EXPECT_DOUBLE_EQ(here->age.count(), 2.5);
  EXPECT_EQ(here->counter, 0U);
  EXPECT_EQ(payload.substr(here->size), "payload");
  const auto elsewhere = read_stamp(MqttStamp::kOwn, kTopic, payload,
                                    {.machine = 8, .monotonic_us = 1, .unix_us = 5'007'000});
  ASSERT_TRUE(elsewhere);
  EXPECT_DOUBLE_EQ(elsewhere->age.count(), 7);
  // The other machine's clock is ahead.
  EXPECT_EQ(read_stamp(MqttStamp::kOwn, kTopic, payload, {.machine = 8, .unix_us = 4'999'000})
                ->age.count(),
            0);
}

TEST(MqttStamp, CountsEachTopicAndQos) {
  Stamper stamper(42);
  const auto read = [&](const StampTopic& topic) {
    return *read_stamp(MqttStamp::kOwn, topic, stamped(stamper, MqttStamp::kOwn, topic), kSent);
  };
  const Stamp first = read({"a", 1});
  const Stamp other = read({"b", 1});
  const Stamp other_qos = read({"a", 2});
  const Stamp second = read({"a", 1});
  EXPECT_EQ(first.counter, 0U);
  EXPECT_EQ(other.counter, 0U);
  EXPECT_EQ(other_qos.counter, 0U);
  EXPECT_EQ(second.counter, 1U);
  EXPECT_EQ(first.publisher, second.publisher);
  EXPECT_NE(first.publisher, other.publisher);
  EXPECT_NE(first.publisher, other_qos.publisher);
}

TEST(MqttStamp, ReadsAndWritesThatOfEmqttBench) {
  Stamper stamper(42);
  static_cast<void>(stamper.make(MqttStamp::kEmqttBench, kTopic, kSent));
  const std::string payload = stamped(stamper, MqttStamp::kEmqttBench);
  EXPECT_EQ(payload.substr(0, 16), std::string("\0\0\0\0\0\0\0\1\0\0\0\0\0\0\x13\x88", 16));
  const auto stamp = read_stamp(MqttStamp::kEmqttBench, kTopic, payload, {.unix_us = 5'003'000});
  ASSERT_TRUE(stamp);
  EXPECT_EQ(stamp->counter, 1U);
  EXPECT_DOUBLE_EQ(stamp->age.count(), 3);
}

TEST(MqttStamp, NoStampIsNothing) {
  EXPECT_FALSE(read_stamp(MqttStamp::kOwn, kTopic, std::string(24, 'x'), kSent));
  EXPECT_FALSE(read_stamp(MqttStamp::kOwn, kTopic, "short", kSent));
  EXPECT_FALSE(read_stamp(MqttStamp::kEmqttBench, kTopic, "short", kSent));
}

TEST(MqttSequence, FindsGapsRepetitionsAndOrder) {
  SequenceCheck check;
  EXPECT_EQ(check.take(1, 5), "");  // the subscriber came later
  EXPECT_EQ(check.take(1, 6), "");
  EXPECT_EQ(check.take(1, 10), "3 missing");
  EXPECT_EQ(check.take(1, 8), "out of order");
  EXPECT_EQ(check.take(1, 8), "duplicate");
  EXPECT_EQ(check.take(1, 10), "duplicate");
  EXPECT_EQ(check.take(1, 11), "");
  EXPECT_EQ(check.take(2, 0), "") << "another publisher";
}

TEST(MqttSequence, AGapOfAnySizeTakesBoundedMemory) {
  SequenceCheck check;
  EXPECT_EQ(check.take(1, 0), "");
  EXPECT_EQ(check.take(1, UINT64_MAX / 2), std::to_string(UINT64_MAX / 2 - 1) + " missing");
  EXPECT_EQ(check.take(1, UINT64_MAX / 2 - 1), "out of order");
  EXPECT_EQ(check.take(1, 1), "duplicate") << "forgotten";
}

TEST(MqttTopicFilter, Matches) {
  EXPECT_TRUE(topic_matches("a/b", "a/b"));
  EXPECT_FALSE(topic_matches("a/b", "a/c"));
  EXPECT_FALSE(topic_matches("a/b", "a/b/c"));
  EXPECT_FALSE(topic_matches("a/b/c", "a/b"));
  EXPECT_TRUE(topic_matches("a/+", "a/b"));
  EXPECT_TRUE(topic_matches("a/+", "a/"));
  EXPECT_FALSE(topic_matches("a/+", "a"));
  EXPECT_FALSE(topic_matches("a/+", "a/b/c"));
  EXPECT_TRUE(topic_matches("+/b", "a/b"));
  EXPECT_TRUE(topic_matches("a/#", "a/b/c"));
  EXPECT_TRUE(topic_matches("a/#", "a"));
  EXPECT_FALSE(topic_matches("a/#", "ab"));
  EXPECT_TRUE(topic_matches("#", "a/b"));
  EXPECT_FALSE(topic_matches("#", "$SYS/broker"));
  EXPECT_FALSE(topic_matches("+/broker", "$SYS/broker"));
  EXPECT_TRUE(topic_matches("$SYS/#", "$SYS/broker"));
  EXPECT_TRUE(topic_matches("$share/group/a/+", "a/b"));
  EXPECT_FALSE(topic_matches("$share/group/a/+", "b/b"));
  EXPECT_FALSE(topic_matches("$share/group", "a"));
}

std::string endpoint_text(std::string_view host, std::uint16_t port = 0, bool has_tls = false) {
  try {
    const Endpoint endpoint = parse_endpoint(host, port, has_tls);
    return endpoint.host + " " + std::to_string(endpoint.port) + (endpoint.has_tls ? " tls" : "") +
           (endpoint.path.empty() ? "" : " " + endpoint.path + " of " + authority_of(endpoint));
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(MqttEndpoint, HostForms) {
  EXPECT_EQ(endpoint_text("broker"), "broker 1883");
  EXPECT_EQ(endpoint_text("broker", 1884), "broker 1884");
  EXPECT_EQ(endpoint_text("broker:1885", 1884), "broker 1885");
  EXPECT_EQ(endpoint_text("broker", 0, true), "broker 8883 tls");
  EXPECT_EQ(endpoint_text("mqtt://broker"), "broker 1883");
  EXPECT_EQ(endpoint_text("mqtts://broker/"), "broker 8883 tls");
  EXPECT_EQ(endpoint_text("mqtts://10.0.0.1:99"), "10.0.0.1 99 tls");
  EXPECT_EQ(endpoint_text("[::1]:99"), "[::1] 99");
  EXPECT_EQ(endpoint_text("[::1]"), "[::1] 1883");
  EXPECT_EQ(endpoint_text("::1"), "::1 1883");
}

TEST(MqttEndpoint, WebSockets) {
  EXPECT_EQ(endpoint_text("ws://broker"), "broker 80 /mqtt of broker");
  EXPECT_EQ(endpoint_text("ws://broker/"), "broker 80 / of broker");
  EXPECT_EQ(endpoint_text("ws://broker:8083/a/b?c=d"), "broker 8083 /a/b?c=d of broker:8083");
  EXPECT_EQ(endpoint_text("ws://broker?c"), "broker 80 /?c of broker");
  EXPECT_EQ(endpoint_text("ws://broker", 8080), "broker 8080 /mqtt of broker:8080");
  EXPECT_EQ(endpoint_text("wss://broker"), "broker 443 tls /mqtt of broker");
  EXPECT_EQ(endpoint_text("ws://broker", 0, true), "broker 443 tls /mqtt of broker");
  EXPECT_EQ(endpoint_text("wss://[::1]:80/x"), "[::1] 80 tls /x of [::1]:80");
  EXPECT_THAT(endpoint_text("ws://broker/a b"), testing::HasSubstr("such as %20 for a space"));
  EXPECT_THAT(endpoint_text("ws://broker/a#b"), testing::HasSubstr("must be quoted"));
  EXPECT_THAT(endpoint_text("ws://ann@broker/a"), testing::HasSubstr("a user name"));
}

TEST(MqttEndpoint, OtherHostsAreRefused) {
  const std::string forms =
      ". Use a name with or without a port, mqtt://broker:1883, mqtts://broker:8883, "
      "ws://broker:80/mqtt or wss://broker:443/mqtt.";
  EXPECT_EQ(endpoint_text("https://shop"),
            "'https://shop' is not the host of an MQTT broker: it begins with https://" + forms);
  EXPECT_EQ(endpoint_text("broker:x"),
            "'broker:x' is not the host of an MQTT broker: the port 'x' is not a number from 1 to "
            "65535" +
                forms);
  EXPECT_THAT(endpoint_text("broker:70000"),
              testing::HasSubstr("the port '70000' is not a number"));
  EXPECT_EQ(endpoint_text("mqtt://"),
            "'mqtt://' is not the host of an MQTT broker: there is no name" + forms);
  EXPECT_EQ(
      endpoint_text("broker/path"),
      "'broker/path' is not the host of an MQTT broker: it has a path or a user name" + forms);
  EXPECT_EQ(
      endpoint_text("mqtt://ann:secret@broker"),
      "'mqtt://broker' is not the host of an MQTT broker: it has a path or a user name" + forms);
}

}  // namespace
}  // namespace cppworker::mqtt
