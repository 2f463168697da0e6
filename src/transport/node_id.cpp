#include "transport/node_id.hpp"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "base/uuid4.hpp"

namespace cppworker::transport {
std::string make_node_id(std::string_view hostname) {
  constexpr std::size_t kLongestHostname = 200;  // a ZeroMQ identity can have 255 bytes
  std::string id;
  for (const char c : hostname.substr(0, kLongestHostname)) {
    id += c > ' ' && c < '\x7f' ? c : '_';
  }
  return fmt::format("{}_{:02x}", id, fmt::join(base::uuid4(), ""));
}

std::string make_node_id() {
  std::array<char, 256> hostname{};
  if (gethostname(hostname.data(), hostname.size() - 1) != 0) return make_node_id("worker");
  return make_node_id(hostname.data());
}

}  // namespace cppworker::transport
