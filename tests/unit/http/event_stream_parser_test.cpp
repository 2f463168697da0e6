#include "http/event_stream_parser.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cppworker::http {
namespace {

using testing::ElementsAre;
using Result = EventStreamParser::Result;

constexpr std::size_t kSizeMax = 1000;

/// "type|data|id" of each event.
class Events {
 public:
  explicit Events(std::size_t size_max = kSizeMax) : parser(size_max) {}

  void feed(std::string_view bytes) {
    while (!too_large) {
      ServerEvent event;
      const Result result = parser.next(bytes, event);
      if (result == Result::kNeedsMore) {
        EXPECT_EQ(bytes, "");
        return;
      }
      too_large = result == Result::kTooLarge;
      if (!too_large) texts.push_back(event.event + "|" + event.data + "|" + event.id);
    }
  }

  EventStreamParser parser;
  std::vector<std::string> texts;
  bool too_large = false;
};

std::vector<std::string> events_of(std::string_view bytes) {
  Events events;
  events.feed(bytes);
  return events.texts;
}

TEST(EventStreamParser, WithoutALimitNoPieceIsLost) {
  Events events(SIZE_MAX);
  events.feed("data: on");
  events.feed("e\ndata: tw");
  events.feed("o\n\n");
  EXPECT_THAT(events.texts, ElementsAre("message|one\ntwo|"));
}

TEST(EventStreamParser, ExamplesOfTheStandard) {
  EXPECT_THAT(events_of("data: YHOO\ndata: +2\ndata: 10\n\n"),
              ElementsAre("message|YHOO\n+2\n10|"));
  EXPECT_THAT(
      events_of(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
                "data:  third event\n\n"),
      ElementsAre("message|first event|1", "message|second event|", "message| third event|"));
  EXPECT_THAT(events_of("data\n\ndata\ndata\n\ndata:"), ElementsAre("message||", "message|\n|"))
      << "the last one is not complete";
  EXPECT_THAT(events_of("data:test\n\ndata: test\n\n"),
              ElementsAre("message|test|", "message|test|"));
}

TEST(EventStreamParser, LinesEndWithCrLfOrBoth) {
  EXPECT_THAT(events_of("data: a\r\n\r\ndata: b\r\rdata: c\n\ndata: d\r\n\n"),
              ElementsAre("message|a|", "message|b|", "message|c|", "message|d|"));
}

TEST(EventStreamParser, AnEventIsCompleteBeforeTheLineFeedOfItsLastCrLf) {
  Events events;
  events.feed("data: a\r\n\r");
  EXPECT_THAT(events.texts, ElementsAre("message|a|"));
  events.feed("\ndata: b\n\n");
  EXPECT_THAT(events.texts, ElementsAre("message|a|", "message|b|"));
}

TEST(EventStreamParser, TypeAndIdAndRetry) {
  Events events;
  events.feed(
      "event: add\nid: 7\nretry: 2500\ndata: x\n\ndata: y\n\nevent: gone\n\n"
      "data: z\nretry: 1x\n\n");
  EXPECT_THAT(events.texts, ElementsAre("add|x|7", "message|y|7", "message|z|7"))
      << "the type is of one event, the id stays";
  EXPECT_EQ(events.parser.retry_ms(), 2500);
}

TEST(EventStreamParser, AnIdWithNulIsIgnored) {
  EXPECT_THAT(events_of(std::string_view("id: 1\nid: a\0b\ndata: x\n\n", 23)),
              ElementsAre("message|x|1"));
}

TEST(EventStreamParser, FieldsAreCaseSensitiveAndUnknownOnesAreIgnored) {
  EXPECT_THAT(events_of("Data: x\n data: y\nfoo: z\n\ndata: w\n\n"), ElementsAre("message|w|"));
}

TEST(EventStreamParser, OneByteOrderMarkIsRemoved) {
  EXPECT_THAT(events_of("\xEF\xBB\xBF"
                        "data: a\n\n"),
              ElementsAre("message|a|"));
  EXPECT_THAT(events_of("\xEF\xBB\xBF\xEF\xBB\xBF"
                        "data: a\n\ndata: b\n\n"),
              ElementsAre("message|b|"));
  EXPECT_THAT(events_of("\xEF\xBB"
                        "data: a\n\ndata: b\n\n"),
              ElementsAre("message|b|"))
      << "it is the beginning of another field";
}

TEST(EventStreamParser, InvalidUtf8IsReplaced) {
  EXPECT_THAT(events_of("data: a\xFF"
                        "b\n\n"),
              ElementsAre("message|a\xEF\xBF\xBD"
                          "b|"));
}

TEST(EventStreamParser, AnEventHasALimit) {
  for (const std::string_view line : {"data: xxxxxxxxx\n", ": xxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"}) {
    Events events(20);
    events.feed(line);
    EXPECT_EQ(events.too_large, false) << "a comment is not kept";
  }
  Events in_lines(20);
  for (int i = 0; i < 3; ++i) in_lines.feed("data: xxxxxxxxx\n");
  EXPECT_TRUE(in_lines.too_large);
  Events in_one_line(20);
  in_one_line.feed("data: ");
  for (int i = 0; i < 30; ++i) in_one_line.feed("x");
  EXPECT_TRUE(in_one_line.too_large);
  Events fits(20);
  fits.feed("data: 12345678901234\n\ndata: 12345678901234\n\n");
  EXPECT_FALSE(fits.too_large);
  EXPECT_EQ(fits.texts.size(), 2);
}

constexpr std::string_view kStream =
    "\xEF\xBB\xBF: hi\r\n\r\nevent: add\rdata: 73\xC3\xBC\r\ndata:x\n\nid: 4\ndata\r\r\nretry: "
    "10\n\n"
    "data: last\r\n\r\n";

TEST(EventStreamParser, AnySplitGivesTheSameEvents) {
  const std::vector<std::string> expected = events_of(kStream);
  EXPECT_THAT(expected, ElementsAre("add|73\xC3\xBC\nx|", "message||4", "message|last|4"));
  for (std::size_t i = 0; i <= kStream.size(); ++i) {
    for (std::size_t j = i; j <= kStream.size(); ++j) {
      Events events;
      events.feed(kStream.substr(0, i));
      events.feed(kStream.substr(i, j - i));
      events.feed(kStream.substr(j));
      ASSERT_EQ(events.texts, expected) << "split at " << i << " and " << j;
    }
  }
  Events events;
  for (const char byte : kStream) events.feed({&byte, 1});
  EXPECT_EQ(events.texts, expected);
}

TEST(EventStreamParser, MutatedStreamsDoNotDependOnTheirSplit) {
  std::mt19937_64 random(20261130);  // NOLINT(cert-msc51-cpp): the same each time
  const auto below = [&](std::size_t limit) { return random() % limit; };
  for (int i = 0; i < 20'000; ++i) {
    std::string stream(kStream);
    for (std::size_t changes = below(4) + 1; changes > 0; --changes) {
      static constexpr std::string_view kBytes = "\r\n: \xEF\xBB\xBF\0data0\xFF";
      const std::size_t at = below(stream.size() + 1);
      if (below(2) == 0) {
        stream.insert(at, 1, kBytes[below(kBytes.size())]);
      } else {
        stream.erase(at, below(6) + 1);
      }
    }
    Events whole(60);
    whole.feed(stream);
    Events pieces(60);
    for (std::string_view rest = stream; !rest.empty();) {
      const std::string_view piece = rest.substr(0, below(9) + 1);
      pieces.feed(piece);
      rest.remove_prefix(piece.size());
    }
    ASSERT_EQ(pieces.texts, whole.texts) << testing::PrintToString(stream);
    ASSERT_EQ(pieces.too_large, whole.too_large) << testing::PrintToString(stream);
  }
}

}  // namespace
}  // namespace cppworker::http
