#pragma once

#include <array>
#include <cstdint>

namespace cppworker::base {

/// 128 bits of the system's randomness, marked as a version 4 UUID (RFC 4122), so that no two
/// processes get the same. Any thread. Throws std::system_error.
[[nodiscard]] std::array<std::uint8_t, 16> uuid4();

}  // namespace cppworker::base
