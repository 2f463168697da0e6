#include "http/requests/requests_failure.hpp"

#include <cerrno>
#include <string>

#include <gtest/gtest.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace cppworker::http::requests {
namespace {

using Cause = Failure::Cause;
using Phase = Failure::Phase;
using std::chrono::milliseconds;

// The texts were compared with Locust 2.x on requests; those of invalid responses are compared in
// response_parser_test.cpp.

std::string text_of(const Failure& failure, const char* url = "http://127.0.0.1:80/") {
  const Url parsed = Url::prepare(url);
  Exchange::Request request;
  request.url = &parsed;
  request.connect_timeout = milliseconds(1'500);
  request.read_timeout = milliseconds(2'000);
  return failure_text(failure, request);
}

Failure tls(Phase phase, net::TlsError error) {
  Failure failure = Failure::with(Cause::kTls, {.tls = error});
  failure.phase = phase;
  return failure;
}

TEST(RequestsFailure, IsEmptyWithoutAFailure) {
  EXPECT_EQ(text_of({}), "");
  EXPECT_EQ(text_of({.cause = Cause::kStopped}), "");
}

TEST(RequestsFailure, DescribesTheConnection) {
  EXPECT_EQ(text_of({.cause = Cause::kNoAddress, .number = EAI_NONAME}),
            "gaierror(-2, 'Name or service not known')");
  EXPECT_EQ(text_of(Failure::of_errno(ECONNREFUSED)),
            "ConnectionRefusedError(111, 'Connection refused')");
  EXPECT_EQ(text_of({.cause = Cause::kSystemError, .phase = Phase::kBody, .number = ECONNRESET}),
            "ChunkedEncodingError(ProtocolError(\"Connection broken: ConnectionResetError(104, "
            "'Connection reset by peer')\", ConnectionResetError(104, 'Connection reset by "
            "peer')))");
  EXPECT_EQ(text_of({.cause = Cause::kClosed}),
            "RemoteDisconnected('Remote end closed connection without response')");
  EXPECT_EQ(text_of({.cause = Cause::kOutOfMemory}), "MemoryError()");
}

TEST(RequestsFailure, DescribesTimeouts) {
  EXPECT_EQ(text_of({.cause = Cause::kTimedOut, .phase = Phase::kConnect}),
            "ConnectTimeoutError(<HTTPConnection(host='127.0.0.1', port=80)>, 'Connection to "
            "127.0.0.1 timed out. (connect timeout=1.5)')");
  EXPECT_EQ(text_of({.cause = Cause::kTimedOut, .phase = Phase::kTlsHandshake}, "https://a.b"),
            "ReadTimeout(ReadTimeoutError(\"HTTPSConnectionPool(host='a.b', port=443): Read timed "
            "out. (read timeout=1.5)\"))");
  EXPECT_EQ(text_of({.cause = Cause::kTimedOut, .phase = Phase::kResponse}),
            "ReadTimeout(ReadTimeoutError(\"HTTPConnectionPool(host='127.0.0.1', port=80): Read "
            "timed out. (read timeout=2)\"))");
  EXPECT_EQ(text_of({.cause = Cause::kTimedOut, .phase = Phase::kBody}),
            "ReadTimeoutError(\"HTTPConnectionPool(host='127.0.0.1', port=80): Read timed out.\")");
  const Url url = Url::prepare("http://a");
  Exchange::Request unlimited;
  unlimited.url = &url;
  EXPECT_EQ(failure_text({.cause = Cause::kTimedOut, .phase = Phase::kConnect}, unlimited),
            "TimeoutError(110, 'Connection timed out')");
}

TEST(RequestsFailure, DescribesTls) {
  OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, nullptr);
  const unsigned long wrong_version = ERR_PACK(ERR_LIB_SSL, 0, SSL_R_WRONG_VERSION_NUMBER);
  const std::string wrong = "SSLError(1, '[SSL: WRONG_VERSION_NUMBER] wrong version number')";
  EXPECT_EQ(text_of(tls(Phase::kTlsHandshake, {.code = wrong_version})), "SSLError(" + wrong + ")");
  EXPECT_EQ(text_of(tls(Phase::kResponse, {.code = wrong_version})), wrong);
  EXPECT_EQ(text_of(tls(Phase::kBody, {.code = wrong_version})), "SSLError(" + wrong + ")");
  const std::string end =
      "SSLError(SSLEOFError(8, '[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of "
      "protocol'))";
  EXPECT_EQ(text_of({.cause = Cause::kClosed, .phase = Phase::kTlsHandshake}), end);
  EXPECT_EQ(text_of(tls(Phase::kTlsHandshake, {})), end);
  const unsigned long rejected = ERR_PACK(ERR_LIB_SSL, 0, SSL_R_CERTIFICATE_VERIFY_FAILED);
  EXPECT_EQ(
      text_of(tls(Phase::kTlsHandshake,
                  {.code = rejected, .verify_result = X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT})),
      "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate "
      "verify failed: self-signed certificate'))");
  EXPECT_EQ(text_of(tls(Phase::kTlsHandshake,
                        {.code = rejected, .verify_result = X509_V_ERR_HOSTNAME_MISMATCH}),
                    "https://a.b"),
            "SSLError(SSLCertVerificationError(1, \"[SSL: CERTIFICATE_VERIFY_FAILED] certificate "
            "verify failed: Hostname mismatch, certificate is not valid for 'a.b'.\"))");
  EXPECT_EQ(text_of(tls(Phase::kTlsHandshake, {.os_error = ECONNRESET})),
            "ConnectionResetError(104, 'Connection reset by peer')");
  EXPECT_EQ(text_of(tls(Phase::kBody, {.os_error = EPIPE})),
            "ChunkedEncodingError(ProtocolError(\"Connection broken: BrokenPipeError(32, 'Broken "
            "pipe')\", BrokenPipeError(32, 'Broken pipe')))");
}

TEST(RequestsFailure, DescribesRefusedTunnels) {
  for (const auto& [line, text] : {std::pair{"HTTP/1.1 407 Proxy Authentication Required\r\n",
                                             "407 Proxy Authentication Required"},
                                   {"HTTP/1.0 403  No \xe9 \r\n", "403 No \xc3\xa9"},
                                   {"HTTP/1.1 502", "502 "}}) {
    EXPECT_EQ(text_of(Failure::with(Cause::kTunnelRefused, {.text = line})),
              std::string("OSError('Tunnel connection failed: ") + text + "')");
  }
  EXPECT_EQ(text_of(Failure::with(Cause::kTunnelRefused, {.text = "SSH-2.0-x"})),
            "BadStatusLine('SSH-2.0-x\\r\\n')");
}

TEST(RequestsFailure, DescribesTlsInATunnelByTheInnermostException) {
  const Url url = Url::prepare("https://a.b");
  Exchange::Request request;
  request.url = &url;
  request.transport.proxy = "http://127.0.0.1:3128";
  EXPECT_EQ(failure_text({.cause = Cause::kClosed, .phase = Phase::kTlsHandshake}, request),
            "SSLEOFError(8, '[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of "
            "protocol')");
  const unsigned long rejected = ERR_PACK(ERR_LIB_SSL, 0, SSL_R_CERTIFICATE_VERIFY_FAILED);
  EXPECT_EQ(
      failure_text(tls(Phase::kTlsHandshake,
                       {.code = rejected, .verify_result = X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT}),
                   request),
      "SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify "
      "failed: self-signed certificate')");
}

TEST(RequestsFailure, DescribesOtherBodies) {
  EXPECT_EQ(text_of(Failure::with(Cause::kInvalidChunkLength, {.text = "a'\"\\\t\x7f\xe9"})),
            "ChunkedEncodingError(ProtocolError('Connection broken: InvalidChunkLength(got length "
            "b\\'a\\\\\\'\"\\\\\\\\\\\\t\\\\x7f\\\\xe9\\', 0 bytes read)', InvalidChunkLength(got "
            "length b'a\\'\"\\\\\\t\\x7f\\xe9', 0 bytes read)))");
  EXPECT_EQ(text_of(Failure::with(Cause::kInvalidChunkLength, {.text = "it's"})),
            "ChunkedEncodingError(ProtocolError('Connection broken: InvalidChunkLength(got length "
            "b\"it\\'s\", 0 bytes read)', InvalidChunkLength(got length b\"it's\", 0 bytes "
            "read)))");
  EXPECT_EQ(text_of({.cause = Cause::kDecodedTooLarge}),
            "ContentDecodingError(DecodeError('The decoded body is larger than 1 GiB, the limit "
            "of cpp-worker.'))");
  Failure unsupported = Failure::with(Cause::kUnsupported, {.text = "Unsupported protocol"});
  unsupported.number = 1;
  EXPECT_EQ(text_of(unsupported), "CurlError(1, 'Unsupported protocol')");
}

}  // namespace
}  // namespace cppworker::http::requests
