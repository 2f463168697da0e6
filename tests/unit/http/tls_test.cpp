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

class TlsTest : public HttpFixture {
 protected:
  ~TlsTest() override {
    unsetenv("REQUESTS_CA_BUNDLE");  // NOLINT(concurrency-mt-unsafe): no other thread reads it
    std::filesystem::remove(ca_file_);
  }

  /// As an author does it: by the environment variable that requests reads.
  void trust(const HttpServer& server) {
    std::ofstream(ca_file_) << server.certificate_pem();
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads it
    setenv("REQUESTS_CA_BUNDLE", ca_file_.c_str(), 1);
  }

 private:
  const std::filesystem::path ca_file_ =
      std::filesystem::path(testing::TempDir()) / ("ca-" + std::to_string(getpid()) + ".pem");
};

TEST_F(TlsTest, ReusesTheConnectionToATrustedServer) {
  HttpServer server(answer_ok, HttpServer::Protocol::kTls);
  trust(server);
  run_user([&] {
    HttpSession client(environment, server.url("localhost"));
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
  trust(server);
  run_user([&] {
    HttpSession client(environment, server.url("localhost"));
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

}  // namespace
}  // namespace cppworker::http
