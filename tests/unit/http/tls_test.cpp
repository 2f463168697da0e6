#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

#include <cppworker/http_session.hpp>

#include "http_fixture.hpp"

namespace cppworker::http {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::SizeIs;
using testing::StartsWith;

template <class Fixture>
class Tls : public Fixture {
 protected:
  ~Tls() override {
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

class TlsTest : public Tls<UserFixture> {
 protected:
  /// `cause` is an exception of Python's ssl.
  static std::string failure(const std::string& cause) {
    return by_user("SSLError(" + cause + ")", cause);
  }
};
using HttpUserTls = Tls<HttpFixture>;

TEST_P(TlsTest, ReusesTheConnectionToATrustedServer) {
  HttpServer server(answer_ok, HttpServer::Protocol::kTls);
  run_user([&] {
    Session client(environment, server.url("localhost"));
    client.verify = certificate_of(server);
    client.get("/1");
    client.get("/2");
  });
  EXPECT_THAT(exceptions(), ElementsAre("", ""));
  EXPECT_EQ(server.connections(), 1);
}

/// The event of the end comes together with that of the bytes.
TEST_P(TlsTest, NoticesTheEndBehindAPartOfARecord) {
  HttpServer server(
      [](const HttpRequest& request, HttpConnection& connection) {
        if (request.target == "/1") {
          connection.reply("ok");
        } else {
          connection.break_off("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
      },
      HttpServer::Protocol::kTls);
  run_user([&] {
    Session client(environment, server.url("localhost"));
    client.verify = certificate_of(server);
    client.post("/1");
    client.post("/2", {.timeout = 2s});
  });
  EXPECT_THAT(exceptions(),
              ElementsAre("", by_user("RemoteDisconnected('Remote end closed connection without "
                                      "response')",
                                      "HTTPConnectionClosed('connection closed.')")));
  EXPECT_EQ(server.connections(), 1);
}

TEST_P(TlsTest, RefusesACertificateThatNobodyVouchesFor) {
  HttpServer server(answer_ok, HttpServer::Protocol::kTls);
  run_user([&] {
    Session client(environment, server.url("localhost"));
    client.get("/");
  });
  EXPECT_THAT(exceptions(), ElementsAre(failure("SSLCertVerificationError(1, '[SSL: "
                                                "CERTIFICATE_VERIFY_FAILED] certificate verify "
                                                "failed: self-signed certificate')")));
}

TEST_P(TlsTest, RefusesACertificateForAnotherName) {
  HttpServer server(answer_ok, HttpServer::Protocol::kTls, "other.example");
  run_user([&] {
    Session client(environment, server.url("localhost"));
    client.verify = certificate_of(server);
    client.get("/");
    client.get(server.url("127.0.0.1") + "/");
  });
  EXPECT_THAT(
      exceptions(),
      ElementsAre(failure("SSLCertVerificationError(1, \"[SSL: CERTIFICATE_VERIFY_FAILED] "
                          "certificate verify failed: Hostname mismatch, certificate is not valid "
                          "for 'localhost'.\")"),
                  failure("SSLCertVerificationError(1, \"[SSL: CERTIFICATE_VERIFY_FAILED] "
                          "certificate verify failed: IP address mismatch, certificate is not "
                          "valid for '127.0.0.1'.\")")));
  EXPECT_THAT(server.requests(), SizeIs(0));
}

TEST_F(HttpUserTls, VerifyCanBeDisabledForOneRequestOrForAll) {
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

TEST_F(HttpUserTls, UsesTheEnvironmentVariablesOnlyWithTrustEnv) {
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

TEST_F(HttpUserTls, ThrowsForFilesThatAreNotThere) {
  run_user([&] {
    HttpSession client(environment, "https://127.0.0.1:1");
    EXPECT_THROW(client.get("/", {.verify = "/no/such/file"}), std::invalid_argument);
    EXPECT_THROW(client.get("/", {.cert = Cert{"/no/such/file"}}), std::invalid_argument);
  });
  EXPECT_THAT(reported, SizeIs(0));
}

INSTANTIATE_TEST_SUITE_P(Of, TlsTest, kBothUsers, name_of_user);

}  // namespace
}  // namespace cppworker::http
