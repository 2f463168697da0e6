// The entry points of libFuzzer: scripts/fuzz.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "fuzz/targets.hpp"

namespace {
void (*run)(std::string_view) = nullptr;
}

/// The environment variable FUZZ_TARGET names the target.
extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  const char* const name = std::getenv("FUZZ_TARGET");
  for (const cppworker::fuzz::Target& target : cppworker::fuzz::targets()) {
    if (name != nullptr && target.name == name) run = target.run;
  }
  if (run != nullptr) return 0;
  std::fprintf(stderr, "FUZZ_TARGET must be the name of a folder in tests/fuzz/corpus\n");
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  run({reinterpret_cast<const char*>(data), size});
  return 0;
}
