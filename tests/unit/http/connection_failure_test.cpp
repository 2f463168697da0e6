#include <functional>
#include <semaphore>
#include <string>
#include <string_view>
#include <utility>

#include <sys/resource.h>

#include <cppworker/http_session.hpp>

#include "http_fixture.hpp"

namespace cppworker::http {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::SizeIs;

constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\n";

/// The texts of Python's HttpUser when a server misbehaves.
class ConnectionFailure : public HttpFixture {
 protected:
  /// Requests "/x y" of a server that does `misbehave`, and returns the response.
  Response request(const HttpServer::Handler& misbehave, const RequestOptions& options = {}) {
    HttpServer server(misbehave);
    Response response;
    run_user([&] {
      HttpSession client(environment, server.url());
      response = client.get("/x y", options);
      EXPECT_EQ(response.error, last().exception);
    });
    EXPECT_THAT(server.requests(), SizeIs(1)) << "nothing is sent twice";
    return response;
  }

  std::string failure(const HttpServer::Handler& misbehave) {
    const Response response = request(misbehave);
    EXPECT_EQ(response.status_code, 0);
    EXPECT_EQ(last().response_length, 0);
    return response.error;
  }
};

TEST_F(ConnectionFailure, ClosedWithoutAnswer) {
  EXPECT_EQ(failure([](auto&, HttpConnection& c) { c.close(); }),
            "RemoteDisconnected('Remote end closed connection without response')");
  EXPECT_EQ(last().name, "/x%20y");
}

TEST_F(ConnectionFailure, Reset) {
  EXPECT_EQ(failure([](auto&, HttpConnection& c) { c.reset(); }),
            "ConnectionResetError(104, 'Connection reset by peer')");
}

TEST_F(ConnectionFailure, CutBody) {
  EXPECT_EQ(
      failure([](auto&, HttpConnection& c) {
        c.send(std::string(kHead) + "Content-Length: 100\r\n\r\n12345");
        c.close();
      }),
      "ChunkedEncodingError(ProtocolError('Connection broken: IncompleteRead(5 bytes read, 95 "
      "more expected)', IncompleteRead(5 bytes read, 95 more expected)))");
  EXPECT_EQ(last().name, "/x y") << "Python has lost the request by then";
}

TEST_F(ConnectionFailure, CutChunks) {
  EXPECT_EQ(failure([](auto&, HttpConnection& c) {
              c.send(std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n");
              c.close();
            }),
            "ChunkedEncodingError(ProtocolError('Response ended prematurely'))");
}

TEST_F(ConnectionFailure, BadChunks) {
  EXPECT_EQ(failure([](auto&, HttpConnection& c) {
              c.send(std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\nzz\r\n12345\r\n");
              c.close();
            }),
            "ChunkedEncodingError(ProtocolError(\"Connection broken: InvalidChunkLength(got length "
            "b'zz\\\\r\\\\n', 0 bytes read)\", InvalidChunkLength(got length b'zz\\r\\n', 0 bytes "
            "read)))");
}

TEST_F(ConnectionFailure, SomethingThatIsNotHttp) {
  EXPECT_EQ(failure([](auto&, HttpConnection& c) {
              c.send("SSH-2.0-OpenSSH_9.2\r\n");
              c.close();
            }),
            "BadStatusLine('SSH-2.0-OpenSSH_9.2\\r\\n')");
}

TEST_F(ConnectionFailure, AnotherProtocolVersion) {
  EXPECT_EQ(failure([](auto&, HttpConnection& c) {
              c.send("HTTP/3.7 200 OK\r\n\r\n");
              c.close();
            }),
            "UnknownProtocol('HTTP/3.7')");
}

TEST_F(ConnectionFailure, UndecodableBody) {
  EXPECT_EQ(
      failure([](auto&, HttpConnection& c) { c.reply("notgzip", "Content-Encoding: gzip\r\n"); }),
      "ContentDecodingError(DecodeError('Received response with content-encoding: gzip, but "
      "failed to decode it.', error('Error -3 while decompressing data: incorrect header "
      "check')))");
  EXPECT_EQ(failure([](auto&, HttpConnection& c) { c.reply("notbr", "Content-Encoding: br\r\n"); }),
            "ContentDecodingError(DecodeError('Received response with content-encoding: br, but "
            "failed to decode it.', error('brotli: decoder failed')))");
}

TEST_F(ConnectionFailure, NoAnswerInTime) {
  clock.freeze();
  const Response response = request(
      [this](auto&, HttpConnection& connection) {
        when_idle([this] { clock.advance(600ms); });
        connection.hold();
      },
      {.timeout = Seconds{0.5}});
  EXPECT_EQ(response.error.substr(0, response.error.find("port=")),
            "ReadTimeout(ReadTimeoutError(\"HTTPConnectionPool(host='127.0.0.1', ");
  EXPECT_TRUE(response.error.ends_with("Read timed out. (read timeout=0.5)\"))"));
  EXPECT_NEAR(last().response_time_ms, 600, 1e-6);
}

TEST_F(ConnectionFailure, NoBodyInTime) {
  clock.freeze();
  const Response response = request(
      [this](auto&, HttpConnection& connection) {
        connection.send(std::string(kHead) + "Content-Length: 4\r\n\r\n12");
        when_idle([this] { clock.advance(600ms); });
        connection.hold();
      },
      {.timeout = Seconds{0.5}});
  EXPECT_EQ(response.error.substr(0, response.error.find("port=")),
            "ReadTimeoutError(\"HTTPConnectionPool(host='127.0.0.1', ");
}

/// Failures that both kinds of users have.
class BrokenConnectionTest : public UserFixture {
 protected:
  std::binary_semaphore go_on{0};
};

TEST_P(BrokenConnectionTest, Refused) {
  run_user([&] {
    Session client(environment, "http://127.0.0.1:1");
    const Response response = client.get("/x");
    EXPECT_EQ(response.status_code, 0);
    EXPECT_FALSE(response.ok());
    EXPECT_EQ(response.url, "http://127.0.0.1:1/x");
  });
  EXPECT_THAT(exceptions(), ElementsAre("ConnectionRefusedError(111, 'Connection refused')"));
  EXPECT_EQ(last().name, "/x");
}

TEST_P(BrokenConnectionTest, ATimeoutCountsFromTheLastBytes) {
  clock.freeze();
  HttpServer server([this](const HttpRequest&, HttpConnection& connection) {
    clock.advance(400ms);
    connection.send(std::string(kHead) + "Content-Length: 4\r\n\r\n12");
    when_idle([this] {
      clock.advance(400ms);
      when_idle([this] { go_on.release(); });
    });
    go_on.acquire();
    connection.send("34");
  });
  Response response;
  run_user([&] {
    Session client(environment, server.url());
    response = client.get("/x", {.timeout = Seconds{0.5}});
  });
  EXPECT_EQ(response.text, "1234");
  EXPECT_NEAR(last().response_time_ms, 800, 1e-6);
}

TEST_P(BrokenConnectionTest, AKeptConnectionThatIsClosedMeanwhileIsReplaced) {
  HttpServer server([](const HttpRequest&, HttpConnection& connection) {
    connection.reply("ok", "Connection: close\r\n");
    connection.close();
  });
  run_user([&] {
    Session client(environment, server.url());
    client.get("/1");
    client.get("/2");
  });
  EXPECT_THAT(exceptions(), ElementsAre("", ""));
  EXPECT_EQ(server.connections(), 2);
}

TEST_P(BrokenConnectionTest, ARequestThatAKeptConnectionSwallowedIsNotRepeated) {
  HttpServer server([](const HttpRequest& request, HttpConnection& connection) {
    if (request.target == "/2") {
      connection.close();
    } else {
      connection.reply("ok");
    }
  });
  run_user([&] {
    Session client(environment, server.url());
    client.post("/1");
    client.post("/2");
    client.post("/3");
  });
  EXPECT_THAT(
      exceptions(),
      ElementsAre("",
                  by_user("RemoteDisconnected('Remote end closed connection without response')",
                          "HTTPConnectionClosed('connection closed.')"),
                  ""));
  EXPECT_THAT(server.requests(), SizeIs(3));
}

TEST_P(BrokenConnectionTest, OutOfFileDescriptors) {
  HttpServer server(answer_ok);
  rlimit usual{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &usual), 0);
  run_user([&] {
    Session client(environment, server.url());
    client.get("/1");
    Session other(environment, server.url());
    rlimit none = usual;
    none.rlim_cur = 3;
    setrlimit(RLIMIT_NOFILE, &none);
    other.get("/2");
    client.get("/3");
    setrlimit(RLIMIT_NOFILE, &usual);
    other.get("/4");
  });
  EXPECT_THAT(exceptions(), ElementsAre("", "OSError(24, 'Too many open files')", "", ""));
}

INSTANTIATE_TEST_SUITE_P(Of, BrokenConnectionTest, kBothUsers, name_of_user);

}  // namespace
}  // namespace cppworker::http
