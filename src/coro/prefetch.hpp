#pragma once

#include <cstddef>

namespace cppworker::coro {

/// Asks the processor to bring what lies from `begin` to `end`, but `size_max` bytes at most, into
/// its cache, to be written soon.
inline void prefetch(const void* begin, const void* end,
                     std::size_t size_max = static_cast<std::size_t>(-1)) {
  constexpr std::size_t kCacheLine = 64;
  const auto* const first = static_cast<const std::byte*>(begin);
  const auto size = static_cast<std::size_t>(static_cast<const std::byte*>(end) - first);
  for (std::size_t at = 0; at < size && at < size_max; at += kCacheLine) {
    __builtin_prefetch(first + at, 1);
  }
}

}  // namespace cppworker::coro
