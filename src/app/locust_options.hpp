#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace cppworker::app {

/// An option of Locust that has no effect on a worker. It is accepted, so that the command lines,
/// environment and locust.conf of an existing cluster work unchanged, and is listed in one log
/// line.
struct LocustOption {
  enum class Arity : std::uint8_t { kFlag, kValue };

  std::string_view names;     ///< in CLI11's syntax: "-u,--users"
  std::string_view variable;  ///< its environment variable; "" if Locust has none
  Arity arity = Arity::kValue;
};

/// The options that only a master, a web UI or a Python process uses. docs/options.md describes for
/// each option what happens instead; a test compares it with `locust --help`.
[[nodiscard]] std::span<const LocustOption> options_of_others();

}  // namespace cppworker::app
