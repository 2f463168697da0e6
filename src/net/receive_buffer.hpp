#pragma once

#include <span>

namespace cppworker::net {

/// 64 KiB for received bytes, which all coroutines of the thread share, because their stacks are
/// small. A coroutine may use it until it suspends.
[[nodiscard]] std::span<char> receive_buffer();

}  // namespace cppworker::net
