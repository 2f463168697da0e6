#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>

#include "http/fast/response_parser.hpp"

namespace cppworker::http::fast {
namespace {

const std::string kHead =
    "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Mon, 23 Nov 2026 20:00:00 GMT\r\n"
    "Content-Type: text/plain\r\nConnection: keep-alive\r\n";
const std::string kAnswer = kHead + "Content-Length: 1024\r\n\r\n" + std::string(1024, 'x');
const std::string kChunkedAnswer =
    kHead + "Transfer-Encoding: chunked\r\n\r\n400\r\n" + std::string(1024, 'x') + "\r\n0\r\n\r\n";

/// The answer comes in pieces of `piece` bytes.
void parse(benchmark::State& state, std::string_view answer, std::size_t piece) {
  ResponseParser parser;
  for (auto _ : state) {
    parser.start(false);
    auto status = ResponseParser::Status::kNeedMore;
    for (std::size_t at = 0; at < answer.size(); at += piece) {
      status = parser.feed(answer.substr(at, piece));
    }
    if (status != ResponseParser::Status::kComplete) {
      state.SkipWithError("the answer is not complete");
      return;
    }
    benchmark::DoNotOptimize(parser.body.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(answer.size()) * state.iterations());
}

void ParseAnswer(benchmark::State& state) { parse(state, kAnswer, kAnswer.size()); }
BENCHMARK(ParseAnswer);

void ParseAnswerInPieces(benchmark::State& state) { parse(state, kAnswer, 100); }
BENCHMARK(ParseAnswerInPieces);

void ParseChunkedAnswer(benchmark::State& state) {
  parse(state, kChunkedAnswer, kChunkedAnswer.size());
}
BENCHMARK(ParseChunkedAnswer);

}  // namespace
}  // namespace cppworker::http::fast
