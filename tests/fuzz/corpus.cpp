#include "fuzz/corpus.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <malloc.h>

namespace cppworker::fuzz {

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

int mutations() {
  constexpr int kInEachTestRun = 3'000;
  const char* const value = std::getenv("FUZZ_MUTATIONS");  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? kInEachTestRun : std::stoi(value);
}

std::size_t memory_in_use() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace cppworker::fuzz
