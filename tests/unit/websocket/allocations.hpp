#pragma once

#include <cstddef>

namespace cppworker::websocket {

/// The bytes that this program has allocated by `new` so far.
[[nodiscard]] std::size_t allocated_bytes();

}  // namespace cppworker::websocket
