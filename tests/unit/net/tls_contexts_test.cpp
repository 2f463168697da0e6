#include "net/tls_contexts.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "net/tls_authorities.hpp"

namespace cppworker::net {
namespace {

TEST(TlsContextsTest, AllThreadsShareTheSystemsAuthorities) {
  TlsContexts one;
  TlsContexts other;
  SSL_CTX& context = one.get(true);
  EXPECT_EQ(SSL_CTX_get_cert_store(&context), &system_authorities());
  EXPECT_EQ(SSL_CTX_get_cert_store(&other.get(true)), &system_authorities());
  EXPECT_EQ(&one.get(true), &context);
}

TEST(TlsContextsTest, AContextThatChecksNothingNeedsNoAuthorities) {
  TlsContexts contexts;
  EXPECT_NE(SSL_CTX_get_cert_store(&contexts.get(false)), &system_authorities());
}

}  // namespace
}  // namespace cppworker::net
