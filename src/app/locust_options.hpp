#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace cppworker::app {

/// An option of Locust's that has no meaning on a worker: accepted, so that an existing cluster's
/// command lines, environment and locust.conf do not break this worker, and named in one log line.
struct LocustOption {
  enum class Arity : std::uint8_t { kFlag, kValue };

  std::string_view names;     ///< as CLI11 takes them: "-u,--users"
  std::string_view variable;  ///< its environment variable; "" if Locust has none
  Arity arity = Arity::kValue;
};

/// Those that the master decides, or that only a master, a web UI or a Python process has.
/// docs/options.md says per option what happens instead; a test compares it with `locust --help`.
[[nodiscard]] std::span<const LocustOption> options_of_others();

}  // namespace cppworker::app
