#pragma once

#include <cstddef>

namespace cppworker::value {

/// How many lists and maps may be inside each other in JSON that is read or written. Users have
/// stacks of 64 KiB, and to_json(), copies and comparisons of a Value recurse: with optimisation
/// they take up to 170 bytes per level.
inline constexpr std::size_t kMaxJsonDepth = 100;

}  // namespace cppworker::value
