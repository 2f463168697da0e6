#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace cppworker::text {

// Functions that process eight characters at a time, in one register. Comparing and checking
// headers is a large part of the cost of a request.

inline std::uint64_t load_eight(const char* text) {
  std::uint64_t eight = 0;
  std::memcpy(&eight, text, sizeof eight);
  return eight;
}

/// The same character eight times.
constexpr std::uint64_t all_eight(unsigned char character) {
  return 0x0101010101010101U * character;
}

/// The characters, with ASCII letters in lower case.
constexpr std::uint64_t lower_eight(std::uint64_t eight) {
  constexpr std::uint64_t kHigh = all_eight(0x80);
  const std::uint64_t low_bits = eight & ~kHigh;
  const std::uint64_t from_a = low_bits + all_eight(0x80 - 'A');
  const std::uint64_t beyond_z = low_bits + all_eight(0x80 - 'Z' - 1);
  const std::uint64_t upper = (from_a ^ beyond_z) & ~eight & kHigh;
  return eight | (upper >> 2U);
}

/// True if one of them is a control character (below 0x20, or 0x7f).
constexpr bool has_control(std::uint64_t eight) {
  constexpr std::uint64_t kHigh = all_eight(0x80);
  const std::uint64_t low_bits = eight & ~kHigh;
  const std::uint64_t not_below_space = low_bits + all_eight(0x80 - 0x20);
  const std::uint64_t is_delete = low_bits + all_eight(0x01);
  return ((~not_below_space | is_delete) & ~eight & kHigh) != 0;
}

/// True if the text has a control character other than a tab.
inline bool has_control(std::string_view text) {
  constexpr std::size_t kEight = sizeof(std::uint64_t);
  const auto has_other = [](std::string_view part) {
    for (const char character : part) {
      const auto byte = static_cast<unsigned char>(character);
      if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
        return true;
      }
    }
    return false;
  };
  if (text.size() < kEight) {
    return has_other(text);
  }
  const std::size_t last = text.size() - kEight;
  for (std::size_t at = 0; at < last; at += kEight) {
    if (has_control(load_eight(text.data() + at)) && has_other(text.substr(at, kEight))) {
      return true;
    }
  }
  return has_control(load_eight(text.data() + last)) && has_other(text.substr(last));
}

}  // namespace cppworker::text
