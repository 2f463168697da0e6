#include "transport/node_id.hpp"

#include <array>
#include <cstdint>
#include <random>

#include <fmt/format.h>
#include <unistd.h>

namespace cppworker::transport {
namespace {

/// 128 random bits marked as a version 4 UUID, in hex without dashes.
std::string uuid4_hex() {
  std::random_device device;
  std::uniform_int_distribution<std::uint64_t> bits;
  const std::uint64_t high = (bits(device) & 0xFFFFFFFFFFFF0FFFU) | 0x4000U;
  const std::uint64_t low = (bits(device) & 0x3FFFFFFFFFFFFFFFU) | 0x8000000000000000U;
  return fmt::format("{:016x}{:016x}", high, low);
}

}  // namespace

std::string make_node_id(std::string_view hostname) {
  constexpr std::size_t kLongestHostname = 200;  // a ZeroMQ identity can have 255 bytes
  std::string id;
  for (const char c : hostname.substr(0, kLongestHostname)) {
    id += c > ' ' && c < '\x7f' ? c : '_';
  }
  return id + "_" + uuid4_hex();
}

std::string make_node_id() {
  std::array<char, 256> hostname{};
  if (gethostname(hostname.data(), hostname.size() - 1) != 0) return make_node_id("worker");
  return make_node_id(hostname.data());
}

}  // namespace cppworker::transport
