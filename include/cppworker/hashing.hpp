#pragma once

#include <string>
#include <string_view>

#include <cppworker/detail/export.hpp>

/// Digests as raw bytes, like digest() of Python's hashlib and hmac. For text, use
/// `hex_encode(sha256(body))` or `base64_encode(hmac_sha256(key, body))`. None of the functions
/// suspends.
namespace cppworker {

[[nodiscard]] CPPWORKER_EXPORT std::string sha256(std::string_view bytes);  ///< 32 bytes
[[nodiscard]] CPPWORKER_EXPORT std::string sha1(std::string_view bytes);    ///< 20 bytes
/// 16 bytes. Throws std::runtime_error if the system's OpenSSL does not allow MD5 (FIPS).
[[nodiscard]] CPPWORKER_EXPORT std::string md5(std::string_view bytes);

/// RFC 2104, 32 bytes, like hmac.digest(key, message, "sha256").
[[nodiscard]] CPPWORKER_EXPORT std::string hmac_sha256(std::string_view key,
                                                       std::string_view message);
/// RFC 2104, 20 bytes, like hmac.digest(key, message, "sha1").
[[nodiscard]] CPPWORKER_EXPORT std::string hmac_sha1(std::string_view key,
                                                     std::string_view message);

}  // namespace cppworker
