#pragma once

#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace cppworker::http::fast {

/// What Python says about a TLS call that failed with `error` (SSL_get_error), without the line
/// number of its C source; empties OpenSSL's error queue.
[[nodiscard]] std::string tls_failure(const SSL& ssl, int error, std::string_view host);

/// The server has closed the connection in the middle of the handshake.
[[nodiscard]] std::string tls_closed_text();

void clear_tls_errors();

}  // namespace cppworker::http::fast
