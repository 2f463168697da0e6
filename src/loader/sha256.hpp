#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cppworker::loader {

/// SHA-256 (FIPS 180-4) of data in pieces, for naming and checking cache entries. With it the
/// loader needs no crypto library.
class Sha256 {
 public:
  void update(std::string_view bytes);
  /// 64 lower-case hexadecimal digits. Call it once, after the last update().
  [[nodiscard]] std::string hex_digest();

 private:
  void process_block(const unsigned char* block);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> buffer_{};
  std::size_t buffered_ = 0;
  std::uint64_t length_ = 0;  // bytes
};

[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace cppworker::loader
