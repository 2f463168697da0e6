#include "http2/session.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/http2_peer.hpp"

namespace cppworker::http2 {
namespace {

using Cause = StreamEnd::Cause;
using test_support::Http2Peer;
using testing::ElementsAre;

constexpr std::array<Header, 4> kRequest{
    {{":method", "POST"}, {":scheme", "http"}, {":path", "/x"}, {":authority", "shop.test"}}};

/// Records the response.
class TestStream final : public Stream {
 public:
  void on_header(Block block, std::string_view name, std::string_view value) override {
    const std::string prefix = block == Block::kTrailer ? "trailer " : "";
    headers.push_back(prefix + std::string(name) + "=" + std::string(value));
  }
  void on_data(std::string_view bytes) override {
    body += bytes;
    if (consumer != nullptr) consumer->consume(*this, bytes.size());
  }
  void on_body_taken() override { ++bodies_taken; }
  void on_end(const StreamEnd& stream_end) override {
    EXPECT_FALSE(end);
    end = stream_end;
    reason = stream_end.reason;
  }

  std::vector<std::string> headers;
  std::string body;
  std::string reason;
  int bodies_taken = 0;
  std::optional<StreamEnd> end;
  Session* consumer = nullptr;
};

class Http2Session : public testing::Test, public Output {
 protected:
  void TearDown() override { session.close("the test has ended"); }
  void write(std::string_view bytes) override { sent += bytes; }

  /// Transfers bytes in both directions until there are none.
  void exchange(Http2Peer& peer) {
    for (;;) {
      peer.receive(std::exchange(sent, {}));
      const std::string bytes = peer.output();
      if (bytes.empty()) break;
      is_alive = session.receive(bytes) && is_alive;
    }
  }

  std::string sent;
  Session session{*this};
  bool is_alive = true;
  TestStream stream;
  TestStream other;
};

TEST_F(Http2Session, MakesARequest) {
  Http2Peer peer;
  session.open(stream, kRequest, "body", true);
  exchange(peer);
  EXPECT_EQ(peer.requests.at(1).headers.at(":path"), "/x");
  EXPECT_EQ(peer.requests.at(1).body, "body");
  EXPECT_TRUE(peer.requests.at(1).has_ended);
  EXPECT_EQ(stream.bodies_taken, 1);
  peer.respond(1, {{":status", "200"}, {"a", "b"}}, "answer", {{"c", "d"}});
  exchange(peer);
  EXPECT_THAT(stream.headers, ElementsAre(":status=200", "a=b", "trailer c=d"));
  EXPECT_EQ(stream.body, "answer");
  ASSERT_TRUE(stream.end);
  EXPECT_EQ(stream.end->cause, Cause::kComplete);
  EXPECT_FALSE(stream.is_open());
  EXPECT_TRUE(session.takes_requests());
}

TEST_F(Http2Session, IgnoresInformationalResponses) {
  Http2Peer peer;
  session.open(stream, kRequest, "", true);
  exchange(peer);
  peer.inform(1, {{":status", "103"}, {"link", "x"}});
  peer.respond(1, {{":status", "200"}, {"a", "b"}});
  exchange(peer);
  EXPECT_THAT(stream.headers, ElementsAre(":status=200", "a=b"));
}

TEST_F(Http2Session, KeepsTheServersWindows) {
  Http2Peer peer(10, false);
  exchange(peer);
  session.open(stream, kRequest, "0123456789abcdef", true);
  exchange(peer);
  EXPECT_EQ(peer.requests.at(1).body, "0123456789");
  EXPECT_EQ(stream.unsent(), 6U);
  peer.open_windows(1, 6);
  exchange(peer);
  EXPECT_EQ(peer.requests.at(1).body, "0123456789abcdef");
  EXPECT_EQ(stream.unsent(), 0U);
}

TEST_F(Http2Session, TheServerSendsNoMoreThanIsConsumed) {
  Http2Peer peer;
  session.open(stream, kRequest, "", true);
  exchange(peer);
  const std::string body(Session::kStreamWindow + 1000, 'x');
  peer.respond(1, {{":status", "200"}}, body);
  exchange(peer);
  EXPECT_EQ(stream.body.size(), Session::kStreamWindow);
  EXPECT_FALSE(stream.end);
  session.consume(stream, stream.body.size());
  exchange(peer);
  EXPECT_EQ(stream.body, body);
  EXPECT_TRUE(stream.end);
}

TEST_F(Http2Session, AStreamThatNobodyReadsDoesNotBlockTheOthers) {
  Http2Peer peer;
  other.consumer = &session;
  session.open(stream, kRequest, "", true);
  session.open(other, kRequest, "", true);
  exchange(peer);
  peer.respond(1, {{":status", "200"}}, std::string(Session::kStreamWindow + 1, 'x'));
  peer.respond(3, {{":status", "200"}}, std::string(20 << 20, 'y'));
  exchange(peer);
  EXPECT_FALSE(stream.end);
  EXPECT_TRUE(other.end);
  EXPECT_EQ(other.body.size(), 20U << 20);
}

TEST_F(Http2Session, WritesABodyInParts) {
  Http2Peer peer;
  session.open(stream, kRequest, "", false);
  exchange(peer);
  EXPECT_FALSE(peer.requests.at(1).has_ended);
  session.write(stream, "ab", false);
  session.write(stream, "cd", false);
  exchange(peer);
  EXPECT_EQ(peer.requests.at(1).body, "abcd");
  EXPECT_FALSE(peer.requests.at(1).has_ended);
  session.write(stream, "", true);
  exchange(peer);
  EXPECT_TRUE(peer.requests.at(1).has_ended);
}

TEST_F(Http2Session, AResponseBeforeTheEndOfTheRequestEndsTheStream) {
  Http2Peer peer;
  session.open(stream, kRequest, "", false);
  exchange(peer);
  peer.respond(1, {{":status", "400"}});
  exchange(peer);
  ASSERT_TRUE(stream.end);
  EXPECT_EQ(stream.end->cause, Cause::kComplete);
  EXPECT_TRUE(peer.requests.at(1).is_reset);
}

TEST_F(Http2Session, ReportsAReset) {
  Http2Peer peer;
  session.open(stream, kRequest, "", true);
  session.open(other, kRequest, "", true);
  exchange(peer);
  peer.reset(1, 11);
  peer.reset(3, 7);
  exchange(peer);
  ASSERT_TRUE(stream.end && other.end);
  EXPECT_EQ(stream.end->cause, Cause::kReset);
  EXPECT_EQ(error_code_name(stream.end->error_code), "ENHANCE_YOUR_CALM");
  EXPECT_TRUE(stream.end->was_processed);
  EXPECT_FALSE(other.end->was_processed);  // REFUSED_STREAM
}

TEST_F(Http2Session, ResetsAStream) {
  Http2Peer peer(10, false);
  exchange(peer);
  {
    const std::string body(1000, 'x');
    session.open(stream, kRequest, body, true);
    exchange(peer);
    session.reset(stream, 8);
  }  // the body is not read any more
  EXPECT_FALSE(stream.is_open());
  peer.open_windows(1, 100);
  exchange(peer);
  EXPECT_TRUE(peer.requests.at(1).is_reset);
  EXPECT_EQ(peer.requests.at(1).reset_code, 8U);
  EXPECT_FALSE(stream.end);
  EXPECT_TRUE(is_alive);
}

TEST_F(Http2Session, AGoAwayEndsTheStreamsThatWereNotProcessed) {
  Http2Peer peer;
  session.open(stream, kRequest, "", true);
  session.open(other, kRequest, "", true);
  exchange(peer);
  peer.go_away(1);
  exchange(peer);
  EXPECT_FALSE(session.takes_requests());
  EXPECT_FALSE(stream.end);
  ASSERT_TRUE(other.end);
  EXPECT_FALSE(other.end->was_processed);
  EXPECT_TRUE(is_alive);
  peer.respond(1, {{":status", "200"}});
  exchange(peer);
  ASSERT_TRUE(stream.end);
  EXPECT_EQ(stream.end->cause, Cause::kComplete);
  EXPECT_FALSE(is_alive);  // nothing is left to do
}

TEST_F(Http2Session, WaitsForTheServersLimitOfStreams) {
  Http2Peer peer(65535, true, 1);
  exchange(peer);
  TestStream third;
  session.open(stream, kRequest, "", true);
  session.open(other, kRequest, "", true);
  session.open(third, kRequest, "", true);
  exchange(peer);
  EXPECT_EQ(peer.requests.size(), 1U);
  session.reset(other, 8);  // which was not sent at all
  peer.respond(1, {{":status", "200"}});
  exchange(peer);
  EXPECT_TRUE(stream.end);
  EXPECT_FALSE(peer.requests.contains(3));
  ASSERT_TRUE(peer.requests.contains(5));
  peer.respond(5, {{":status", "200"}});
  exchange(peer);
  EXPECT_TRUE(third.end);
}

TEST_F(Http2Session, AGoAwayEndsTheStreamsThatWaitToBeSent) {
  Http2Peer peer(65535, true, 1);
  exchange(peer);
  session.open(stream, kRequest, "", true);
  session.open(other, kRequest, "", true);
  exchange(peer);
  peer.go_away(1);
  peer.respond(1, {{":status", "200"}});
  exchange(peer);
  EXPECT_TRUE(stream.end);
  ASSERT_TRUE(other.end);
  EXPECT_FALSE(other.end->was_processed);
}

TEST_F(Http2Session, AnswersAPing) {
  Http2Peer peer;
  peer.ping();
  exchange(peer);
  EXPECT_EQ(peer.pings_answered, 1);
  EXPECT_EQ(session.answered_frames(), 2U);  // and SETTINGS
}

TEST_F(Http2Session, RefusesAnotherProtocol) {
  session.open(stream, kRequest, "", true);
  EXPECT_FALSE(session.receive("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_NE(session.error().find("SETTINGS"), std::string::npos) << session.error();
  session.close(session.error());
  ASSERT_TRUE(stream.end);
  EXPECT_EQ(stream.end->cause, Cause::kLost);
  EXPECT_EQ(stream.reason, session.error());
  EXPECT_FALSE(session.takes_requests());
}

TEST_F(Http2Session, AnErrorOfOneStreamIsNotTheReasonOfALaterEnd) {
  Http2Peer peer;
  session.open(stream, kRequest, "", true);
  session.open(other, kRequest, "", true);
  exchange(peer);
  peer.respond(1, {{":status", "200"}, {"connection", "close"}});  // not permitted in HTTP/2
  exchange(peer);
  ASSERT_TRUE(stream.end);
  EXPECT_EQ(stream.end->cause, Cause::kReset);
  EXPECT_TRUE(is_alive);
  peer.go_away(3);
  peer.respond(3, {{":status", "200"}});
  exchange(peer);
  EXPECT_TRUE(other.end);
  EXPECT_FALSE(is_alive);
  EXPECT_EQ(session.error(), "");
}

TEST_F(Http2Session, EndsInOrder) {
  Http2Peer peer;
  exchange(peer);
  session.say_goodbye();
  exchange(peer);
  EXPECT_TRUE(peer.has_goaway);
}

}  // namespace
}  // namespace cppworker::http2
