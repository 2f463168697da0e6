#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cppworker::text {

/// The mark that some editors put at the beginning of UTF-8 files.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// One step of a UTF-8 decoder.
struct Utf8Step {
  std::size_t length = 1;  ///< bytes of the character, or of the maximal ill-formed subpart
  bool valid = false;
  char32_t code_point = 0;  ///< of a valid character
};

/// Decodes the first character of `text`, which must not be empty. Accepts what Unicode (table 3-7)
/// and Python's decoder accept: no surrogates, no overlong forms, nothing above U+10FFFF.
[[nodiscard]] Utf8Step decode_utf8(std::string_view text) noexcept;

[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

/// `bytes` as valid UTF-8: each maximal ill-formed subpart becomes one U+FFFD, exactly as in
/// Python's `bytes.decode("utf-8", errors="replace")`. If a message has an invalid byte, a stock
/// master drops it and processes the previous message again.
[[nodiscard]] std::string to_utf8(std::string_view bytes);

/// The number of characters in `text`. An ill-formed sequence counts as the U+FFFD of to_utf8().
[[nodiscard]] std::size_t count_characters(std::string_view text) noexcept;

/// The first `count` characters, like Python's `text[:count]`, counted as in count_characters().
[[nodiscard]] std::string_view first_characters(std::string_view text, std::size_t count) noexcept;

/// Appends a character. @pre `code_point` is not a surrogate
void append_utf8(std::string& text, char32_t code_point);

}  // namespace cppworker::text
