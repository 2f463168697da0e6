#include "http/exchange.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/curl/curl_exchange.hpp"
#include "http/header_lines.hpp"
#include "http/own/own_engine.hpp"
#include "http/requests/own_exchange.hpp"
#include "http_fixture.hpp"

namespace cppworker::http {
namespace {

using namespace std::chrono_literals;
using Cause = Failure::Cause;
using Phase = Failure::Phase;

enum class Engine : std::uint8_t { kOwn, kCurl };

struct Given {
  std::string_view method = "GET";
  std::string_view body{};
  bool stream = false;
  bool follows = false;
  std::string header_lines{};
  std::optional<coro::Duration> connect_timeout{};
  std::optional<coro::Duration> read_timeout{};
  Transport transport{};
};

/// The two engines of HttpUser: what they give must not differ.
class ExchangeTest : public HttpFixture, public testing::WithParamInterface<Engine> {
 protected:
  std::unique_ptr<Exchange> make_engine() {
    if (GetParam() == Engine::kCurl) {
      return std::make_unique<CurlExchange>(shard);
    }
    return std::make_unique<requests::OwnExchange>(own::OwnEngine::of(shard));
  }

  /// Sends a request and receives its response into `result`.
  void perform(Exchange& engine, const std::string& url, const Given& given = {}) {
    const Url parsed = Url::prepare(url);
    Exchange::Request request;
    request.url = &parsed;
    request.method = given.method;
    request.body = given.body;
    request.has_body = !given.body.empty();
    request.stream = given.stream;
    request.follows = given.follows;
    request.header_lines = given.header_lines + "Accept: */*\r\n";
    if (request.has_body) {
      request.header_lines += "Content-Length: " + std::to_string(given.body.size()) + "\r\n";
    }
    request.connect_timeout = given.connect_timeout;
    request.read_timeout = given.read_timeout;
    request.transport = given.transport;
    engine.perform(request, result, *scheduler.running());
  }

  /// One request to a server that does `answer`.
  void exchange(const HttpServer::Handler& answer, const Given& given = {}) {
    HttpServer server(answer);
    run_user([&] { perform(*make_engine(), server.url(), given); });
    EXPECT_EQ(server.requests().size(), 1U) << "nothing is sent twice";
    EXPECT_TRUE(result.sent);
  }

  void expect_failure(Cause cause, Phase phase, int number = 0) {
    EXPECT_EQ(result.failure.cause, cause);
    EXPECT_EQ(result.failure.phase, phase);
    EXPECT_EQ(result.failure.number, number);
  }

  Exchange::Result result;
};

/// A listening socket without a server.
class Listener {
 public:
  Listener() {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address_), size), 0);
    EXPECT_EQ(::listen(fd_, 1), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address_), &size), 0);
    // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  }
  ~Listener() { ::close(fd_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] std::string address() const {
    return "127.0.0.1:" + std::to_string(ntohs(address_.sin_port));
  }
  [[nodiscard]] const sockaddr_in& socket_address() const { return address_; }
  [[nodiscard]] int accept() const { return ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC); }

 private:
  const int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address_{};
};

/// A connection that is begun.
class Connecting {
 public:
  Connecting() = default;
  ~Connecting() { ::close(fd_); }
  Connecting(const Connecting&) = delete;
  Connecting& operator=(const Connecting&) = delete;

  void to(const Listener& listener) const {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API
    ::connect(fd_, reinterpret_cast<const sockaddr*>(&listener.socket_address()),
              sizeof(sockaddr_in));
  }

 private:
  const int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
};

HttpServer::Handler send(std::string_view bytes) {
  return [bytes = std::string(bytes)](const HttpRequest&, HttpConnection& connection) {
    connection.send(bytes);
    connection.close();
  };
}

TEST_P(ExchangeTest, GivesTheResponseAsReceived) {
  exchange(
      send("HTTP/1.1 404 Not  there\r\nContent-Encoding: gzip\r\nX-A:  b \r\n"
           "Set-Cookie: a=1\r\nContent-Length: 4\r\n\r\nnone"));
  EXPECT_FALSE(result.failure);
  EXPECT_EQ(result.status_code, 404);
  EXPECT_EQ(result.reason, "Not  there");
  EXPECT_EQ(find_header(result.header_lines, "X-A"), "b");
  EXPECT_TRUE(result.sets_cookies);
  EXPECT_TRUE(result.is_encoded);
  EXPECT_EQ(result.body, "none") << "still encoded";
}

TEST_P(ExchangeTest, LeavesNothingOfAnEarlierResponse) {
  HttpServer server([](const HttpRequest& request, HttpConnection& connection) {
    if (request.target == "/1") {
      connection.reply("first", "Set-Cookie: a=1\r\nContent-Encoding: x\r\n");
    } else {
      connection.close();
    }
  });
  run_user([&] {
    const auto engine = make_engine();
    perform(*engine, server.url() + "/1");
    EXPECT_EQ(result.body, "first");
    perform(*engine, server.url() + "/2");
    expect_failure(Cause::kClosed, Phase::kResponse);
    EXPECT_EQ(result.status_code, 0);
    EXPECT_EQ(result.body, "");
    EXPECT_TRUE(result.sent);
  });
}

TEST_P(ExchangeTest, JoinsContinuedHeaderLines) {
  exchange(
      send("HTTP/1.1 200 OK\r\nLocation:\r\n /there\r\nX-A: one \r\n\t two\r\n"
           "X-B: 3\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(find_header(result.header_lines, "Location"), "/there");
  EXPECT_EQ(find_header(result.header_lines, "X-A"), "one two");
  EXPECT_EQ(find_header(result.header_lines, "X-B"), "3");
}

TEST_P(ExchangeTest, SkipsInterimResponses) {
  exchange(
      send("HTTP/1.1 100 Continue\r\nX-A: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nSet-Cookie: a=1\r\n"
           "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  EXPECT_EQ(result.status_code, 200);
  EXPECT_EQ(result.body, "ok");
  EXPECT_EQ(find_header(result.header_lines, "X-A"), "");
  EXPECT_FALSE(result.sets_cookies);
}

TEST_P(ExchangeTest, HasNoResponseAfterAnInterimOneAlone) {
  for (const char* status : {"100 Continue", "103 Early Hints"}) {
    exchange(send("HTTP/1.1 " + std::string(status) + "\r\n\r\n"));
    EXPECT_EQ(result.status_code, 0);
    expect_failure(Cause::kClosed, Phase::kResponse);
  }
}

TEST_P(ExchangeTest, EndsWithSwitchingProtocols) {
  HttpServer server([](const HttpRequest&, HttpConnection& connection) {
    connection.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nhello");
  });
  run_user([&] {
    const auto engine = make_engine();
    perform(*engine, server.url());
    EXPECT_FALSE(result.failure);
    EXPECT_EQ(result.status_code, 101);
    EXPECT_EQ(result.reason, "Switching Protocols");
    EXPECT_EQ(find_header(result.header_lines, "Upgrade"), "x");
    EXPECT_EQ(result.body, "");
    server.wait_for_closed(1);
  });
}

TEST_P(ExchangeTest, TakesTheLinesUpToTheEndOfTheConnectionForTheHead) {
  exchange(send("HTTP/1.1 200 Fine\r\nX-A: 1\r\n"));
  EXPECT_FALSE(result.failure);
  EXPECT_EQ(result.status_code, 200);
  EXPECT_EQ(result.body, "");
}

TEST_P(ExchangeTest, KeepsTheHeadOfACutBody) {
  exchange(send("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 100\r\n\r\n12345"),
           {.follows = true});
  expect_failure(Cause::kIncompleteBody, Phase::kBody);
  EXPECT_EQ(result.failure.details->received, 5);
  EXPECT_EQ(result.failure.details->expected, 100);
  EXPECT_EQ(result.status_code, 302);
  EXPECT_EQ(find_header(result.header_lines, "Location"), "/x");
  EXPECT_EQ(result.body, "12345");
}

TEST_P(ExchangeTest, KeepsTheHeadOfCutChunks) {
  exchange(send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"));
  expect_failure(Cause::kIncompleteChunks, Phase::kBody);
  EXPECT_EQ(result.status_code, 200);
  EXPECT_EQ(result.body, "12345");
}

TEST_P(ExchangeTest, KeepsTheHeadOfInvalidChunks) {
  exchange(send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n12345\r\n"));
  expect_failure(Cause::kInvalidChunkLength, Phase::kBody);
  EXPECT_EQ(result.status_code, 200);
}

TEST_P(ExchangeTest, KeepsTheHeadOfAResetBody) {
  HttpServer server([&](const HttpRequest&, HttpConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
    when_idle([&] { server.release(); });
    connection.hold();
    connection.reset();
  });
  run_user([&] { perform(*make_engine(), server.url()); });
  expect_failure(Cause::kSystemError, Phase::kBody, ECONNRESET);
  EXPECT_EQ(result.status_code, 200);
  EXPECT_EQ(result.body, "12345");
}

TEST_P(ExchangeTest, SaysHowTheConnectionFailed) {
  run_user([&] { perform(*make_engine(), "http://127.0.0.1:1"); });
  expect_failure(Cause::kSystemError, Phase::kConnect, ECONNREFUSED);
  EXPECT_FALSE(result.sent);
  exchange([](const HttpRequest&, HttpConnection& connection) { connection.reset(); });
  expect_failure(Cause::kSystemError, Phase::kResponse, ECONNRESET);
}

TEST_P(ExchangeTest, SaysWhatIsWrongWithTheHead) {
  exchange(send("SSH-2.0-OpenSSH_9.2\r\n"));
  expect_failure(Cause::kBadStatusLine, Phase::kResponse);
  EXPECT_EQ(result.failure.details->text, "SSH-2.0-OpenSSH_9.2\r\n");
  exchange(send("HTTP/3.7 200 OK\r\n\r\n"));
  expect_failure(Cause::kUnknownProtocol, Phase::kResponse);
  EXPECT_EQ(result.failure.details->text, "HTTP/3.7");
}

TEST_P(ExchangeTest, LimitsTheHead) {
  std::string lines;
  for (int i = 0; i < 99; ++i) {
    lines += "X: 1\r\n";
  }
  const std::string end = "Content-Length: 0\r\n\r\n";
  exchange(send("HTTP/1.1 200 OK\r\n" + lines.substr(6) + end));
  EXPECT_FALSE(result.failure);
  exchange(send("HTTP/1.1 200 OK\r\n" + lines + end));
  expect_failure(Cause::kTooManyHeaders, Phase::kResponse, 100);
  const std::string longest = "X: " + std::string(65'536 - 5, 'x') + "\r\n";
  exchange(send("HTTP/1.1 200 OK\r\n" + longest + end));
  EXPECT_FALSE(result.failure);
  exchange(send("HTTP/1.1 200 OK\r\nX" + longest + end));
  expect_failure(Cause::kLineTooLong, Phase::kResponse);
  EXPECT_EQ(result.failure.details->text, "header line");
}

TEST_P(ExchangeTest, SaysWhatIsWrongWithTheCertificate) {
  HttpServer server(answer_ok, HttpServer::Protocol::kTls);
  run_user([&] { perform(*make_engine(), server.url("localhost")); });
  expect_failure(Cause::kTls, Phase::kTlsHandshake);
  EXPECT_EQ(result.failure.details->tls.verify_result, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
  EXPECT_FALSE(result.sent);
}

TEST_P(ExchangeTest, SaysThatTheServerEndsTheHandshake) {
  const Listener listener;
  std::jthread server([&] {
    const int fd = listener.accept();
    std::array<char, 1024> hello{};
    EXPECT_GT(::recv(fd, hello.data(), hello.size(), 0), 0);
    ::shutdown(fd, SHUT_WR);
    while (::recv(fd, hello.data(), hello.size(), 0) > 0) {
    }
    ::close(fd);
  });
  run_user([&] { perform(*make_engine(), "https://" + listener.address()); });
  expect_failure(Cause::kClosed, Phase::kTlsHandshake);
}

TEST_P(ExchangeTest, SaysThatAProxyRefusesTheTunnel) {
  HttpServer proxy(send("HTTP/1.1 407 Give a password\r\nContent-Length: 0\r\n\r\n"));
  run_user([&] {
    perform(*make_engine(), "https://shop.test/", {.transport = {.proxy = proxy.url()}});
  });
  expect_failure(Cause::kTunnelRefused, Phase::kTunnel);
  EXPECT_EQ(result.failure.details->text, "HTTP/1.1 407 Give a password");
  EXPECT_FALSE(result.sent);
}

TEST_P(ExchangeTest, SaysThatAProxyEndsTheConnection) {
  HttpServer proxy([](const HttpRequest&, HttpConnection& connection) { connection.close(); });
  run_user([&] {
    perform(*make_engine(), "https://shop.test/", {.transport = {.proxy = proxy.url()}});
  });
  expect_failure(Cause::kClosed, Phase::kTunnel);
}

TEST_P(ExchangeTest, CountsATimeoutFromTheLastByte) {
  clock.freeze();
  constexpr std::string_view kAnswer =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;ext\r\nok\r\n0\r\nX: y\r\n\r\n";
  HttpServer server([&](const HttpRequest&, HttpConnection& connection) {
    for (const char byte : kAnswer) {
      connection.send({&byte, 1});
      when_idle([&] {
        clock.advance(400ms);
        server.release();
      });
      connection.hold();
    }
  });
  run_user([&] { perform(*make_engine(), server.url(), {.read_timeout = 500ms}); });
  EXPECT_FALSE(result.failure);
  EXPECT_EQ(result.body, "ok");
}

TEST_P(ExchangeTest, SaysWhereTheTimeRanOut) {
  clock.freeze();
  const auto time_out_after = [this](std::string_view bytes) {
    return [this, bytes = std::string(bytes)](const HttpRequest&, HttpConnection& connection) {
      connection.send(bytes);
      when_idle([this] { clock.advance(600ms); });
      connection.hold();
    };
  };
  exchange(time_out_after(""), {.read_timeout = 500ms});
  expect_failure(Cause::kTimedOut, Phase::kResponse);
  exchange(time_out_after("HTTP/1.1 200 OK\r\nX: "), {.read_timeout = 500ms});
  expect_failure(Cause::kTimedOut, Phase::kResponse);
  exchange(time_out_after("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n12"),
           {.read_timeout = 500ms});
  expect_failure(Cause::kTimedOut, Phase::kBody);
  EXPECT_EQ(result.body, "12");
}

TEST_P(ExchangeTest, SaysThatConnectingTookTooLong) {
  clock.freeze();
  const Listener busy;  // the kernel ignores connections that are more than it holds
  std::vector<Connecting> others(4);
  for (Connecting& other : others) {
    other.to(busy);
  }
  HttpServer server(answer_ok);
  when_idle([this] { when_idle([this] { clock.advance(600ms); }); });
  run_user([&] {
    perform(*make_engine(), "http://" + busy.address(), {.connect_timeout = 500ms});
    expect_failure(Cause::kTimedOut, Phase::kConnect);
    EXPECT_FALSE(result.sent);
    perform(*make_engine(), server.url());  // with the same file descriptor
    EXPECT_EQ(result.body, "ok");
  });
}

TEST_P(ExchangeTest, SaysThatTheHandshakeTookTooLong) {
  clock.freeze();
  const Listener listener;
  when_idle([this] { when_idle([this] { clock.advance(600ms); }); });
  run_user([&] {
    perform(*make_engine(), "https://" + listener.address(), {.connect_timeout = 500ms});
  });
  expect_failure(Cause::kTimedOut, Phase::kTlsHandshake);
}

TEST_P(ExchangeTest, SaysThatTheTunnelTookTooLong) {
  clock.freeze();
  HttpServer proxy([this](const HttpRequest&, HttpConnection& connection) {
    when_idle([this] { clock.advance(600ms); });
    connection.hold();
  });
  run_user([&] {
    perform(*make_engine(), "https://shop.test/",
            {.connect_timeout = 500ms, .transport = {.proxy = proxy.url()}});
  });
  expect_failure(Cause::kTimedOut, Phase::kTunnel);
}

TEST_P(ExchangeTest, SaysThatSendingTookTooLong) {
  clock.freeze();
  const std::string body(20'000'000, 'x');  // more than the sockets' buffers
  const Listener listener;                  // the kernel accepts, nobody reads
  when_idle([this] { when_idle([this] { clock.advance(600ms); }); });
  run_user([&] {
    perform(*make_engine(), "http://" + listener.address(),
            {.method = "POST", .body = body, .connect_timeout = 500ms, .read_timeout = 1h});
  });
  expect_failure(Cause::kTimedOut, Phase::kSend);
}

/// libcurl would wait a second for the server's consent.
TEST_P(ExchangeTest, SendsTheBodyInSpiteOfAnExpectation) {
  clock.freeze();
  const std::string body(100'000, 'x');
  HttpServer server([](const HttpRequest& request, HttpConnection& connection) {
    connection.reply(request.header("Expect"));
  });
  run_user([&] {
    perform(*make_engine(), server.url(),
            {.method = "POST", .body = body, .header_lines = "X: 1\r\nExpect: 100-continue\r\n"});
  });
  EXPECT_EQ(result.body, "100-continue");
  EXPECT_EQ(server.requests().at(0).body.size(), body.size());
}

/// The server has not read the request's body when it answers.
TEST_P(ExchangeTest, StreamsAnEarlyResponse) {
  const std::string body(20'000'000, 'x');  // more than the sockets' buffers
  const Listener listener;
  std::binary_semaphore answered{0};
  std::jthread server([&] {
    const int fd = listener.accept();
    constexpr std::string_view kOpenHead = "HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\n";
    EXPECT_EQ(::send(fd, kOpenHead.data(), kOpenHead.size(), MSG_NOSIGNAL), std::ssize(kOpenHead));
    answered.acquire();
    EXPECT_EQ(::send(fd, "body", 4, MSG_NOSIGNAL), 4);
    ::shutdown(fd, SHUT_WR);
    answered.acquire();
    ::close(fd);
  });
  run_user([&] {
    const auto engine = make_engine();
    perform(*engine, "http://" + listener.address(),
            {.method = "POST", .body = body, .stream = true, .read_timeout = 2s});
    answered.release();
    EXPECT_FALSE(result.failure);
    EXPECT_EQ(result.status_code, 413);
    if (result.stream != nullptr) {
      std::string piece;
      EXPECT_FALSE(result.stream->next(piece));
      EXPECT_EQ(piece, "body");
      result.stream.reset();
    }
    answered.release();
  });
}

// Nothing may happen on an idle connection.

class IdleConnection : public ExchangeTest {
 protected:
  /// Two requests; after the first response, the server does `disturb`.
  /// @param at_once the user makes the second request before the loop turns
  void expect_new_connection(const std::function<void(HttpConnection&)>& disturb,
                             HttpServer::Protocol protocol = HttpServer::Protocol::kPlain,
                             bool at_once = false) {
    std::binary_semaphore disturbed{0};
    HttpServer server(
        [&](const HttpRequest& request, HttpConnection& connection) {
          connection.reply(request.target);
          if (request.target == "/1") {
            disturb(connection);
            disturbed.release();
          }
        },
        protocol);
    run_user([&] {
      const auto engine = make_engine();
      for (const char* path : {"/1", "/2", "/3"}) {
        perform(*engine, server.url() + path, {.transport = {.verify = false}});
        EXPECT_FALSE(result.failure);
        EXPECT_EQ(result.body, path);
        if (std::string_view(path) == "/1") {
          disturbed.acquire();
          if (at_once) {
            clock.advance(1ms);  // the user computes
          } else {
            coro::this_coroutine::yield();
          }
        }
      }
    });
    EXPECT_EQ(server.connections(), 2U) << "the third request uses the second one's";
  }
};

TEST_P(IdleConnection, ThatIsResetIsNotUsed) {
  expect_new_connection([](HttpConnection& connection) { connection.reset(); });
}

TEST_P(IdleConnection, ThatIsClosedIsNotUsed) {
  expect_new_connection([](HttpConnection& connection) { connection.close(); });
}

TEST_P(IdleConnection, WithUnsolicitedBytesIsNotUsed) {
  expect_new_connection([](HttpConnection& connection) {
    connection.send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
  });
}

TEST_P(IdleConnection, WithUnsolicitedBytesBeforeItsEndIsNotUsed) {
  expect_new_connection([](HttpConnection& connection) {
    connection.send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
    connection.close();
  });
}

TEST_P(IdleConnection, WithUnsolicitedBytesInTlsIsNotUsed) {
  expect_new_connection(
      [](HttpConnection& connection) {
        connection.send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
      },
      HttpServer::Protocol::kTls);
}

TEST_P(IdleConnection, ThatIsResetInTlsIsNotUsed) {
  expect_new_connection([](HttpConnection& connection) { connection.reset(); },
                        HttpServer::Protocol::kTls);
}

TEST_P(IdleConnection, ThatIsClosedWhileTheUserComputesIsNotUsed) {
  for (const auto protocol : {HttpServer::Protocol::kPlain, HttpServer::Protocol::kTls}) {
    expect_new_connection([](HttpConnection& connection) { connection.close(); }, protocol, true);
  }
}

/// A pause of the reader is not an idle connection.
TEST_P(IdleConnection, IsNotThatOfABodyThatIsNotReadYet) {
  const std::string large(2'000'000, 'x');
  HttpServer server([&](const HttpRequest& request, HttpConnection& connection) {
    connection.reply(request.target == "/large" ? large : "small");
  });
  run_user([&] {
    const auto engine = make_engine();
    perform(*engine, server.url() + "/large", {.stream = true});
    const std::unique_ptr<ExchangeBody> body = std::move(result.stream);
    ASSERT_NE(body, nullptr);
    for (int i = 0; i < 20; ++i) {
      coro::this_coroutine::yield();
    }
    perform(*engine, server.url() + "/small");
    EXPECT_EQ(result.body, "small");
    std::size_t received = 0;
    std::string piece;
    do {
      EXPECT_FALSE(body->next(piece));
      received += piece.size();
    } while (!piece.empty());
    EXPECT_EQ(received, large.size());
  });
}

// Streamed responses.

TEST_P(ExchangeTest, GivesTheBodyBeforeItsFailure) {
  HttpServer server(send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"));
  run_user([&] {
    perform(*make_engine(), server.url(), {.stream = true});
    EXPECT_FALSE(result.failure);
    EXPECT_EQ(result.status_code, 200);
    ASSERT_NE(result.stream, nullptr);
    std::string piece;
    std::string body;
    Failure failure = result.stream->next(piece);
    while (!failure && !piece.empty()) {
      body += piece;
      failure = result.stream->next(piece);
    }
    EXPECT_EQ(body, "half");
    EXPECT_EQ(failure.cause, Cause::kIncompleteBody);
    EXPECT_EQ(failure.phase, Phase::kBody);
  });
}

TEST_P(ExchangeTest, StreamsNoRedirectThatIsFollowed) {
  constexpr std::string_view kAnswer =
      "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 5\r\n\r\nmoved";
  exchange(send(kAnswer), {.stream = true, .follows = true});
  EXPECT_EQ(result.stream, nullptr);
  EXPECT_EQ(result.body, "moved");
  exchange(send(kAnswer), {.stream = true});
  EXPECT_NE(result.stream, nullptr);
  result.stream.reset();
}

TEST_P(ExchangeTest, NotesThatAStoppedUsersRequestWasSent) {
  HttpServer server([](const HttpRequest&, HttpConnection&) {});
  coro::Coroutine* user = nullptr;
  server.on_request([&](const HttpRequest&) { post([&] { user->request_stop(); }); });
  user = &add_user([&] { perform(*make_engine(), server.url()); });
  run();
  EXPECT_TRUE(result.sent);
  server.wait_for_closed(1);
}

std::string name_of_engine(const testing::TestParamInfo<Engine>& info) {
  return info.param == Engine::kOwn ? "Own" : "Curl";
}
constexpr Engine kEngines[] = {Engine::kOwn, Engine::kCurl};  // NOLINT(*-avoid-c-arrays)
INSTANTIATE_TEST_SUITE_P(Of, ExchangeTest, testing::ValuesIn(kEngines), name_of_engine);
INSTANTIATE_TEST_SUITE_P(Of, IdleConnection, testing::ValuesIn(kEngines), name_of_engine);

}  // namespace
}  // namespace cppworker::http
