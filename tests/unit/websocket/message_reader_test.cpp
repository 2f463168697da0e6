#include "websocket/message_reader.hpp"

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "allocations.hpp"

namespace cppworker::websocket {
namespace {

using testing::ElementsAre;
using Event = MessageReader::Event;

constexpr unsigned kFin = 0x80;
constexpr unsigned kRsv1 = 0x40;

/// A frame as a server sends it.
std::string frame(unsigned first, std::string_view payload) {
  std::string bytes;
  const auto append = [&bytes](std::size_t byte) {
    bytes += static_cast<char>(static_cast<unsigned char>(byte));
  };
  append(first);
  if (payload.size() < 126) {
    append(payload.size());
  } else if (payload.size() < 65536) {
    append(126);
    append(payload.size() >> 8U);
    append(payload.size() & 0xFFU);
  } else {
    append(127);
    for (unsigned shift = 64; shift > 0; shift -= 8) append(payload.size() >> (shift - 8) & 0xFFU);
  }
  return bytes.append(payload);
}

std::string text(std::string_view payload) { return frame(kFin | 1U, payload); }

/// What the events show, one text each.
class Read {
 public:
  explicit Read(Compression compression = Compression::kNone, std::size_t size_max = 1'000'000)
      : reader(compression, size_max) {}

  void feed(std::string_view bytes) {
    for (;;) {
      switch (reader.next(bytes)) {
        case Event::kNeedsMore:
          EXPECT_EQ(bytes, "");
          return;
        case Event::kMessage:
          events.push_back((reader.is_text() ? "text " : "binary ") +
                           std::string(reader.message()));
          break;
        case Event::kPing:
          events.push_back("ping " + std::string(reader.payload()));
          break;
        case Event::kPong:
          events.push_back("pong " + std::string(reader.payload()));
          break;
        case Event::kClose:
          events.push_back("close " + std::to_string(reader.close_code()) + " " +
                           std::string(reader.payload()));
          break;
        case Event::kFailed:
          events.push_back("failed " + std::to_string(reader.close_code()) + ": " + reader.error());
          break;
      }
    }
  }

  MessageReader reader;
  std::vector<std::string> events;
};

std::vector<std::string> events_of(std::string_view bytes,
                                   Compression compression = Compression::kNone) {
  Read read(compression);
  read.feed(bytes);
  return read.events;
}

TEST(MessageReader, ExamplesOfTheStandard) {
  EXPECT_THAT(events_of("\x81\x05\x48\x65\x6c\x6c\x6f"), ElementsAre("text Hello"));
  EXPECT_THAT(events_of("\x01\x03\x48\x65\x6c\x80\x02\x6c\x6f"), ElementsAre("text Hello"));
  EXPECT_THAT(events_of("\x89\x05\x48\x65\x6c\x6c\x6f"), ElementsAre("ping Hello"));
}

TEST(MessageReader, ExamplesOfPerMessageDeflate) {  // RFC 7692, section 7.2.3
  const std::string hello = "\xf2\x48\xcd\xc9\xc9\x07" + std::string(1, '\0');
  const std::string with_context = "\xf2" + std::string("\x00\x11\x00\x00", 4);
  const std::string stored = std::string("\x00\x05\x00\xfa\xff", 5) + "Hello" + '\0';
  const std::string final_block = "\xf3\x48\xcd\xc9\xc9\x07" + std::string(2, '\0');
  const std::string two_blocks =
      std::string("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13);
  for (const std::string& payload : {hello, stored, final_block, two_blocks}) {
    EXPECT_THAT(events_of(frame(kFin | kRsv1 | 1U, payload), Compression::kPerMessage),
                ElementsAre("text Hello"));
  }
  EXPECT_THAT(events_of(frame(kRsv1 | 1U, hello.substr(0, 3)) + frame(kFin, hello.substr(3)),
                        Compression::kPerMessage),
              ElementsAre("text Hello"));
  const std::string two = frame(kFin | kRsv1 | 1U, hello) + frame(kFin | kRsv1 | 1U, with_context);
  EXPECT_THAT(events_of(two, Compression::kWithContext), ElementsAre("text Hello", "text Hello"));
  EXPECT_THAT(events_of(two, Compression::kPerMessage),
              ElementsAre("text Hello", "failed 1007: a compressed message is invalid"));
}

TEST(MessageReader, ControlFramesComeBetweenFragments) {
  EXPECT_THAT(events_of(frame(2, "a") + frame(kFin | 9U, "p") + frame(0, "b") +
                        frame(kFin | 10U, "") + frame(kFin, "c") + text("next")),
              ElementsAre("ping p", "pong ", "binary abc", "text next"));
}

TEST(MessageReader, Close) {
  EXPECT_THAT(events_of(frame(kFin | 8U, "") + "ignored"), ElementsAre("close 1005 "));
  EXPECT_THAT(events_of(frame(kFin | 8U, "\x03\xF3reason")), ElementsAre("close 1011 reason"));
  EXPECT_THAT(events_of(frame(kFin | 8U, "\x03")),
              ElementsAre("failed 1002: a Close frame has half a code"));
  EXPECT_THAT(events_of(frame(kFin | 8U, "\x03\xED")),
              ElementsAre("failed 1002: a Close frame has a reserved code"));
  EXPECT_THAT(events_of(frame(kFin | 8U, "\x03\xE8\xFF")),
              ElementsAre("failed 1007: the reason of a Close frame is not UTF-8"));
}

TEST(MessageReader, ProtocolErrors) {
  const auto error_of = [](std::string_view bytes) { return events_of(bytes).back(); };
  EXPECT_EQ(error_of("\x91\x01"), "failed 1002: a reserved bit is set");
  EXPECT_EQ(error_of("\xC1\x01"),
            "failed 1002: a compressed message, but compression was not negotiated");
  EXPECT_EQ(error_of("\x83\x01"), "failed 1002: reserved opcode");
  EXPECT_EQ(error_of("\x8B\x01"), "failed 1002: reserved opcode");
  EXPECT_EQ(error_of("\x81\x81"), "failed 1002: a frame of the server is masked");
  EXPECT_EQ(error_of(std::string("\x09\x00", 2)), "failed 1002: a control frame is fragmented");
  EXPECT_EQ(error_of(std::string("\x89\x7E\x00\x7E", 4)),
            "failed 1002: a control frame has more than 125 bytes");
  EXPECT_EQ(error_of(frame(kFin | kRsv1 | 9U, "")), "failed 1002: a control frame is compressed");
  EXPECT_EQ(error_of("\x80\x01"), "failed 1002: a continuation frame without a message");
  EXPECT_EQ(error_of(frame(1, "a") + text("b")),
            "failed 1002: a new message before the end of the last one");
  EXPECT_EQ(error_of(std::string("\x81\x7F\x80\0\0\0\0\0\0\0", 10)),
            "failed 1002: the length of a frame has more than 63 bits");
  EXPECT_THAT(
      events_of(frame(kRsv1 | 1U, "a") + frame(kFin | kRsv1, "b"), Compression::kPerMessage),
      ElementsAre("failed 1002: a continuation frame has RSV1 set"));
}

TEST(MessageReader, NothingIsReadAfterAFailure) {
  Read read;
  read.feed("\x83\x01");
  read.feed(text("a"));
  EXPECT_EQ(read.events.size(), 1);
}

TEST(MessageReader, InvalidUtf8FailsBeforeTheMessageIsComplete) {
  Read read;
  read.feed(
      "\x01\x05"
      "a\xED\xA0");
  EXPECT_THAT(read.events, ElementsAre("failed 1007: a text is not UTF-8"));
  EXPECT_THAT(events_of(text("a\xC3")), ElementsAre("failed 1007: a text ends inside a character"));
  EXPECT_THAT(events_of(frame(1, "a\xC3") + frame(kFin, "\xBC")), ElementsAre("text a\xC3\xBC"));
  EXPECT_THAT(events_of(frame(kFin | 2U, "a\xC3")), ElementsAre("binary a\xC3"));
}

TEST(MessageReader, TheLimitHoldsForFramesFragmentsAndDecompressedMessages) {
  for (const std::string& bytes :
       {std::string("\x82\x0B"), frame(2, "123456") + std::string("\x80\x05"),
        std::string("\x82\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF")}) {
    Read read(Compression::kNone, 10);
    read.feed(bytes);
    EXPECT_THAT(read.events, ElementsAre("failed 1009: a message is larger than the limit"));
  }
  Deflater deflater(15);
  Read read(Compression::kPerMessage, 100'000);
  read.feed(frame(kFin | kRsv1 | 2U, deflater.compress(std::string(100'000, 'a'))));
  read.feed(frame(kFin | kRsv1 | 2U, deflater.compress(std::string(100'001, 'a'))));
  ASSERT_EQ(read.events.size(), 2);
  EXPECT_EQ(read.events.back(), "failed 1009: a message is larger than the limit");
}

std::string golden_stream() {
  return text("Hello") + frame(1, "fr\xC3") + frame(kFin | 9U, "ping") + frame(0, "") +
         frame(kFin, "\xBCgt") + frame(kFin | 2U, std::string(130, 'x')) + frame(kFin | 10U, "") +
         text("") + frame(kFin | kRsv1 | 1U, "\xf2\x48\xcd\xc9\xc9\x07" + std::string(1, '\0')) +
         frame(kFin | 8U, "\x03\xE8 bye");
}

TEST(MessageReader, AnySplitGivesTheSameEvents) {
  const std::string stream = golden_stream();
  const std::vector<std::string> expected = events_of(stream, Compression::kPerMessage);
  ASSERT_EQ(expected.size(), 8);
  const std::string_view bytes = stream;
  for (std::size_t i = 0; i <= bytes.size(); ++i) {
    for (std::size_t j = i; j <= bytes.size(); ++j) {
      Read read(Compression::kPerMessage);
      read.feed(bytes.substr(0, i));
      read.feed(bytes.substr(i, j - i));
      read.feed(bytes.substr(j));
      ASSERT_EQ(read.events, expected) << "split at " << i << " and " << j;
    }
  }
  Read read(Compression::kPerMessage);
  for (const char byte : stream) read.feed({&byte, 1});
  EXPECT_EQ(read.events, expected);
}

/// The events of a text that fails may differ: how much of it is seen before depends on the split.
TEST(MessageReader, MutatedStreamsDoNotDependOnTheirSplit) {
  std::mt19937_64 random(20261130);  // NOLINT(cert-msc51-cpp): the same each time
  const auto below = [&](std::size_t limit) { return random() % limit; };
  for (int i = 0; i < 30'000; ++i) {
    std::string stream = golden_stream();
    for (std::size_t changes = below(3) + 1; changes > 0; --changes) {
      const std::size_t at = below(stream.size());
      switch (below(4)) {
        case 0:
          stream.insert(at, 1, static_cast<char>(below(256)));
          break;
        case 1:
          stream.erase(at + 1, below(6) + 1);
          break;
        case 2:
          stream.resize(at + 1);
          break;
        default:
          stream[at] = static_cast<char>(stream[at] ^ (1 << below(8)));
      }
    }
    Read whole(Compression::kPerMessage, 200);
    whole.feed(stream);
    Read pieces(Compression::kPerMessage, 200);
    for (std::string_view rest = stream; !rest.empty();) {
      const std::string_view piece = rest.substr(0, below(9) + 1);
      pieces.feed(piece);
      rest.remove_prefix(piece.size());
    }
    ASSERT_EQ(pieces.events, whole.events) << testing::PrintToString(stream);
  }
}

constexpr std::size_t kLarge = std::size_t{16} * 1024 * 1024;

TEST(MessageReader, ALargeMessageInFragmentsOfOneByteIsCopiedAConstantNumberOfTimes) {
  MessageReader reader(Compression::kNone, kLarge);
  const std::string first = frame(2, "x");
  const std::string middle = frame(0, "x");
  const std::string last = frame(kFin, "x");
  const std::size_t before = allocated_bytes();
  for (std::size_t i = 0; i < kLarge; ++i) {
    std::string_view bytes = i == 0 ? first : i + 1 == kLarge ? last : middle;
    ASSERT_EQ(reader.next(bytes), i + 1 == kLarge ? Event::kMessage : Event::kNeedsMore);
  }
  EXPECT_EQ(reader.message().size(), kLarge);
  EXPECT_LT(allocated_bytes() - before, 4 * kLarge);
}

TEST(MessageReader, ALargeFrameInPiecesIsCopiedAConstantNumberOfTimes) {
  MessageReader reader(Compression::kNone, kLarge);
  const std::string message = frame(kFin | 2U, std::string(kLarge, 'x'));
  const std::size_t before = allocated_bytes();
  std::string_view rest = message;
  Event event = Event::kNeedsMore;
  while (!rest.empty()) {
    std::string_view piece = rest.substr(0, 1000);
    rest.remove_prefix(piece.size());
    event = reader.next(piece);
  }
  EXPECT_EQ(event, Event::kMessage);
  EXPECT_LT(allocated_bytes() - before, 4 * kLarge);
}

TEST(MessageReader, AMessageInOnePieceIsNotCopied) {
  MessageReader reader;
  const std::string message = frame(kFin | 2U, std::string(1000, 'x'));
  const std::size_t before = allocated_bytes();
  std::string_view bytes = message;
  EXPECT_EQ(reader.next(bytes), Event::kMessage);
  EXPECT_EQ(reader.message().data(), message.data() + 4);
  EXPECT_EQ(allocated_bytes(), before);
}

}  // namespace
}  // namespace cppworker::websocket
