#pragma once

#include <openssl/ssl.h>

#include <cppworker/tls.hpp>

namespace cppworker::net {

// A client certificate and its key, read from PEM files. They throw Error (unreadable files). On
// the scheduler's own stack.

/// For all connections of a context.
void use_certificate(SSL_CTX& context, const Cert& cert);

/// For one connection.
void use_certificate(SSL& connection, const Cert& cert);

}  // namespace cppworker::net
