// Each target with its corpus, and with changes of it: the same ones in each run.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fuzz/targets.hpp"
#include "support/byte_mutator.hpp"

namespace cppworker::fuzz {
namespace {

constexpr int kMutations = 3'000;  // of each target

std::vector<std::string> corpus_of(std::string_view target) {
  std::vector<std::filesystem::path> files;
  const std::filesystem::path folder = std::filesystem::path(CPPWORKER_FUZZ_CORPUS) / target;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<std::string> corpus;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return corpus;
}

class Replay : public testing::TestWithParam<Target> {};

TEST_P(Replay, CorpusAndChangesOfIt) {
  const std::vector<std::string> corpus = corpus_of(GetParam().name);
  ASSERT_FALSE(corpus.empty());
  test_support::ByteMutator mutator(20261130, 4);
  for (const std::string& bytes : corpus) GetParam().run(bytes);
  for (int i = 0; i < kMutations; ++i) {
    GetParam().run(mutator.mutate(corpus[mutator.below(corpus.size())]));
  }
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Replay, testing::ValuesIn(targets().begin(), targets().end()),
                         [](const auto& target) { return std::string(target.param.name); });

}  // namespace
}  // namespace cppworker::fuzz
