#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

#include <cppworker/http_session.hpp>

#include "http_fixture.hpp"

namespace cppworker::http {
namespace {

using testing::ElementsAre;
using testing::SizeIs;
using testing::StartsWith;

class TlsTest : public HttpFixture {
 protected:
  ~TlsTest() override {
    unsetenv("REQUESTS_CA_BUNDLE");  // NOLINT(concurrency-mt-unsafe): no other thread reads it
    std::filesystem::remove(ca_file_);
  }

  /// The file of authorities with this server's certificate.
  std::string certificate_of(const HttpServer& server) {
    std::ofstream(ca_file_) << server.certificate_pem();
    return ca_file_;
  }

 private:
  const std::filesystem::path ca_file_ =
      std::filesystem::path(testing::TempDir()) / ("ca-" + std::to_string(getpid()) + ".pem");
};

TEST_F(TlsTest, ReusesTheConnectionToATrustedServer) {
  HttpServer server(answer_ok, HttpServer::Protocol::kTls);
  run_user([&] {
    HttpSession client(environment, server.url("localhost"));
    client.verify = certificate_of(server);
    client.get("/1");
    client.get("/2");
  });
  EXPECT_THAT(exceptions(), ElementsAre("", ""));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(TlsTest, RefusesACertificateThatNobodyVouchesFor) {
  HttpServer server(answer_ok, HttpServer::Protocol::kTls);
  run_user([&] {
    HttpSession client(environment, server.url("localhost"));
    client.get("/");
  });
  EXPECT_THAT(exceptions(), ElementsAre("SSLError(SSLCertVerificationError(1, '[SSL: "
                                        "CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
                                        "self-signed certificate'))"));
}

TEST_F(TlsTest, RefusesACertificateForAnotherName) {
  HttpServer server(answer_ok, HttpServer::Protocol::kTls, "other.example");
  run_user([&] {
    HttpSession client(environment, server.url("localhost"));
    client.verify = certificate_of(server);
    client.get("/");
    client.get(server.url("127.0.0.1") + "/");
  });
  EXPECT_THAT(
      exceptions(),
      ElementsAre("SSLError(SSLCertVerificationError(1, \"[SSL: CERTIFICATE_VERIFY_FAILED] "
                  "certificate verify failed: Hostname mismatch, certificate is not valid for "
                  "'localhost'.\"))",
                  "SSLError(SSLCertVerificationError(1, \"[SSL: CERTIFICATE_VERIFY_FAILED] "
                  "certificate verify failed: IP address mismatch, certificate is not valid for "
                  "'127.0.0.1'.\"))"));
  EXPECT_THAT(server.requests(), SizeIs(0));
}

TEST_F(TlsTest, AsksForNoGoodCertificateWhenToldSoForOneRequestOrForAll) {
  HttpServer server(answer_ok, HttpServer::Protocol::kTls, "other.example");
  run_user([&] {
    HttpSession client(environment, server.url("localhost"));
    client.get("/", {.verify = false});
    client.get("/");
    client.verify = false;
    client.get("/");
    client.get("/", {.verify = true});
  });
  EXPECT_THAT(exceptions(), ElementsAre("", StartsWith("SSLError("), "", StartsWith("SSLError(")));
}

TEST_F(TlsTest, TrustsTheEnvironmentVariablesOnlyWhenToldSo) {
  HttpServer server(answer_ok, HttpServer::Protocol::kTls);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads it
  setenv("REQUESTS_CA_BUNDLE", certificate_of(server).c_str(), 1);
  run_user([&] {
    HttpSession client(environment, server.url("localhost"));
    client.get("/");
    client.trust_env = true;
    client.get("/");
  });
  EXPECT_THAT(exceptions(), ElementsAre(StartsWith("SSLError("), ""));
}

TEST_F(TlsTest, ThrowsForFilesThatAreNotThere) {
  run_user([&] {
    HttpSession client(environment, "https://127.0.0.1:1");
    EXPECT_THROW(client.get("/", {.verify = "/no/such/file"}), std::invalid_argument);
    EXPECT_THROW(client.get("/", {.cert = Cert{"/no/such/file"}}), std::invalid_argument);
  });
  EXPECT_THAT(reported, SizeIs(0));
}

}  // namespace
}  // namespace cppworker::http
