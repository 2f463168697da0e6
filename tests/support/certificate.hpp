#pragma once

#include <string>

#include <openssl/ssl.h>

namespace cppworker::test_support {

/// Gives `context` a fresh self-signed certificate for a host name and returns it as PEM.
std::string use_fresh_certificate(SSL_CTX& context, const std::string& host_name);

}  // namespace cppworker::test_support
