#include "net/receive_buffer.hpp"

#include <cstddef>
#include <memory>

namespace cppworker::net {

std::span<char> receive_buffer() {
  constexpr std::size_t kSize = std::size_t{64} * 1024;
  thread_local const auto memory = std::make_unique_for_overwrite<char[]>(kSize);  // NOLINT
  return {memory.get(), kSize};
}

}  // namespace cppworker::net
