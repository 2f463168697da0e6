#include "grpc/message_reader.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grpc/gzip.hpp"

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
  while (reader.size() != 0) messages.push_back(reader.take()->bytes);
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

std::string details_of(std::string_view encoding, const std::string& bytes) {
  MessageReader reader(1000, kStart);
  reader.set_encoding(encoding);
  reader.append(bytes, kStart);
  while (reader.size() != 0) static_cast<void>(reader.take());
  return std::string(grpc_code_name(reader.error().code)) + ": " + reader.error().details;
}

TEST(GrpcMessageReader, DecompressesMessages) {
  MessageReader reader(1000, kStart);
  reader.set_encoding("gzip");
  const std::string body = frame(gzip_compressed(std::string(1000, 'x')), 1) + frame("plain") +
                           frame(gzip_compressed(""), 1);
  for (const char& byte : body) reader.append({&byte, 1}, kStart);
  EXPECT_EQ(reader.error().code, GrpcCode::kOk);
  EXPECT_THAT(take_all(reader), ElementsAre(std::string(1000, 'x'), "plain", ""));
}

TEST(GrpcMessageReader, DecompressesAMessageWhenItIsTaken) {
  const std::string bomb = gzip_compressed(std::string(10'000'000, 'x'));
  MessageReader reader(10'000'000, kStart);
  reader.set_encoding("gzip");
  // Each of them needs 10 kB, and 10 MB when it is decompressed.
  for (int i = 0; i < 1000; ++i) reader.append(frame(bomb, 1), kStart);
  EXPECT_EQ(reader.size(), 1000U);
  EXPECT_EQ(reader.take()->bytes.size(), 10'000'000U);
}

TEST(GrpcMessageReader, DropsWhatFollowsAnInvalidMessage) {
  MessageReader reader(1000, kStart);
  reader.set_encoding("gzip");
  reader.append(frame("one") + frame("x", 1) + frame("two"), kStart);
  EXPECT_EQ(reader.error().code, GrpcCode::kOk);
  EXPECT_EQ(reader.take()->bytes, "one");
  EXPECT_FALSE(reader.take());
  EXPECT_EQ(reader.error().code, GrpcCode::kInternal);
  EXPECT_EQ(reader.size(), 0U);
}

TEST(GrpcMessageReader, RefusesWhatItCanNotDecompress) {
  EXPECT_EQ(details_of("", frame("x", 1)),
            "INTERNAL: the server has sent a compressed message without grpc-encoding");
  EXPECT_EQ(details_of("deflate", frame("x", 1)),
            "INTERNAL: the server has compressed a message with 'deflate'; only gzip is supported");
  EXPECT_EQ(details_of("gzip", frame("x", 1)),
            "INTERNAL: the server has sent a message that is not valid gzip");
  EXPECT_EQ(details_of("gzip", frame("", 1)),
            "INTERNAL: the server has sent a message that is not valid gzip");
  EXPECT_EQ(details_of("gzip", frame("x", 2)),
            "INTERNAL: the server has sent a message with the flag 2");
  EXPECT_EQ(details_of("gzip", frame(gzip_compressed(std::string(1001, 'x')), 1)),
            "RESOURCE_EXHAUSTED: Received message larger than max (more than 1000 vs. 1000)");
}

TEST(GrpcMessageReader, NotesWhenEachMessageHasArrived) {
  MessageReader reader(10, kStart);
  reader.append(frame("one").substr(0, 7), kStart + 1s);
  reader.append(frame("one").substr(7) + frame("two"), kStart + 2s);
  reader.note_write(kStart + 5s);
  reader.append(frame("six"), kStart + 4s);  // the time of the turn that the write was in
  const auto expect = [&](coro::Duration since, coro::Duration arrived) {
    const MessageReader::Message message = *reader.take();
    EXPECT_EQ(message.since - kStart, since) << message.bytes;
    EXPECT_EQ(message.arrived - kStart, arrived) << message.bytes;
  };
  expect(0s, 2s);
  expect(2s, 2s);
  expect(5s, 5s);
}

}  // namespace
}  // namespace cppworker::grpc
