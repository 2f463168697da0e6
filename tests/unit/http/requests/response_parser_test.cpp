#include "http/requests/response_parser.hpp"

#include <algorithm>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "coro/scheduler.hpp"
#include "http/header_lines.hpp"
#include "http/latin1.hpp"
#include "http/requests/content_decoder.hpp"
#include "http/requests/requests_failure.hpp"

namespace cppworker::http::requests {
namespace {

using Status = ResponseParser::Status;
using testing::StartsWith;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\n";
constexpr std::string_view kChunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// What HttpUser makes of an answer.
struct Outcome {
  std::string failure{};
  int status_code = 0;
  std::string reason{};
  std::string headers{};  ///< "Name: value\n"
  std::string body{};
  bool operator==(const Outcome&) const = default;
};

void PrintTo(const Outcome& outcome, std::ostream* stream) {
  *stream << '{' << testing::PrintToString(outcome.failure) << ", " << outcome.status_code << ", "
          << testing::PrintToString(outcome.reason) << ", "
          << testing::PrintToString(outcome.headers) << ", " << testing::PrintToString(outcome.body)
          << '}';
}

std::string row_text(const Failure& failure) {
  static const Url kUrl = Url::prepare("http://127.0.0.1:80/");
  Exchange::Request request;
  request.url = &kUrl;
  return failure_text(failure, request);
}

/// Name and value of each header. Usual lines have the white space after the colon as received.
std::string headers_of(std::string_view lines) {
  std::string headers;
  while (!lines.empty()) {
    std::string_view line = take_line(lines);
    EXPECT_TRUE(line.ends_with('\r')) << testing::PrintToString(line);
    line.remove_suffix(1);
    const std::size_t colon = line.find(':');
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    headers.append(line, 0, colon).append(": ").append(value).append("\n");
  }
  return headers;
}

struct Parsed {
  Outcome outcome;
  std::size_t taken = 0;  ///< bytes fed until the response was complete
  bool finished = false;  ///< the end of the connection was needed
  bool keep_alive = false;
};

/// Feeds pieces of `step` bytes, then the end of the connection if the response isn't complete.
Parsed parse(std::string_view answer, bool head, std::size_t step) {
  ResponseParser parser;
  parser.start(head);
  Parsed parsed;
  Status status = Status::kNeedMore;
  while (parsed.taken < answer.size() && status == Status::kNeedMore) {
    const std::string_view piece = answer.substr(parsed.taken, step);
    // An exact copy, so that the sanitizers detect reads beyond it.
    const std::vector<char> bytes(piece.begin(), piece.end());
    status = parser.feed({bytes.data(), bytes.size()});
    parsed.taken += bytes.size();
  }
  EXPECT_EQ(parser.begun(), !answer.empty());
  if (status == Status::kNeedMore) {
    parsed.finished = true;
    status = parser.finish();
  }
  Failure failure;
  if (status == Status::kFailed) {
    failure = parser.take_failure();
  }
  Outcome& outcome = parsed.outcome;
  outcome.body = parser.body;
  const auto decoder = parser.head_complete() && parser.is_encoded()
                           ? ContentDecoder::make(content_encoding(parser.header_lines()))
                           : nullptr;
  // urllib3 decodes what it has before it reads more.
  if (decoder) {
    outcome.body.clear();
    Failure decoding = decoder->decode(parser.body, outcome.body);
    if (!decoding) {
      decoding = decoder->finish(outcome.body);
    }
    if (decoding) {
      failure = std::move(decoding);
    }
  }
  if (failure) {
    outcome = {.failure = row_text(failure)};
    return parsed;
  }
  outcome.status_code = parser.status_code();
  outcome.reason = parser.reason();
  outcome.headers = headers_of(parser.header_lines());
  parsed.keep_alive = parser.keep_alive();
  return parsed;
}

const nlohmann::json& golden_answers() {
  static const nlohmann::json kAnswers = [] {
    std::ifstream file(CPPWORKER_GOLDEN_DIR "/requests_answers.json");
    return nlohmann::json::parse(file);
  }();
  return kAnswers;
}

std::string latin1(const nlohmann::json& text) { return to_latin1(text.get<std::string>()); }

Outcome golden_outcome(const nlohmann::json& golden) {
  if (golden.contains("failure")) {
    return {.failure = golden["failure"]};
  }
  Outcome outcome{.status_code = golden["status"],
                  .reason = latin1(golden["reason"]),
                  .body = latin1(golden["body"])};
  for (const auto& header : golden["headers"]) {
    std::string value = latin1(header[1]);
    // A line that is folded after a lone LF has it in the value; we leave it out.
    std::erase_if(value, [](char character) { return character == '\r' || character == '\n'; });
    value.erase(0, std::min(value.find_first_not_of(" \t"), value.size()));
    outcome.headers += latin1(header[0]) + ": " + value + "\n";
  }
  return outcome;
}

class AsPython : public testing::TestWithParam<std::size_t> {};

TEST_P(AsPython, ReadsAnswers) {
  std::size_t compared = 0;
  for (const auto& golden : golden_answers()) {
    const std::string answer = latin1(golden["answer"]);
    const bool head = golden["method"] == "HEAD";
    if (golden.contains("status") && golden["status"] > 101 && golden["status"] < 200) {
      continue;  // an interim response, which http.client takes for the final one
    }
    const Parsed parsed = parse(answer, head, GetParam());
    ++compared;
    if (golden.contains("raised")) {
      // A negative size ends the task in Python.
      EXPECT_THAT(parsed.outcome.failure, StartsWith("ChunkedEncodingError(ProtocolError("))
          << golden;
    } else {
      EXPECT_EQ(parsed.outcome, golden_outcome(golden)) << golden;
    }
    if (parsed.outcome.failure.empty() && golden.contains("status")) {
      const bool excess = parsed.taken > parse(answer, head, 1).taken;
      EXPECT_EQ(parsed.keep_alive, golden["keep_alive"] && !excess && !parsed.finished &&
                                       parsed.outcome.status_code != 101)
          << golden;
    }
    if (HasFailure()) {
      return;
    }
  }
  EXPECT_GT(compared, 1'500U);
}

std::string step_name(const testing::TestParamInfo<std::size_t>& info) {
  return info.param > 100 ? "AtOnce" : "InPiecesOf" + std::to_string(info.param);
}

INSTANTIATE_TEST_SUITE_P(ResponseParser, AsPython, testing::Values(1, 2, 7, std::size_t{1} << 20U),
                         step_name);

TEST(ResponseParser, GivesUsualHeaderLinesAsReceived) {
  ResponseParser parser;
  parser.start(false);
  EXPECT_FALSE(parser.begun());
  EXPECT_EQ(parser.feed("HTTP/1.1 404 Not Here\r\nA: b\r\nset-cookie:c=d\r\n"), Status::kNeedMore);
  EXPECT_TRUE(parser.begun());
  EXPECT_FALSE(parser.head_complete());
  EXPECT_EQ(parser.feed("Content-Length: 2\r\n\r\nx"), Status::kNeedMore);
  EXPECT_TRUE(parser.head_complete());
  EXPECT_EQ(parser.content_length(), 2);
  EXPECT_EQ(parser.feed("y"), Status::kComplete);
  EXPECT_EQ(parser.reason(), "Not Here");
  EXPECT_EQ(parser.header_lines(), "A: b\r\nset-cookie:c=d\r\nContent-Length: 2\r\n");
  EXPECT_TRUE(parser.sets_cookies());
  EXPECT_FALSE(parser.is_encoded());
  EXPECT_TRUE(parser.keep_alive());
}

TEST(ResponseParser, JoinsContinuationLines) {
  ResponseParser parser;
  parser.start(false);
  EXPECT_EQ(parser.feed("HTTP/1.1 200 OK\r\nA: b \r\n\t c\r\nSet-Cookie: d\r\nContent-Length:\r\n"
                        " 0\r\n\r\n"),
            Status::kComplete);
  EXPECT_EQ(parser.header_lines(), "A: b c\r\nSet-Cookie: d\r\nContent-Length:  0\r\n");
  EXPECT_TRUE(parser.sets_cookies());
  EXPECT_EQ(parser.content_length(), 0);
}

TEST(ResponseParser, BytesAfterTheResponseEndTheConnection) {
  for (const std::string_view response :
       {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
    ResponseParser parser;
    parser.start(false);
    EXPECT_EQ(parser.feed(response), Status::kComplete);
    EXPECT_TRUE(parser.keep_alive());
    EXPECT_EQ(parser.feed("x"), Status::kComplete);
    EXPECT_FALSE(parser.keep_alive());
    parser.start(false);
    EXPECT_EQ(parser.feed(std::string(response) + "x"), Status::kComplete);
    EXPECT_FALSE(parser.keep_alive());
    parser.start(false);
    EXPECT_EQ(parser.feed(response), Status::kComplete);
    EXPECT_TRUE(parser.keep_alive());
    EXPECT_EQ(parser.finish(), Status::kComplete);
    EXPECT_FALSE(parser.keep_alive());
  }
}

TEST(ResponseParser, SkipsInterimResponses) {
  const std::string answer =
      "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  for (const std::size_t step : {answer.size(), std::size_t{1}}) {
    EXPECT_EQ(parse(answer, false, step).outcome,
              (Outcome{"", 200, "OK", "Content-Length: 2\n", "ok"}));
  }
  EXPECT_EQ(parse("HTTP/1.1 103 Early Hints\r\n\r\n", false, 1).outcome.failure,
            "RemoteDisconnected('Remote end closed connection without response')");
}

TEST(ResponseParser, ReadsThousandsOfInterimResponsesAtOnceOnAUsersStack) {
  std::string answers;
  for (int i = 0; i < 4'000; ++i) {
    answers += "HTTP/1.1 100\r\n\r\n";
  }
  answers += "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  for (const std::size_t step : {answers.size(), std::size_t{1'000}}) {
    Parsed parsed;
    coro::VirtualClock clock;
    coro::Scheduler scheduler(clock, {.stack_size = 16 * coro::kKiB});
    scheduler.spawn([&] { parsed = parse(answers, false, step); });
    scheduler.run_until_idle();
    EXPECT_EQ(parsed.outcome, (Outcome{"", 200, "OK", "Content-Length: 2\n", "ok"}));
  }
}

/// Of a line with its end.
std::string line_of(std::string_view begin, std::size_t size) {
  return std::string(begin) + std::string(size - begin.size() - 2, 'x') + "\r\n";
}

TEST(ResponseParser, LimitsLines) {
  constexpr std::size_t kMax = HeadParser::kLineMax;
  const auto failure = [](const std::string& answer, std::size_t step) {
    return parse(answer, false, step).outcome.failure;
  };
  const std::string end = "Content-Length: 0\r\n\r\n";
  for (const std::size_t step : {std::size_t{1'000'000}, std::size_t{1'000}, kMax + 1}) {
    EXPECT_EQ(failure(line_of("HTTP/1.1 200 ", kMax) + end, step), "");
    EXPECT_EQ(failure(line_of("HTTP/1.1 200 ", kMax + 1) + end, step),
              "LineTooLong('got more than 65536 bytes when reading status line')");
    EXPECT_EQ(failure(std::string(kOk) + line_of("A: ", kMax) + end, step), "");
    EXPECT_EQ(failure(std::string(kOk) + line_of("A: ", kMax + 1) + end, step),
              "LineTooLong('got more than 65536 bytes when reading header line')");
    EXPECT_EQ(failure(std::string(kChunked) + line_of("0;", kMax) + "\r\n", step), "");
    EXPECT_EQ(failure(std::string(kChunked) + line_of("0;", kMax + 1) + "\r\n", step),
              "ChunkedEncodingError(ProtocolError('Response chunk size line exceeded maximum "
              "allowed length'))");
    EXPECT_EQ(failure(std::string(kChunked) + "0\r\n" + line_of("A", kMax) + "\r\n", step), "");
    EXPECT_EQ(failure(std::string(kChunked) + "0\r\n" + line_of("A", kMax + 1) + "\r\n", step),
              "ChunkedEncodingError(ProtocolError('Response chunk trailer line exceeded maximum "
              "allowed length'))");
  }
}

TEST(ResponseParser, FailsOnEndlessLinesBeforeTheirEnd) {
  for (const std::string& begin :
       {std::string("HTTP/1.1"), std::string(kOk) + "A", std::string(kChunked) + "0;",
        std::string(kChunked) + "0\r\nA"}) {
    ResponseParser parser;
    parser.start(false);
    Status status = parser.feed(begin);
    std::size_t fed = 0;
    while (status == Status::kNeedMore && fed < 2 * HeadParser::kLineMax) {
      status = parser.feed(std::string(1000, 'x'));
      fed += 1000;
    }
    EXPECT_EQ(status, Status::kFailed) << begin;
    EXPECT_EQ(parser.take_failure().cause, Failure::Cause::kLineTooLong);
    EXPECT_LT(fed, HeadParser::kLineMax + 2000);
  }
}

TEST(ResponseParser, TrailersTakeNoMemory) {
  ResponseParser parser;
  parser.start(false);
  EXPECT_EQ(parser.feed(std::string(kChunked) + "0\r\n"), Status::kNeedMore);
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_EQ(parser.feed("A: b\r\n"), Status::kNeedMore);
  }
  EXPECT_EQ(parser.feed("\r\n"), Status::kComplete);
  EXPECT_EQ(parser.body, "");
  EXPECT_TRUE(parser.keep_alive());
}

TEST(ResponseParser, DoesNotReserveWhatAServerOnlyAnnounces) {
  for (const std::string_view head :
       {"HTTP/1.1 200 OK\r\nContent-Length: 900000000000\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\nx"}) {
    ResponseParser parser;
    parser.start(false);
    EXPECT_EQ(parser.feed(head), Status::kNeedMore);
    EXPECT_LE(parser.body.capacity(), std::size_t{2} * 1024 * 1024);
  }
}

TEST(ResponseParser, ServesOneAnswerAfterTheOther) {
  ResponseParser parser;
  for (int i = 0; i < 4; ++i) {
    const bool head = i == 1;
    parser.start(head);
    EXPECT_FALSE(parser.begun());
    if (i == 2) {
      EXPECT_EQ(parser.feed("nonsense\r\n"), Status::kFailed);
      EXPECT_EQ(parser.take_failure().cause, Failure::Cause::kBadStatusLine);
      continue;
    }
    EXPECT_EQ(parser.feed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"),
              head ? Status::kComplete : Status::kNeedMore);
    if (!head) {
      EXPECT_EQ(parser.feed("ab"), Status::kComplete);
      EXPECT_EQ(parser.body, "ab");
    }
  }
}

TEST(ResponseParser, HasThePhaseOfAFailure) {
  ResponseParser parser;
  parser.start(false);
  EXPECT_EQ(parser.feed("x\r\n"), Status::kFailed);
  EXPECT_EQ(parser.take_failure().phase, Failure::Phase::kResponse);
  parser.start(false);
  EXPECT_EQ(parser.feed(std::string(kChunked) + "x\r\n"), Status::kFailed);
  EXPECT_EQ(parser.take_failure().phase, Failure::Phase::kBody);
}

}  // namespace
}  // namespace cppworker::http::requests
