#pragma once

#include <memory>
#include <vector>

#include <cppworker/tls.hpp>

struct ssl_ctx_st;  // SSL_CTX: many files include this header, and those of OpenSSL are large

namespace cppworker::net {

/// The TLS settings that the connections of one shard share. Only for the shard's thread, on the
/// scheduler's own stack.
class TlsContexts {
 public:
  TlsContexts() = default;
  TlsContexts(const TlsContexts&) = delete;
  TlsContexts& operator=(const TlsContexts&) = delete;

  /// For TlsStream::open(). Kept until the end of the shard. Throws Error (unreadable files).
  /// @param cert with an empty path: none
  ssl_ctx_st& get(const Verify& verify, const Cert& cert = {});

 private:
  struct FreeContext {
    void operator()(ssl_ctx_st* context) const;
  };
  struct Context {
    Verify verify;
    Cert cert;
    std::unique_ptr<ssl_ctx_st, FreeContext> context;
  };
  static std::unique_ptr<ssl_ctx_st, FreeContext> make();
  static void set_authorities(ssl_ctx_st& context, const Verify& verify);

  std::vector<Context> contexts_;
};

}  // namespace cppworker::net
