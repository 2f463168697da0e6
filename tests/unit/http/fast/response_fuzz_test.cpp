// Mutations of the recorded responses: cut, changed and joined. The same ones in each run, for
// about a second.

#include <array>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "http/fast/response_parser.hpp"

namespace cppworker::http::fast {
namespace {

using Status = ResponseParser::Status;

constexpr int kMutationsPerAnswer = 60;

std::vector<std::string> recorded_answers() {
  std::ifstream file(CPPWORKER_GOLDEN_DIR "/http_answers.json");
  std::vector<std::string> answers;
  for (const auto& golden : nlohmann::json::parse(file)) {
    answers.push_back(golden["answer"]);
  }
  return answers;
}

class Mutator {
 public:
  explicit Mutator(std::vector<std::string> answers) : answers_(std::move(answers)) {}

  std::string mutate(std::string answer) {
    for (std::size_t changes = below(3) + 1; changes > 0; --changes) {
      change(answer);
    }
    return answer;
  }
  std::size_t below(std::size_t limit) { return random_() % limit; }

 private:
  void change(std::string& answer) {
    static constexpr auto kWords = std::to_array<std::string_view>(
        {"\r\n", "\r", "\n", " ", ":", "\t", "0\r\n\r\n", "\r\n\r\n", "Content-Length: 3\r\n",
         "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "HTTP/1.1 200 OK\r\n", "100",
         "ffffffffffffffff", "99999999999999999999", ";", ","});
    const std::size_t at = below(answer.size() + 1);
    switch (below(6)) {
      case 0:
        answer.insert(at, kWords[below(kWords.size())]);
        break;
      case 1:
        answer.erase(at, below(8) + 1);
        break;
      case 2:
        answer.insert(at, answer.substr(below(answer.size() + 1), below(40)));
        break;
      case 3:
        answer.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 4: {
        const std::string& other = answers_[below(answers_.size())];
        answer.replace(at, std::string::npos, other, below(other.size() + 1));
        break;
      }
      default:
        if (at < answer.size()) {
          answer[at] = static_cast<char>(answer[at] ^ (1 << below(8)));
        }
        break;
    }
  }

  const std::vector<std::string> answers_;
  std::mt19937_64 random_{20261123};  // NOLINT(cert-msc51-cpp): the same each time
};

struct FuzzOutcome {
  Status status = Status::kNeedMore;
  std::size_t taken = 0;  ///< bytes fed until it was decided
  std::string failure{};
  std::string header_lines{};
  std::string body{};
  int status_code = 0;
  bool keep_alive = false;
  bool operator==(const FuzzOutcome&) const = default;
};

void PrintTo(const FuzzOutcome& outcome, std::ostream* stream) {
  *stream << "{" << static_cast<int>(outcome.status) << " after " << outcome.taken << ", "
          << outcome.failure << ", " << outcome.status_code << ", '" << outcome.body << "'}";
}

/// @param piece the size of the next piece
template <class Piece>
FuzzOutcome parse_pieces(std::string_view answer, bool head, const Piece& piece) {
  ResponseParser parser;
  parser.start(head);
  FuzzOutcome outcome;
  while (outcome.status == Status::kNeedMore && outcome.taken < answer.size()) {
    const std::string_view next = answer.substr(outcome.taken, piece());
    // An exact copy, so that the sanitizers detect reads beyond it.
    const std::vector<char> bytes(next.begin(), next.end());
    outcome.status = parser.feed({bytes.data(), bytes.size()});
    outcome.taken += bytes.size();
  }
  if (outcome.status == Status::kNeedMore) {
    outcome.status = parser.finish();
  }
  outcome.failure = parser.error().text();
  if (outcome.status == Status::kComplete) {
    outcome.header_lines = parser.header_lines();
    outcome.body = parser.body;
    outcome.status_code = parser.status_code();
    outcome.keep_alive = parser.keep_alive();
  }
  return outcome;
}

TEST(ResponseFuzz, ResultDoesNotDependOnThePieces) {
  const std::vector<std::string> answers = recorded_answers();
  Mutator mutator(answers);
  std::array<std::size_t, 2> decided{};
  for (const std::string& recorded : answers) {
    for (int i = 0; i < kMutationsPerAnswer; ++i) {
      const std::string answer = mutator.mutate(recorded);
      const bool head = mutator.below(8) == 0;
      const FuzzOutcome bytewise = parse_pieces(answer, head, [] { return 1; });
      // No bytes follow the point of the decision, so the whole must have the same result.
      const std::string_view read = std::string_view(answer).substr(0, bytewise.taken);
      FuzzOutcome whole = parse_pieces(read, head, [&] { return read.size() + 1; });
      EXPECT_EQ(whole, bytewise) << testing::PrintToString(answer);
      FuzzOutcome pieces = parse_pieces(read, head, [&] { return mutator.below(7) + 1; });
      EXPECT_EQ(pieces, bytewise) << testing::PrintToString(answer);
      ASSERT_NE(parse_pieces(answer, head, [&] { return answer.size() + 1; }).status,
                Status::kNeedMore);
      ++decided.at(bytewise.status == Status::kComplete ? 1 : 0);
      if (HasFailure()) {
        return;
      }
    }
  }
  EXPECT_GT(decided[0], 5'000U) << "failures";
  EXPECT_GT(decided[1], 2'000U) << "answers";
}

}  // namespace
}  // namespace cppworker::http::fast
