#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cppworker::text {

/// Appends the last `digits` hexadecimal digits of `value`, in lower case.
inline void append_hex(std::string& out, std::uint32_t value, int digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    out += kDigits[(value >> static_cast<unsigned>(shift)) & 0xFU];
  }
}

/// The value of a hexadecimal digit of either case; -1: it is none.
constexpr int hex_value(char character) {
  if (character >= '0' && character <= '9') {
    return character - '0';
  }
  const char lower = static_cast<char>(character | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace cppworker::text
