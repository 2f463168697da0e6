#pragma once

#include <string>
#include <string_view>

#include <cppworker/detail/export.hpp>
#include <cppworker/http_options.hpp>

/// Encodings of bytes as text, with the names of Python's modules base64 and urllib.parse. None of
/// the functions suspends.
namespace cppworker {

/// RFC 4648, with padding, like base64.b64encode().
[[nodiscard]] CPPWORKER_EXPORT std::string base64_encode(std::string_view bytes);

/// Like base64.b64decode(text, validate=True), except that it ignores white space. Throws Error
/// with the position of a character that is not in the alphabet, and for missing padding.
[[nodiscard]] CPPWORKER_EXPORT std::string base64_decode(std::string_view text);

/// The alphabet for URLs, with padding, like base64.urlsafe_b64encode().
[[nodiscard]] CPPWORKER_EXPORT std::string base64url_encode(std::string_view bytes);

/// The inverse of base64url_encode(). The padding may be missing, as it is in a JWT. Throws Error
/// with the position of a character that is not in the alphabet.
[[nodiscard]] CPPWORKER_EXPORT std::string base64url_decode(std::string_view text);

/// Two lower-case hexadecimal digits for each byte, like bytes.hex(): `hex_encode(sha256(body))`.
[[nodiscard]] CPPWORKER_EXPORT std::string hex_encode(std::string_view bytes);

/// Percent-encodes a part of a URL, like urllib.parse.quote(): letters, digits, "_.-~" and the
/// ASCII characters of `safe` stay.
[[nodiscard]] CPPWORKER_EXPORT std::string quote(std::string_view text,
                                                 std::string_view safe = "/");

/// Like quote(), but a space becomes "+", like urllib.parse.quote_plus().
[[nodiscard]] CPPWORKER_EXPORT std::string quote_plus(std::string_view text,
                                                      std::string_view safe = "");

/// Decodes %XX, like urllib.parse.unquote(): bytes that are not UTF-8 become U+FFFD, and an
/// incomplete %X stays.
[[nodiscard]] CPPWORKER_EXPORT std::string unquote(std::string_view text);

/// Names and values for a query or a form, like urllib.parse.urlencode(): `urlencode({{"q", "x y"},
/// {"page", 2}})` is "q=x+y&page=2".
[[nodiscard]] CPPWORKER_EXPORT std::string urlencode(const Pairs& pairs);

}  // namespace cppworker
