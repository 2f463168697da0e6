#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cppworker::http {

// The texts that Locust's statistics show for failed requests: Python's repr() of the exceptions of
// requests, urllib3, http.client, ssl and socket.

/// `ConnectionRefusedError(111, 'Connection refused')`: the repr() of an OSError with that errno.
[[nodiscard]] std::string os_error_text(int error_number);

/// `gaierror(-2, 'Name or service not known')`.
[[nodiscard]] std::string name_error_text(int gai_error);

/// `HTTPError('404 Client Error: Not Found for url: /x')`; none below 400 and from 600.
/// @param reason in UTF-8
/// @param name of the request's row; Locust puts it where requests shows the URL.
[[nodiscard]] std::optional<std::string> http_error_text(int status_code, std::string_view reason,
                                                         std::string_view name);

/// Only its message.
[[nodiscard]] std::optional<std::string> http_error_message(int status_code,
                                                            std::string_view reason,
                                                            std::string_view name);

/// `type('message')`.
[[nodiscard]] std::string exception_text(std::string_view type, std::string_view message);

/// For an incomplete body: ChunkedEncodingError around a ProtocolError around `cause`.
[[nodiscard]] std::string connection_broken_text(std::string_view cause);

/// For a body beyond kDecodedBodyMax. Python has no such limit.
inline constexpr std::string_view kDecodedTooLargeText =
    "The decoded body is larger than 1 GiB, the limit of cpp-worker.";

/// `HTTPConnectionPool(host='127.0.0.1', port=80)`.
[[nodiscard]] std::string pool_text(bool https, std::string_view host, std::uint16_t port);

/// Seconds as Python prints them, whole ones as an int.
[[nodiscard]] std::string seconds_text(double seconds);

}  // namespace cppworker::http
