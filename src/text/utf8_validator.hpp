#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cppworker::text {

/// Checks a text that arrives in pieces. A character may be split between them.
class Utf8Validator {
 public:
  /// False as soon as the text can't be UTF-8, whatever follows. It accepts what decode_utf8()
  /// accepts.
  [[nodiscard]] bool feed(std::string_view piece) noexcept;
  /// The text does not end inside a character.
  [[nodiscard]] bool complete() const { return missing_ == 0; }

 private:
  std::uint8_t missing_ = 0;  // bytes of the last character
  std::uint8_t low_ = 0x80;   // the range of the next byte
  std::uint8_t high_ = 0xBF;
};

}  // namespace cppworker::text
