#pragma once

#include <string>
#include <string_view>

namespace cppworker::http {

// What Python does with the text of a head. Errors have the texts of its UnicodeEncodeError, which
// is a ValueError.

[[nodiscard]] bool is_ascii(std::string_view text);
/// Whether to_latin1() can encode the text.
[[nodiscard]] bool is_latin1(std::string_view text);

/// Appends `text` in Latin-1. Bytes that are not UTF-8 are appended as they are. Throws
/// std::invalid_argument for a character above U+00FF.
void append_latin1(std::string& out, std::string_view text);
[[nodiscard]] std::string to_latin1(std::string_view text);
/// As Python decodes status lines.
[[nodiscard]] std::string latin1_to_utf8(std::string_view latin1);

/// Throws std::invalid_argument if there is a character above U+007F.
void check_ascii(std::string_view text);

}  // namespace cppworker::http
