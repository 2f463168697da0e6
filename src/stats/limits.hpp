#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cppworker::stats {

/// Limits for distinct rows. A test that puts ids into names or failure texts must not use up the
/// memory of the worker, or that of the master, which keeps every row that it has received.
struct Limits {
  std::size_t max_entries = 10'000;  ///< distinct (name, method); also distinct failures
  std::size_t max_text_bytes = std::size_t{16} << 20U;  ///< of all names; also of all failures

  bool operator==(const Limits&) const = default;
};

/// The name of the row, with method "", for the requests of all further names.
[[nodiscard]] inline std::string overflow_name(const Limits& limits) {
  return "(other: more than " + std::to_string(limits.max_entries) + " names, or too long)";
}

/// The text of the failure, with name kOtherFailures and method "", for all further failures.
[[nodiscard]] inline std::string overflow_error(const Limits& limits) {
  return "(other: more than " + std::to_string(limits.max_entries) + " failures, or too long)";
}
inline constexpr std::string_view kOtherFailures = "(other)";

}  // namespace cppworker::stats
