#include "http/fast/head_parser.hpp"

#include <gtest/gtest.h>

namespace cppworker::http::fast {
namespace {

using Framing = HeadParser::Framing;

HeadParser parsed(std::string_view text, bool head = false) {
  HeadParser parser;
  parser.start(head);
  EXPECT_EQ(parser.feed(text), ParseStatus::kComplete) << parser.error().text();
  return parser;
}

TEST(HeadParser, LeavesTheBytesAfterTheHeadHoweverItArrives) {
  const std::string_view all = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
  const std::size_t head_size = all.size() - 4;
  for (std::size_t first = 0; first < head_size; ++first) {
    HeadParser parser;
    parser.start(false);
    std::string_view bytes = all.substr(0, first);
    EXPECT_EQ(parser.feed(bytes), ParseStatus::kNeedMore);
    bytes = all.substr(first);
    EXPECT_EQ(parser.feed(bytes), ParseStatus::kComplete);
    EXPECT_EQ(bytes, "body");
    EXPECT_EQ(parser.header_lines, "Content-Length: 4\r\n");
  }
}

TEST(HeadParser, ChoosesTheFramingOfTheBody) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  EXPECT_EQ(parsed(ok + "Content-Length: 1\r\n\r\n").framing(), Framing::kLength);
  EXPECT_EQ(parsed(ok + "Content-Length: 1\r\n\r\n", true).framing(), Framing::kNone);
  EXPECT_EQ(parsed(ok + "Transfer-Encoding: gzip, chunked\r\n\r\n").framing(), Framing::kChunked);
  EXPECT_EQ(parsed(ok + "Transfer-Encoding: gzip\r\n\r\n").framing(), Framing::kUntilClose);
  EXPECT_EQ(parsed(ok + "\r\n").framing(), Framing::kUntilClose);
  EXPECT_EQ(parsed("HTTP/1.1 304 Not Modified\r\nContent-Length: 1\r\n\r\n").framing(),
            Framing::kNone);
}

TEST(HeadParser, DecidesWhetherTheConnectionIsKept) {
  const std::string length = "Content-Length: 0\r\n";
  EXPECT_TRUE(parsed("HTTP/1.1 200 OK\r\n" + length + "\r\n").keep_alive());
  EXPECT_FALSE(
      parsed("HTTP/1.1 200 OK\r\n" + length + "Connection: a, close\r\n\r\n").keep_alive());
  EXPECT_FALSE(parsed("HTTP/1.0 200 OK\r\n" + length + "\r\n").keep_alive());
  EXPECT_TRUE(
      parsed("HTTP/1.0 200 OK\r\n" + length + "Connection: keep-alive\r\n\r\n").keep_alive());
  EXPECT_FALSE(parsed("HTTP/1.1 200 OK\r\n\r\n").keep_alive());
}

}  // namespace
}  // namespace cppworker::http::fast
