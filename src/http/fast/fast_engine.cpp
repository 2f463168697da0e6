#include "http/fast/fast_engine.hpp"

#include <filesystem>
#include <new>

#include <cppworker/exception.hpp>

#include "base/check.hpp"
#include "http/shard_engine.hpp"
#include "user/shard.hpp"

namespace cppworker::http::fast {

FastEngine::FastEngine(coro::Scheduler& scheduler, net::ShardResolver& names)
    : scheduler_(scheduler), receive_buffer_(new char[kBuffer]), names_(names) {}

const std::shared_ptr<FastEngine>& FastEngine::of(detail::Shard& shard) {
  shard.check_thread("client()");
  return engine_in<FastEngine>(shard.fast_http_engine, shard);
}

void FastEngine::shut_down() { shut_down_ = true; }

void FastEngine::unwatch(int fd) {
  if (!shut_down_) {
    scheduler_.unwatch(fd);
  }
}

SSL_CTX& FastEngine::tls_context(const Trust& trust) {
  DCHECK(scheduler_.running() == nullptr);
  auto& context = tls_contexts_[trust];
  if (context != nullptr) {
    return *context;
  }
  context.reset(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) {
    throw std::bad_alloc();
  }
  SSL_CTX* const tls = context.get();
  SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);  // NOLINT: a cast in OpenSSL's macro
  // Idle connections have no buffers; one system call reads a whole record.
  SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(tls, 1);
  // As for Python's sockets, the end of the connection without close_notify is not an error.
  SSL_CTX_set_options(tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Sessions are kept by the users, not by the context.
  SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(tls, trust.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (trust.verify && trust.ca_path.empty()) {
    SSL_CTX_set_default_verify_paths(tls);
  } else if (trust.verify) {
    const char* const path = trust.ca_path.c_str();
    const bool loaded = std::filesystem::is_directory(trust.ca_path)
                            ? SSL_CTX_load_verify_dir(tls, path) == 1
                            : SSL_CTX_load_verify_file(tls, path) == 1;
    if (!loaded) {
      tls_contexts_.erase(trust);
      throw Error("Can't read the certificates in " + trust.ca_path +
                  ". Give a PEM file, or a directory that `openssl rehash` has prepared.");
    }
  }
  return *tls;
}

}  // namespace cppworker::http::fast
