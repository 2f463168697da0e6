#include "http/curl/http2_refusal.hpp"

#include <initializer_list>
#include <string_view>

#include <gtest/gtest.h>

namespace cppworker::http {
namespace {

constexpr std::string_view kStream = "Using Stream ID: 3 (easy handle 0x55d0)\n";
constexpr std::string_view kDied = "Connection died, retrying a fresh connect (retry count: 1)\n";

bool refused(std::initializer_list<std::string_view> messages, bool intact = true) {
  Http2Refusal refusal;
  for (const std::string_view message : messages) {
    refusal.take(message, [intact] { return intact; });
  }
  return refusal.refused();
}

TEST(Http2Refusal, IsAGoawayThatLeavesOutTheStream) {
  EXPECT_TRUE(refused({kStream, "recveived GOAWAY, error=0, last_stream=1\n"}));
  EXPECT_TRUE(refused({kStream, "received GOAWAY, error=0, last_stream=1\n"}));
  EXPECT_FALSE(refused({kStream, "recveived GOAWAY, error=0, last_stream=3\n"}));
  EXPECT_FALSE(refused({kStream, "recveived GOAWAY, error=0, last_stream=2147483647\n"}));
  EXPECT_FALSE(refused({"recveived GOAWAY, error=0, last_stream=1\n"})) << "the stream is unknown";
  EXPECT_FALSE(refused({"recveived GOAWAY, error=0, last_stream=1\n", kStream}))
      << "it is of an earlier stream";
}

TEST(Http2Refusal, IsAStreamThatLibcurlCallsRefused) {
  EXPECT_TRUE(refused({kStream, "REFUSED_STREAM, retrying a fresh connect\n"}, false));
}

TEST(Http2Refusal, IsARepetitionOnAnIntactConnection) {
  EXPECT_TRUE(refused({kStream, kDied}));
  EXPECT_FALSE(refused({kStream, kDied}, false)) << "the connection was lost";
  EXPECT_FALSE(refused({kDied})) << "it is not HTTP/2";
  EXPECT_FALSE(refused({kStream, "received GOAWAY, error=0, last_stream=3\n", kDied}))
      << "the server may have processed it";
}

TEST(Http2Refusal, IsNothingElse) {
  EXPECT_FALSE(refused({kStream}));
  EXPECT_FALSE(refused({kStream, "Connection #0 to host localhost left intact\n"}));
}

}  // namespace
}  // namespace cppworker::http
