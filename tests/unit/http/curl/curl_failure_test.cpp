#include "http/curl/curl_failure.hpp"

#include <cerrno>
#include <string>

#include <gtest/gtest.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <openssl/x509.h>

namespace cppworker::http {
namespace {

using Cause = Failure::Cause;
using Phase = Failure::Phase;

TEST(CurlFailure, UsesAnErrnoOnlyIfTheMessageHasTheSameError) {
  CurlFailure failure{.code = CURLE_RECV_ERROR, .phase = Phase::kResponse, .os_error = ECONNRESET};
  failure.message = "Recv failure: Connection reset by peer";
  EXPECT_EQ(failure_of(failure).cause, Cause::kSystemError);
  EXPECT_EQ(failure_of(failure).number, ECONNRESET);
  EXPECT_EQ(failure_of(failure).phase, Phase::kResponse);
  failure.message = "Too large response headers: 312442 > 307200";
  EXPECT_EQ(failure_of(failure).cause, Cause::kUnsupported);
  EXPECT_EQ(failure_of(failure).number, 56);
  EXPECT_EQ(failure_of(failure).details->text, "Failure when receiving data from the peer");
}

TEST(CurlFailure, HasTheTlsErrorOfAFailedHandshake) {
  const Failure failure = failure_of(
      {.code = CURLE_SSL_CONNECT_ERROR,
       .message = "OpenSSL/3.0.22: error:0A000410:SSL routines::sslv3 alert handshake failure"});
  EXPECT_EQ(failure.cause, Cause::kTls);
  EXPECT_EQ(failure.phase, Phase::kTlsHandshake);
  EXPECT_EQ(ERR_GET_REASON(failure.details->tls.code), SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
}

TEST(CurlFailure, IsAClosedConnectionIfTheHandshakeEndsWithoutAnError) {
  for (const char* message :
       {"OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to localhost:1 ",
        "error:0A000126:SSL routines::unexpected eof while reading"}) {
    const Failure failure = failure_of({.code = CURLE_SSL_CONNECT_ERROR, .message = message});
    EXPECT_EQ(failure.cause, Cause::kClosed);
    EXPECT_EQ(failure.phase, Phase::kTlsHandshake);
  }
}

/// libcurl may connect and lose the connection in one call.
TEST(CurlFailure, IsInTheTunnelIfTheProxyClosesTheConnection) {
  const Failure failure =
      failure_of({.code = CURLE_RECV_ERROR, .message = "Proxy CONNECT aborted"});
  EXPECT_EQ(failure.cause, Cause::kClosed);
  EXPECT_EQ(failure.phase, Phase::kTunnel);
}

TEST(CurlFailure, DistinguishesAddressesFromNamesInCertificates) {
  CurlFailure failure{.code = CURLE_PEER_FAILED_VERIFICATION};
  const auto verify_result = [&] { return failure_of(failure).details->tls.verify_result; };
  EXPECT_EQ(verify_result(), X509_V_ERR_HOSTNAME_MISMATCH);
  failure.host_is_address = true;
  EXPECT_EQ(verify_result(), X509_V_ERR_IP_ADDRESS_MISMATCH);
  failure.verify_result = X509_V_ERR_CERT_HAS_EXPIRED;
  EXPECT_EQ(verify_result(), X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST(CurlFailure, TellsCutBodiesApart) {
  CurlFailure failure{.code = CURLE_PARTIAL_FILE, .phase = Phase::kBody, .body_received = 5};
  EXPECT_EQ(failure_of(failure).cause, Cause::kIncompleteChunks);
  failure.body_expected = 100;
  const Failure cut = failure_of(failure);
  EXPECT_EQ(cut.cause, Cause::kIncompleteBody);
  EXPECT_EQ(cut.details->received, 5);
  EXPECT_EQ(cut.details->expected, 100);
  EXPECT_EQ(cut.phase, Phase::kBody);
  failure.phase = Phase::kResponse;  // an HTTP/2 connection that ends before the head
  EXPECT_EQ(failure_of(failure).cause, Cause::kClosed);
}

TEST(CurlFailure, OfANameIsThatOfALookup) {
  const Failure failure = failure_of({.code = CURLE_COULDNT_RESOLVE_PROXY});
  EXPECT_EQ(failure.cause, Cause::kNoAddress);
  EXPECT_EQ(failure.number, EAI_NONAME);
  EXPECT_EQ(failure.phase, Phase::kConnect);
}

TEST(CurlFailure, KeepsFiguresThatDifferEachTimeOutOfTheText) {
  const Failure failure =
      failure_of({.code = CURLE_HTTP2, .message = "stream 17 was closed after 12 ms"});
  EXPECT_EQ(failure.cause, Cause::kUnsupported);
  EXPECT_EQ(failure.number, 16);
  EXPECT_EQ(failure.details->text, "Error in the HTTP2 framing layer");
}

}  // namespace
}  // namespace cppworker::http
