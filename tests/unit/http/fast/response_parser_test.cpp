#include "http/fast/response_parser.hpp"

#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "coro/scheduler.hpp"

namespace cppworker::http::fast {
namespace {

using Status = ResponseParser::Status;

std::string latin1(const std::string& utf8) {
  std::string bytes;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x80) {
      bytes += static_cast<char>(byte);
    } else {  // ISO-8859-1 has two bytes in UTF-8
      bytes += static_cast<char>((byte & 3U) << 6U | (static_cast<unsigned char>(utf8[++i]) & 63U));
    }
  }
  return bytes;
}

struct Outcome {
  std::string failure{};
  int status_code = 0;
  std::string body{};
  bool keep_alive = false;
  bool operator==(const Outcome&) const = default;
};

void PrintTo(const Outcome& outcome, std::ostream* stream) {
  *stream << "{'" << outcome.failure << "', " << outcome.status_code << ", '" << outcome.body
          << "', " << outcome.keep_alive << '}';
}

/// Feeds pieces of `step` bytes, then the end of the connection if the response isn't complete.
Outcome parse(std::string_view answer, bool head, std::size_t step) {
  ResponseParser parser;
  parser.start(head);
  Status status = Status::kNeedMore;
  for (std::size_t at = 0; at < answer.size() && status == Status::kNeedMore; at += step) {
    status = parser.feed(answer.substr(at, step));
  }
  if (status == Status::kNeedMore && !answer.empty()) {
    status = parser.finish();
  }
  if (status == Status::kComplete) {
    return {"", parser.status_code(), parser.body, parser.keep_alive()};
  }
  return {answer.empty() ? "nothing" : "HTTPParseError(" + parser.error().text() + ")", 0, "",
          false};
}

nlohmann::json golden_answers() {
  std::ifstream file(CPPWORKER_GOLDEN_DIR "/http_answers.json");
  return nlohmann::json::parse(file);
}

/// Responses that our parser accepts and llhttp rejects, on purpose; see docs/PARITY.md.
bool is_deviation(const nlohmann::json& golden) {
  const std::string failure = golden.value("failure", "");
  return failure.find("Data after `Connection: close`") != std::string::npos ||
         (failure.empty() && golden["status"] == 0);
}

TEST(ResponseParser, FramesLikeThePythonClientsParser) {
  std::size_t compared = 0;
  for (const auto& golden : golden_answers()) {
    if (is_deviation(golden)) {
      continue;
    }
    const std::string answer = latin1(golden["answer"]);
    const Outcome expected{golden.value("failure", ""), golden.value("status", 0),
                           latin1(golden.value("body", "")), golden.value("keep_alive", false)};
    EXPECT_EQ(parse(answer, golden["method"] == "HEAD", answer.size() + 1), expected)
        << golden["answer"];
    ++compared;
  }
  EXPECT_GT(compared, 500U);
}

TEST(ResponseParser, ResultDoesNotDependOnThePieces) {
  for (const auto& golden : golden_answers()) {
    const std::string answer = latin1(golden["answer"]);
    const bool head = golden["method"] == "HEAD";
    const Outcome whole = parse(answer, head, answer.size() + 1);
    if (!whole.failure.empty()) {
      continue;  // what comes behind an answer is seen only if it comes with its end
    }
    for (const std::size_t step : {1U, 2U, 7U}) {
      const Outcome pieces = parse(answer, head, step);
      EXPECT_EQ(pieces.failure, "") << golden["answer"];
      EXPECT_EQ(pieces.body, whole.body) << golden["answer"];
      EXPECT_EQ(pieces.status_code, whole.status_code) << golden["answer"];
    }
  }
}

TEST(ResponseParser, GivesHeaderLinesAndReasonAsReceived) {
  ResponseParser parser;
  parser.start(false);
  EXPECT_EQ(parser.feed("HTTP/1.1 404 Not Here\r\nA: b\r\nset-cookie:c=d\r\n"), Status::kNeedMore);
  EXPECT_FALSE(parser.head_complete());
  EXPECT_EQ(parser.feed("Content-Length: 2\r\n\r\nx"), Status::kNeedMore);
  EXPECT_TRUE(parser.head_complete());
  EXPECT_EQ(parser.content_length(), 2);
  EXPECT_EQ(parser.feed("y"), Status::kComplete);
  EXPECT_EQ(parser.reason(), "Not Here");
  EXPECT_EQ(parser.header_lines(), "A: b\r\nset-cookie:c=d\r\nContent-Length: 2\r\n");
  EXPECT_TRUE(parser.sets_cookies());
  EXPECT_FALSE(parser.is_encoded());
}

TEST(ResponseParser, DropsTheHeadersOfInterimResponses) {
  ResponseParser parser;
  parser.start(false);
  EXPECT_EQ(parser.feed("HTTP/1.1 103 Early\r\nConnection: close\r\nSet-Cookie: a=b\r\n\r\n"),
            Status::kNeedMore);
  EXPECT_EQ(parser.feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), Status::kComplete);
  EXPECT_TRUE(parser.keep_alive());
  EXPECT_FALSE(parser.sets_cookies());
  EXPECT_EQ(parser.header_lines(), "Content-Length: 0\r\n");
}

TEST(ResponseParser, ReadsThousandsOfInterimResponsesAtOnceOnAUsersStack) {
  std::string answers;
  for (int i = 0; i < 4'000; ++i) {
    answers += "HTTP/1.1 100\r\n\r\n";
  }
  answers += "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  for (const std::size_t step : {answers.size(), std::size_t{1'000}}) {
    Outcome outcome;
    coro::VirtualClock clock;
    coro::Scheduler scheduler(clock, {.stack_size = 64 * coro::kKiB});
    scheduler.spawn([&] { outcome = parse(answers, false, step); });
    scheduler.run_until_idle();
    EXPECT_EQ(outcome, (Outcome{"", 200, "ok", true}));
  }
}

TEST(ResponseParser, ReportsAConnectionThatEndedAfterAnInterimResponse) {
  EXPECT_EQ(parse("HTTP/1.1 100 Continue\r\n\r\n", false, 100).failure,
            "HTTPParseError('connection closed after interim response')");
}

TEST(ResponseParser, FailsOnAnEndlessHead) {
  ResponseParser parser;
  parser.start(false);
  Status status = parser.feed("HTTP/1.1 200 OK\r\nA: ");
  std::size_t fed = 0;
  while (status == Status::kNeedMore && fed < 2 * HeadParser::kHeadMax) {
    status = parser.feed(std::string(1000, 'x'));
    fed += 1000;
  }
  EXPECT_EQ(status, Status::kFailed);
  EXPECT_EQ(parser.error().text(), "'Header overflow', 23");
}

TEST(ResponseParser, FailsOnEndlessTrailersAndExtensions) {
  for (const char* const end : {"0\r\n", "0\r\nA: ", "3;"}) {
    ResponseParser parser;
    parser.start(false);
    Status status =
        parser.feed(std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") + end);
    std::size_t fed = 0;
    while (status == Status::kNeedMore && fed < 2 * HeadParser::kHeadMax) {
      status = parser.feed(std::string(1000, 'x'));
      fed += 1000;
    }
    EXPECT_EQ(status, Status::kFailed) << end;
  }
}

TEST(ResponseParser, DoesNotReserveWhatAServerOnlyAnnounces) {
  ResponseParser parser;
  parser.start(false);
  EXPECT_EQ(parser.feed("HTTP/1.1 200 OK\r\nContent-Length: 900000000000\r\n\r\nx"),
            Status::kNeedMore);
  EXPECT_LE(parser.body.capacity(), std::size_t{2} * 1024 * 1024);
}

TEST(ResponseParser, ServesOneAnswerAfterTheOther) {
  ResponseParser parser;
  for (int i = 0; i < 3; ++i) {
    parser.start(i == 1);
    EXPECT_EQ(parser.feed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"),
              i == 1 ? Status::kComplete : Status::kNeedMore);
    if (i != 1) {
      EXPECT_EQ(parser.feed("ab"), Status::kComplete);
      EXPECT_EQ(parser.body, "ab");
    }
  }
}

}  // namespace
}  // namespace cppworker::http::fast
