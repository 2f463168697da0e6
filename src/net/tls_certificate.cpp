#include "net/tls_certificate.hpp"

#include <openssl/err.h>

#include <cppworker/exception.hpp>

namespace cppworker::net {

namespace {

/// @param use_chain, use_key OpenSSL's functions, for a context or for a connection
template <class Target, class UseChain, class UseKey>
void use_certificate_with(UseChain use_chain, UseKey use_key, Target& target, const Cert& cert) {
  const std::string& key = cert.key.empty() ? cert.cert : cert.key;
  if (use_chain(&target, cert.cert.c_str()) != 1) {
    ERR_clear_error();
    throw Error("Can't read the client certificate in " + cert.cert + ". Give a PEM file.");
  }
  if (use_key(&target, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    ERR_clear_error();
    throw Error("Can't read the key of the client certificate in " + key +
                ". Give a PEM file without a passphrase, whose key is that of " + cert.cert + ".");
  }
}

}  // namespace

void use_certificate(SSL_CTX& context, const Cert& cert) {
  use_certificate_with(&SSL_CTX_use_certificate_chain_file, &SSL_CTX_use_PrivateKey_file, context,
                       cert);
}

void use_certificate(SSL& connection, const Cert& cert) {
  use_certificate_with(&SSL_use_certificate_chain_file, &SSL_use_PrivateKey_file, connection, cert);
}

}  // namespace cppworker::net
