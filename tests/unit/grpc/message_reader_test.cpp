#include "grpc/message_reader.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cppworker::grpc {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr coro::TimePoint kStart{1h};

std::string frame(std::string_view message, char flag = 0) {
  std::string bytes(5, flag);
  for (std::size_t i = 0; i < 4; ++i) bytes[4 - i] = static_cast<char>(message.size() >> 8 * i);
  return bytes.append(message);
}

std::vector<std::string> take_all(MessageReader& reader) {
  std::vector<std::string> messages;
  while (reader.size() != 0) messages.push_back(reader.take().bytes);
  return messages;
}

TEST(GrpcMessageReader, SplitsTheBody) {
  const std::string body = frame("one") + frame("") + frame(std::string(300, 'x'));
  for (std::size_t step = 1; step <= body.size(); ++step) {
    MessageReader reader(1000, kStart);
    for (std::size_t i = 0; i < body.size(); i += step) reader.append(body.substr(i, step), kStart);
    EXPECT_THAT(take_all(reader), ElementsAre("one", "", std::string(300, 'x'))) << step;
    EXPECT_FALSE(reader.is_within_message());
    EXPECT_EQ(reader.error().code, GrpcCode::kOk);
  }
}

TEST(GrpcMessageReader, FindsAnIncompleteMessage) {
  MessageReader reader(1000, kStart);
  reader.append(frame("one"), kStart);
  reader.append(frame("two").substr(0, 7), kStart);
  EXPECT_THAT(take_all(reader), ElementsAre("one"));
  EXPECT_TRUE(reader.is_within_message());
}

TEST(GrpcMessageReader, RefusesALargeMessageBeforeItArrives) {
  MessageReader reader(10, kStart);
  reader.append(frame("0123456789"), kStart);
  EXPECT_EQ(reader.error().code, GrpcCode::kOk);
  reader.append(frame("0123456789a").substr(0, 5), kStart);
  EXPECT_EQ(reader.error().code, GrpcCode::kResourceExhausted);
  EXPECT_EQ(reader.error().details, "Received message larger than max (11 vs. 10)");
  reader.append(frame("x"), kStart);
  EXPECT_EQ(reader.size(), 1U);
}

TEST(GrpcMessageReader, RefusesACompressedMessage) {
  MessageReader reader(10, kStart);
  reader.append(frame("x", 1), kStart);
  EXPECT_EQ(reader.error().code, GrpcCode::kInternal);
}

TEST(GrpcMessageReader, NotesWhenEachMessageHasArrived) {
  MessageReader reader(10, kStart);
  reader.append(frame("one").substr(0, 7), kStart + 1s);
  reader.append(frame("one").substr(7) + frame("two"), kStart + 2s);
  reader.note_write(kStart + 5s);
  reader.append(frame("six"), kStart + 4s);  // the time of the turn that the write was in
  const auto expect = [&](coro::Duration since, coro::Duration arrived) {
    const MessageReader::Message message = reader.take();
    EXPECT_EQ(message.since - kStart, since) << message.bytes;
    EXPECT_EQ(message.arrived - kStart, arrived) << message.bytes;
  };
  expect(0s, 2s);
  expect(2s, 2s);
  expect(5s, 5s);
}

}  // namespace
}  // namespace cppworker::grpc
