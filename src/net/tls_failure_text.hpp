#pragma once

#include <string>
#include <string_view>

#include "net/tls_error.hpp"

namespace cppworker::net {

/// Python's text of a TLS error, without the line number of its C source. On the scheduler's own
/// stack.
/// @param host that the certificate should be for
/// @pre error.os_error == 0
[[nodiscard]] std::string tls_failure_text(const TlsError& error, std::string_view host);

/// Python's text when the server has closed the connection during the handshake.
[[nodiscard]] std::string tls_closed_text();

}  // namespace cppworker::net
