#include "websocket/frame.hpp"

#include <array>
#include <cstring>

namespace cppworker::websocket {

namespace {

constexpr unsigned kSizeOf16Bits = 126;
constexpr unsigned kSizeOf64Bits = 127;

}  // namespace

void apply_mask(char* bytes, std::size_t size, std::uint32_t mask) {
  const std::uint64_t wide = (std::uint64_t{mask} << 32U) | mask;
  std::size_t at = 0;
  for (; at + sizeof wide <= size; at += sizeof wide) {  // the compiler vectorises it
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes + at, sizeof eight);
    eight ^= wide;
    std::memcpy(bytes + at, &eight, sizeof eight);
  }
  std::array<char, sizeof mask> key{};
  std::memcpy(key.data(), &mask, sizeof mask);
  for (; at < size; ++at) {
    bytes[at] = static_cast<char>(bytes[at] ^ key[at % key.size()]);
  }
}

void append_frame(std::string& out, const FrameHeader& header, std::string_view payload,
                  std::uint32_t mask) {
  constexpr unsigned kMasked = 0x80;
  const std::size_t start = out.size();
  out.reserve(start + kFrameHeaderMax + payload.size());
  const auto append = [&out](std::uint64_t byte) {
    out += static_cast<char>(static_cast<unsigned char>(byte));
  };
  append((header.is_last ? 0x80U : 0U) | (header.is_compressed ? 0x40U : 0U) |
         static_cast<unsigned>(header.opcode));
  const std::uint64_t size = payload.size();
  if (size < kSizeOf16Bits) {
    append(kMasked | size);
  } else if (size <= 0xFFFF) {
    append(kMasked | kSizeOf16Bits);
    append(size >> 8U);
    append(size & 0xFFU);
  } else {
    append(kMasked | kSizeOf64Bits);
    for (unsigned shift = 64; shift > 0; shift -= 8) {
      append(size >> (shift - 8) & 0xFFU);
    }
  }
  out.append(reinterpret_cast<const char*>(&mask), sizeof mask);
  const std::size_t at = out.size();
  out += payload;
  apply_mask(out.data() + at, payload.size(), mask);
}

}  // namespace cppworker::websocket
