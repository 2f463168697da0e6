// Each target with its corpus, and with changes of it: the same ones in each run.

#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fuzz/corpus.hpp"
#include "fuzz/targets.hpp"
#include "support/byte_mutator.hpp"

namespace cppworker::fuzz {

/// Without it, the list of tests has addresses.
void PrintTo(const Target& target, std::ostream* stream) { *stream << target.name; }

namespace {

class Replay : public testing::TestWithParam<Target> {};

TEST_P(Replay, CorpusAndChangesOfIt) {
  const std::vector<std::string> corpus = corpus_of(GetParam().name);
  ASSERT_FALSE(corpus.empty());
  test_support::ByteMutator mutator(20261130, 4);
  const auto run_changes = [&](int count) {
    for (int i = 0; i < count; ++i) {
      GetParam().run(mutator.mutate(corpus[mutator.below(corpus.size())]));
    }
  };
  for (const std::string& bytes : corpus) GetParam().run(bytes);
  constexpr int kFirst = 1'000;  // they fill caches
  run_changes(kFirst);
  const std::size_t before = memory_in_use();
  run_changes(mutations() - kFirst);
  constexpr std::size_t kMostKept = std::size_t{256} * 1024;
  EXPECT_LT(memory_in_use(), before + kMostKept) << "the target keeps memory";
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Replay, testing::ValuesIn(targets().begin(), targets().end()),
                         [](const auto& target) { return std::string(target.param.name); });

}  // namespace
}  // namespace cppworker::fuzz
