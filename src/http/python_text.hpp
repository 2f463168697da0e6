#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cppworker::http {

// Operations of Python's str on a text that was decoded as ISO-8859-1, and of its bytes.

/// `str.isspace()`, also what `str.split()` and `str.strip()` remove.
constexpr bool is_space(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return (byte >= 0x09 && byte <= 0x0d) || (byte >= 0x1c && byte <= 0x20) || byte == 0x85 ||
         byte == 0xa0;
}

/// `str.strip()`.
[[nodiscard]] std::string_view strip(std::string_view text) noexcept;

/// `str.lower()`.
[[nodiscard]] std::string lower(std::string_view text);

/// `repr(bytes)`.
[[nodiscard]] std::string bytes_repr(std::string_view bytes);

/// `value.lstrip(" \t")`.
[[nodiscard]] std::string_view strip_leading_blanks(std::string_view text) noexcept;

/// `int(str)`; none for a ValueError. Values beyond int64 become its limits.
[[nodiscard]] std::optional<std::int64_t> parse_int(std::string_view text) noexcept;

/// `int(bytes, 16)`; none for a ValueError. Values beyond int64 become its limits.
[[nodiscard]] std::optional<std::int64_t> parse_hexadecimal(std::string_view bytes) noexcept;

}  // namespace cppworker::http
