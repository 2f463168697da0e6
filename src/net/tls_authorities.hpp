#pragma once

#include <string_view>

struct x509_store_st;  // X509_STORE

namespace cppworker::net {

/// The certificates of the system's authorities: $SSL_CERT_FILE and $SSL_CERT_DIR, otherwise
/// OpenSSL's own places. The first call reads them, which takes about 30 ms; the threads share
/// them. Any thread.
[[nodiscard]] x509_store_st& system_authorities();

/// Reads them if the host stands for TLS (`https://…`, `mqtts://…`), so that the first connection
/// of a user does not wait for it. Any thread.
void prepare_authorities(std::string_view host);

}  // namespace cppworker::net
