#pragma once

#include <cstddef>

namespace cppworker::app {

/// The number of CPUs that this process may use, by its affinity mask and its cgroup's quota; at
/// least 1.
[[nodiscard]] std::size_t available_cpus();

}  // namespace cppworker::app
