#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cppworker::stats {

/// What is kept apart. A test that puts ids into names or failure texts must not eat the memory of
/// the worker, nor that of the master, which keeps every row it has ever seen.
struct Limits {
  std::size_t max_entries = 10'000;  ///< distinct (name, method); also distinct failures
  std::size_t max_text_bytes = std::size_t{16} << 20U;  ///< of all names; also of all failures

  bool operator==(const Limits&) const = default;
};

/// Name of the row, with method "", that takes the requests of all further names.
[[nodiscard]] inline std::string overflow_name(const Limits& limits) {
  return "(other: more than " + std::to_string(limits.max_entries) + " names, or too long)";
}

/// Text of the failure, of name kOtherFailures and method "", that takes all further failures.
[[nodiscard]] inline std::string overflow_error(const Limits& limits) {
  return "(other: more than " + std::to_string(limits.max_entries) + " failures, or too long)";
}
inline constexpr std::string_view kOtherFailures = "(other)";

}  // namespace cppworker::stats
