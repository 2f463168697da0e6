#pragma once

#include <string>
#include <string_view>

namespace cppworker::http {

/// Character classes of RFC 3986, as urllib3 uses them.
enum class UrlPart { kUserinfo, kPath, kQuery };

/// Whether the character is allowed unquoted in that part of a URL ('%' isn't).
[[nodiscard]] bool is_allowed(char character, UrlPart part) noexcept;
[[nodiscard]] bool all_allowed(std::string_view text, UrlPart part) noexcept;

/// urllib3's `_encode_invalid_chars`: quotes the characters that the part may not contain. '%' is
/// quoted unless every '%' in the text starts an escape.
[[nodiscard]] std::string quote_part(std::string_view text, UrlPart part);

/// requests' `requote_uri`: unquotes unreserved characters, quotes illegal ones.
[[nodiscard]] std::string requote_uri(std::string_view uri);

/// RFC 3986, 5.2.4, as in urllib3.
[[nodiscard]] std::string remove_dot_segments(std::string_view path);

/// Python's urllib.parse.unquote: bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string unquote(std::string_view text);

}  // namespace cppworker::http
