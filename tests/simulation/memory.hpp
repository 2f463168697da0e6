#pragma once

#include <cstddef>

namespace cppworker::simulation {

/// The bytes that operator new has given out and that are not deleted. 0 with a sanitizer, which
/// has its own operator new.
[[nodiscard]] std::size_t memory_in_use();

}  // namespace cppworker::simulation
