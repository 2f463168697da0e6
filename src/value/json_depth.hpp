#pragma once

#include <cstddef>

namespace cppworker::value {

/// The maximum nesting of lists and maps in JSON that is read or written. Users have stacks of
/// 64 KiB, and to_json(), copies and comparisons of a Value recurse. In optimised builds they use
/// up to 170 bytes per level.
inline constexpr std::size_t kMaxJsonDepth = 100;

}  // namespace cppworker::value
