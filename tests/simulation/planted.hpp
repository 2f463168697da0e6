#pragma once

#include <string_view>

namespace cppworker::simulation {

/// Whether the planted bug with this name is active (planted_bugs.py).
[[nodiscard]] bool is_planted(std::string_view name);

/// Activates the bug.
void plant(std::string_view name);

}  // namespace cppworker::simulation
