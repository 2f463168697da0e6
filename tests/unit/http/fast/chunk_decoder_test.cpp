#include "http/fast/chunk_decoder.hpp"

#include <gtest/gtest.h>

namespace cppworker::http::fast {
namespace {

TEST(ChunkDecoder, LeavesTheBytesAfterTheBody) {
  ChunkDecoder decoder;
  decoder.start();
  std::string body = "before ";
  std::string_view bytes = "3;name=value\r\nabc\r\n0\r\nTrailer: x\r\n\r\nHTTP/1.1";
  EXPECT_EQ(decoder.feed(bytes, body), ParseStatus::kComplete);
  EXPECT_EQ(body, "before abc");
  EXPECT_EQ(bytes, "HTTP/1.1");
}

TEST(ChunkDecoder, DecodesByteByByte) {
  ChunkDecoder decoder;
  decoder.start();
  std::string body;
  ParseStatus status = ParseStatus::kNeedMore;
  for (const char& byte : std::string_view("a\r\n0123456789\r\n1\r\n!\r\n0\r\n\r\n")) {
    ASSERT_EQ(status, ParseStatus::kNeedMore);
    std::string_view bytes(&byte, 1);
    status = decoder.feed(bytes, body);
  }
  EXPECT_EQ(status, ParseStatus::kComplete);
  EXPECT_EQ(body, "0123456789!");
}

TEST(ChunkDecoder, StartsTheNextBodyAfterAnError) {
  ChunkDecoder decoder;
  decoder.start();
  std::string body;
  std::string_view bytes = "f\n";
  EXPECT_EQ(decoder.feed(bytes, body), ParseStatus::kFailed);
  EXPECT_EQ(decoder.error().text(), "'Missing expected CR after chunk size', 25");
  decoder.start();
  EXPECT_FALSE(decoder.error());
  bytes = "1\r\nx\r\n0\r\n\r\n";
  EXPECT_EQ(decoder.feed(bytes, body), ParseStatus::kComplete);
  EXPECT_EQ(body, "x");
}

}  // namespace
}  // namespace cppworker::http::fast
