#include "text/utf8_validator.hpp"

#include "text/eight_bytes.hpp"

namespace cppworker::text {

bool Utf8Validator::feed(std::string_view piece) noexcept {
  std::size_t at = 0;
  while (at < piece.size()) {
    if (missing_ == 0) {
      constexpr std::size_t kEight = sizeof(std::uint64_t);
      while (at + kEight <= piece.size() &&
             (load_eight(piece.data() + at) & all_eight(0x80)) == 0) {
        at += kEight;
      }
      if (at == piece.size()) {
        return true;
      }
    }
    const auto byte = static_cast<std::uint8_t>(piece[at++]);
    if (missing_ != 0) {
      if (byte < low_ || byte > high_) {
        return false;
      }
      --missing_;
      low_ = 0x80;
      high_ = 0xBF;
    } else if (byte >= 0x80) {
      if (byte < 0xC2 || byte > 0xF4) {
        return false;
      }
      missing_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
      // No overlong forms, surrogates, or code points above U+10FFFF.
      low_ = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
      high_ = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
    }
  }
  return true;
}

}  // namespace cppworker::text
