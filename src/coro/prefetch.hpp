#pragma once

#include <cstddef>

namespace cppworker::coro {

/// Asks the processor to bring this memory into its cache, to be used soon.
inline void prefetch(const void* begin, std::size_t size) {
  constexpr std::size_t kCacheLine = 64;
  for (std::size_t at = 0; at < size; at += kCacheLine) {
    __builtin_prefetch(static_cast<const std::byte*>(begin) + at, 1);
  }
}

}  // namespace cppworker::coro
