#include "http/own/own_engine.hpp"

#include <filesystem>
#include <new>

#include <openssl/err.h>

#include <cppworker/exception.hpp>

#include "base/check.hpp"
#include "http/shard_engine.hpp"
#include "user/shard.hpp"

namespace cppworker::http::own {

OwnEngine::OwnEngine(coro::Scheduler& scheduler, net::ShardResolver& names)
    : scheduler_(scheduler), receive_buffer_(new char[kBuffer]), names_(names) {}

const std::shared_ptr<OwnEngine>& OwnEngine::of(detail::Shard& shard) {
  shard.check_thread("client()");
  return engine_in<OwnEngine>(shard.own_http_engine, shard);
}

void OwnEngine::shut_down() { shut_down_ = true; }

void OwnEngine::unwatch(int fd) {
  if (!shut_down_) {
    scheduler_.unwatch(fd);
  }
}

SSL_CTX& OwnEngine::tls_context(const Verify& verify, const Cert& cert) {
  DCHECK(scheduler_.running() == nullptr);
  for (const TlsContext& known : tls_contexts_) {
    if (known.verify == verify && known.cert == cert) {
      return *known.context;
    }
  }
  TlsContext made{.verify = verify, .cert = cert, .context = new_tls_context()};
  set_authorities(*made.context, verify);
  set_certificate(*made.context, cert);
  return *tls_contexts_.emplace_back(std::move(made)).context;
}

std::unique_ptr<SSL_CTX, OwnEngine::FreeContext> OwnEngine::new_tls_context() {
  std::unique_ptr<SSL_CTX, FreeContext> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const tls = context.get();
  if (tls == nullptr) {
    throw std::bad_alloc();
  }
  SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);  // NOLINT: a cast in OpenSSL's macro
  // Idle connections have no buffers; one system call reads a whole record.
  SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(tls, 1);
  // As for Python's sockets, the end of the connection without close_notify is not an error.
  SSL_CTX_set_options(tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Sessions are kept by the users, not by the context.
  SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
  return context;
}

void OwnEngine::set_authorities(SSL_CTX& context, const Verify& verify) {
  SSL_CTX_set_verify(&context, verify.enabled ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!verify.enabled) {
    return;
  }
  if (verify.ca_path.empty()) {
    SSL_CTX_set_default_verify_paths(&context);
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

void OwnEngine::set_certificate(SSL_CTX& context, const Cert& cert) {
  if (cert.cert.empty()) {
    return;
  }
  const std::string& key = cert.key.empty() ? cert.cert : cert.key;
  if (SSL_CTX_use_certificate_chain_file(&context, cert.cert.c_str()) != 1) {
    ERR_clear_error();
    throw Error("Can't read the client certificate in " + cert.cert + ". Give a PEM file.");
  }
  if (SSL_CTX_use_PrivateKey_file(&context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    ERR_clear_error();
    throw Error("Can't read the key of the client certificate in " + key +
                ". Give a PEM file without a passphrase, whose key is that of " + cert.cert + ".");
  }
}

}  // namespace cppworker::http::own
