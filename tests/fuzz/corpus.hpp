#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cppworker::fuzz {

/// The files in the folder of a target, in the order of their names.
[[nodiscard]] std::vector<std::string> corpus_of(std::string_view target);

/// How many changes of the corpus a test tries: 3,000, or the environment variable FUZZ_MUTATIONS.
[[nodiscard]] int mutations();

/// For tests that must not keep memory: what the process has allocated, in bytes. 0 under a
/// sanitizer.
[[nodiscard]] std::size_t memory_in_use();

}  // namespace cppworker::fuzz
