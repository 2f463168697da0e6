#include "net/tls_contexts.hpp"

#include <filesystem>
#include <new>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cppworker/exception.hpp>

#include "net/tls_authorities.hpp"
#include "net/tls_certificate.hpp"
#include "net/tls_stream.hpp"

namespace cppworker::net {

void TlsContexts::FreeContext::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }

SSL_CTX& TlsContexts::get(const Verify& verify, const Cert& cert) {
  for (const Context& known : contexts_) {
    if (known.verify == verify && known.cert == cert) {
      return *known.context;
    }
  }
  Context made{.verify = verify, .cert = cert, .context = make()};
  set_authorities(*made.context, verify);
  if (!cert.cert.empty()) {
    use_certificate(*made.context, cert);
  }
  return *contexts_.emplace_back(std::move(made)).context;
}

std::unique_ptr<SSL_CTX, TlsContexts::FreeContext> TlsContexts::make() {
  std::unique_ptr<SSL_CTX, FreeContext> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const tls = context.get();
  if (tls == nullptr) {
    throw std::bad_alloc();
  }
  SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);  // NOLINT: a cast in OpenSSL's macro
  TlsStream::prepare(*tls);
  // Sessions are kept by the users, not by the context.
  SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
  return context;
}

void TlsContexts::set_authorities(SSL_CTX& context, const Verify& verify) {
  SSL_CTX_set_verify(&context, verify.enabled ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!verify.enabled) {
    return;
  }
  if (verify.ca_path.empty()) {
    SSL_CTX_set1_cert_store(&context, &system_authorities());
    return;
  }
  const char* const path = verify.ca_path.c_str();
  const bool loaded = std::filesystem::is_directory(verify.ca_path)
                          ? SSL_CTX_load_verify_dir(&context, path) == 1
                          : SSL_CTX_load_verify_file(&context, path) == 1;
  if (!loaded) {
    ERR_clear_error();
    throw Error("Can't read the certificates in " + verify.ca_path +
                ". Give a PEM file, or a directory that `openssl rehash` has prepared.");
  }
}

}  // namespace cppworker::net
