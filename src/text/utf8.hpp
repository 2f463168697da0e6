#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cppworker::text {

/// What some editors put before a text, to say that it is UTF-8.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// One step of a UTF-8 decoder.
struct Utf8Step {
  std::size_t length = 1;  ///< bytes of the character, or of the maximal ill-formed subpart
  bool valid = false;
  char32_t code_point = 0;  ///< of a valid character
};

/// Decodes the start of `text`, which must not be empty. Well-formed is what Unicode (table 3-7)
/// and Python's decoder take: no surrogates, no overlong forms, nothing above U+10FFFF.
[[nodiscard]] Utf8Step decode_utf8(std::string_view text) noexcept;

[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

/// `bytes` as valid UTF-8: each maximal ill-formed subpart becomes one U+FFFD, exactly as Python's
/// `bytes.decode("utf-8", errors="replace")`. An invalid byte on the wire makes a stock master drop
/// the message and process the previous one again.
[[nodiscard]] std::string to_utf8(std::string_view bytes);

/// How many characters `text` has; an ill-formed sequence counts as the U+FFFD of to_utf8().
[[nodiscard]] std::size_t count_characters(std::string_view text) noexcept;

/// Python's `text[:count]`: as many characters from the start, counted likewise.
[[nodiscard]] std::string_view first_characters(std::string_view text, std::size_t count) noexcept;

/// Appends a character. @pre a code point, no surrogate
void append_utf8(std::string& text, char32_t code_point);

}  // namespace cppworker::text
