#include "websocket/session.hpp"

#include <chrono>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coro/scheduler.hpp"
#include "support/coroutine_test.hpp"
#include "unit/websocket/server_frame.hpp"
#include "websocket/frame.hpp"

namespace cppworker::websocket {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// A session and the other end of its connection.
class Connected : private Session::Owner {
 public:
  explicit Connected(coro::Scheduler& scheduler, Session::Settings settings = {}) {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()), 0);
    peer_ = fds[1];
    auto connection = std::make_unique<net::Connection>();
    connection->adopt(fds[0]);
    if (settings.message_size_max == 0) settings.message_size_max = 1'000'000;
    if (settings.queue_size_max == 0) settings.queue_size_max = 1'000;
    session = std::make_shared<Session>(scheduler, random_, std::move(connection), settings,
                                        static_cast<Session::Owner&>(*this));
  }
  ~Connected() { hang_up(); }
  Connected(const Connected&) = delete;
  Connected& operator=(const Connected&) = delete;

  void send(Opcode opcode, std::string_view payload) { send(server_frame(opcode, payload)); }
  void send(std::string_view bytes) {
    EXPECT_EQ(::send(peer_, bytes.data(), bytes.size(), MSG_NOSIGNAL), std::ssize(bytes));
  }
  void hang_up() {
    if (peer_ >= 0) ::close(std::exchange(peer_, -1));
  }

  /// The frames that have been received, "opcode payload" each; "end": the connection was closed.
  std::vector<std::string> received() {
    std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    std::vector<std::string> frames;
    std::string bytes;
    ssize_t size = 0;
    while ((size = ::recv(peer_, buffer.data(), buffer.size(), 0)) > 0) {
      bytes.append(buffer.data(), static_cast<std::size_t>(size));
    }
    for (std::size_t at = 0; at < bytes.size();) {
      const unsigned opcode = static_cast<unsigned char>(bytes[at]) & 0x0FU;
      EXPECT_NE(bytes[at + 1] & 0x80, 0) << "not masked";
      const std::size_t length = static_cast<unsigned char>(bytes[at + 1]) & 0x7FU;
      EXPECT_LT(length, 126);
      std::uint32_t key = 0;
      std::memcpy(&key, bytes.data() + at + 2, sizeof key);
      std::string payload = bytes.substr(at + 6, length);
      apply_mask(payload.data(), payload.size(), key);
      frames.push_back(std::to_string(opcode) + " " + payload);
      at += 6 + length;
    }
    if (size == 0) frames.emplace_back("end");
    return frames;
  }

  std::shared_ptr<Session> session;
  std::vector<std::string> ends;

 private:
  void on_session_end(const Session::End& end) override {
    ends.push_back(std::to_string(end.code) + " " + end.reason + " " + end.error);
  }

  std::mt19937_64 random_{1};  // NOLINT(cert-msc51-cpp): a test
  int peer_ = -1;
};

std::string text_of(const Session::Result& result) {
  return result.message ? result.message->text : result.error;
}

COROUTINE_TEST(WebSocketSession, SendsAndReceives) {
  Connected it(scheduler);
  it.session->begin("");
  EXPECT_EQ(it.session->send(false, "hello", clock.now()), "");
  EXPECT_EQ(it.session->send(true, "bytes", clock.now()), "");
  EXPECT_THAT(it.received(), ElementsAre("1 hello", "2 bytes"));
  it.send(Opcode::kText, "one");
  it.send(Opcode::kBinary, "two");
  EXPECT_EQ(text_of(it.session->receive(clock.now() + 1s)), "one");
  const Session::Result second = it.session->receive(clock.now() + 1s);
  EXPECT_EQ(text_of(second), "two");
  EXPECT_TRUE(second.message->binary);
  EXPECT_EQ(elapsed(), 0s);
}

COROUTINE_TEST(WebSocketSession, BytesThatCameWithTheHandshakeAreRead) {
  Connected it(scheduler);
  it.session->begin(server_frame(Opcode::kText, "early") + "\x81");
  it.send("\x04late");
  EXPECT_EQ(text_of(it.session->receive(clock.now() + 1s)), "early");
  EXPECT_EQ(text_of(it.session->receive(clock.now() + 1s)), "late");
}

COROUTINE_TEST(WebSocketSession, BytesThatCameWithTheHandshakeAreReadBeforeTheEnd) {
  Connected it(scheduler);
  it.hang_up();
  it.session->begin(server_frame(Opcode::kText, "early"));
  EXPECT_EQ(text_of(it.session->receive(clock.now() + 1s)), "early");
  EXPECT_EQ(text_of(it.session->receive(clock.now() + 1s)), "WebSocketClosed(1006)");
}

COROUTINE_TEST(WebSocketSession, AWaitHasALimit) {
  Connected it(scheduler);
  it.session->begin("");
  EXPECT_EQ(text_of(it.session->receive(clock.now() + 5s)), "WebSocketTimeout('no message')");
  EXPECT_GE(elapsed(), 5s);
  EXPECT_LT(elapsed(), 6s);
  EXPECT_TRUE(it.session->is_open());
}

COROUTINE_TEST(WebSocketSession, ARequestTakesTheMessageThatMatches) {
  Connected it(scheduler);
  it.session->begin("");
  it.send(Opcode::kText, "news");
  it.send(Opcode::kText, "answer 7");
  const Session::Match match = [](std::string_view text) { return text.starts_with("answer"); };
  EXPECT_EQ(text_of(it.session->await(&match, clock.now() + 1s)), "answer 7");
  EXPECT_EQ(text_of(it.session->receive(clock.now() + 1s)), "news");
}

COROUTINE_TEST(WebSocketSession, AnExceptionOfMatchEndsItsRequestOnly) {
  Connected it(scheduler);
  it.session->begin("");
  it.send(Opcode::kText, "text");
  const Session::Match match = [](std::string_view) -> bool { throw std::runtime_error("bad"); };
  EXPECT_EQ(text_of(it.session->await(&match, clock.now() + 1s)), "std::runtime_error('bad')");
  EXPECT_EQ(text_of(it.session->receive(clock.now() + 1s)), "text");
}

COROUTINE_TEST(WebSocketSession, TwoRequestsAtATimeGetTheirAnswers) {
  Connected it(scheduler);
  it.session->begin("");
  std::string other;
  scheduler.spawn([&] {
    const Session::Match match = [](std::string_view text) { return text == "b"; };
    other = text_of(it.session->await(&match, clock.now() + 1s));
  });
  coro::this_coroutine::yield();
  it.send(Opcode::kText, "b");
  it.send(Opcode::kText, "a");
  const Session::Match match = [](std::string_view text) { return text == "a"; };
  EXPECT_EQ(text_of(it.session->await(&match, clock.now() + 1s)), "a");
  coro::this_coroutine::yield();
  EXPECT_EQ(other, "b");
}

COROUTINE_TEST(WebSocketSession, OnMessageGetsWhatNobodyWaitsFor) {
  Connected it(scheduler);
  it.session->begin("");
  std::vector<std::string> seen;
  it.session->set_on_message([&](const Session::Message& message) {
    seen.push_back(message.text);
    it.session->send(false, "re: " + message.text, {});
  });
  it.send(Opcode::kText, "a");
  coro::this_coroutine::sleep_until(clock.now() + 1s);
  EXPECT_THAT(seen, ElementsAre("a"));
  EXPECT_THAT(it.received(), ElementsAre("1 re: a"));
}

COROUTINE_TEST(WebSocketSession, OnMessageGetsEverythingInOrder) {
  Connected it(scheduler);
  it.session->begin(server_frame(Opcode::kText, "early"));
  std::vector<std::string> seen;
  const auto note = [&](const Session::Message& message) { seen.push_back(message.text); };
  it.session->set_on_message(note);
  EXPECT_TRUE(seen.empty()) << "the caller has not suspended";
  it.send(Opcode::kText, "a");
  coro::this_coroutine::sleep_until(clock.now() + 1s);
  it.session->set_on_message(nullptr);
  it.send(Opcode::kText, "queued");
  coro::this_coroutine::sleep_until(clock.now() + 1s);
  it.session->set_on_message(note);
  EXPECT_THAT(seen, ElementsAre("early", "a", "queued"));
}

COROUTINE_TEST(WebSocketSession, AnswersPings) {
  Connected it(scheduler);
  it.session->begin("");
  it.send(Opcode::kPing, "x");
  coro::this_coroutine::sleep_until(clock.now() + 1s);
  EXPECT_THAT(it.received(), ElementsAre("10 x"));
}

COROUTINE_TEST(WebSocketSession, SendsPingsAndFailsWithoutAPong) {
  Connected it(scheduler, {.ping_interval = 10s});
  it.session->begin("");
  coro::this_coroutine::sleep_until(clock.now() + 11s);
  EXPECT_THAT(it.received(), ElementsAre("9 "));
  it.send(Opcode::kPong, "");
  coro::this_coroutine::sleep_until(clock.now() + 10s);
  EXPECT_THAT(it.received(), ElementsAre("9 "));
  EXPECT_TRUE(it.session->is_open());
  coro::this_coroutine::sleep_until(clock.now() + 10s);
  EXPECT_FALSE(it.session->is_open());
  EXPECT_THAT(it.ends, ElementsAre("1006  WebSocketTimeout('no Pong')"));
  EXPECT_THAT(it.received(), ElementsAre("end"));
}

COROUTINE_TEST(WebSocketSession, CloseWaitsForTheServersCloseFrame) {
  Connected it(scheduler);
  it.session->begin("");
  it.send(Opcode::kClose, "\x03\xE8");
  it.session->close(1000, "bye", clock.now() + 10s);
  EXPECT_THAT(it.ends, ElementsAre("1000  "));
  EXPECT_THAT(it.received(), ElementsAre(std::string("8 \x03\xE8") + "bye"));
  EXPECT_NE(it.session->send(false, "late", clock.now()), "");
  EXPECT_EQ(elapsed(), 0s);
  coro::this_coroutine::sleep_until(clock.now() + 2s);
  EXPECT_THAT(it.received(), ElementsAre("end")) << "a server that does not end the connection";
}

COROUTINE_TEST(WebSocketSession, CloseHasALimit) {
  Connected it(scheduler);
  it.session->begin("");
  it.session->close(1000, "", clock.now() + 10s);
  EXPECT_GE(elapsed(), 10s);
  EXPECT_THAT(it.ends, ElementsAre("1006  WebSocketTimeout('no Close frame')"));
}

COROUTINE_TEST(WebSocketSession, TheServerMayClose) {
  Connected it(scheduler);
  it.session->begin("");
  it.send(Opcode::kClose, "\x03\xF3no room");
  EXPECT_EQ(text_of(it.session->receive(clock.now() + 1s)), "WebSocketClosed(1011, 'no room')");
  EXPECT_THAT(it.ends, ElementsAre("1011 no room "));
  EXPECT_THAT(it.received(), ElementsAre("8 \x03\xF3"));
}

COROUTINE_TEST(WebSocketSession, AConnectionThatBreaksOffEndsTheWait) {
  Connected it(scheduler);
  it.session->begin("");
  it.send(Opcode::kText, "last");
  it.hang_up();
  EXPECT_EQ(text_of(it.session->receive(clock.now() + 1s)), "last");
  EXPECT_EQ(text_of(it.session->receive(clock.now() + 1s)), "WebSocketClosed(1006)");
  EXPECT_THAT(it.ends, ElementsAre("1006  WebSocketClosed(1006)"));
}

COROUTINE_TEST(WebSocketSession, AProtocolErrorIsAnsweredWithACloseFrame) {
  Connected it(scheduler);
  it.session->begin("");
  it.send(std::string("\x83\x00", 2));
  EXPECT_EQ(text_of(it.session->receive(clock.now() + 1s)),
            "WebSocketError('1002: reserved opcode')");
  EXPECT_THAT(it.received(), ElementsAre("8 \x03\xEA"));
}

COROUTINE_TEST(WebSocketSession, MessagesThatNobodyTakesAreBounded) {
  Connected it(scheduler, {.queue_size_max = 2 * sizeof(Session::Message) + 10});
  it.session->begin("");
  it.send(Opcode::kText, "123456");
  it.send(Opcode::kText, "12345");
  coro::this_coroutine::sleep_until(clock.now() + 100ms);
  EXPECT_FALSE(it.session->is_open());
  EXPECT_EQ(text_of(it.session->receive(clock.now())), "123456") << "what was received is kept";
}

COROUTINE_TEST(WebSocketSession, EmptyMessagesThatNobodyTakesAreBounded) {
  Connected it(scheduler, {.queue_size_max = 10 * sizeof(Session::Message)});
  it.session->begin("");
  for (int i = 0; i < 10; ++i) it.send(Opcode::kText, "");
  coro::this_coroutine::sleep_until(clock.now() + 100ms);
  EXPECT_TRUE(it.session->is_open());
  it.session->receive(clock.now());
  it.send(Opcode::kText, "");
  coro::this_coroutine::sleep_until(clock.now() + 100ms);
  EXPECT_TRUE(it.session->is_open()) << "one was taken";
  it.send(Opcode::kText, "");
  coro::this_coroutine::sleep_until(clock.now() + 100ms);
  EXPECT_FALSE(it.session->is_open());
}

COROUTINE_TEST(WebSocketSession, ACompressedMessage) {
  Connected it(scheduler, {.compression = Compression::kPerMessage});
  it.session->begin("");
  EXPECT_EQ(it.session->send(false, "Hello", clock.now()), "");
  EXPECT_THAT(it.received(), ElementsAre("1 \xf2\x48\xcd\xc9\xc9\x07" + std::string(1, '\0')));
}

COROUTINE_TEST(WebSocketSession, AbandonSendsACloseFrameAndReportsNothing) {
  Connected it(scheduler);
  it.session->begin("");
  it.session->abandon();
  EXPECT_THAT(it.received(), ElementsAre("8 \x03\xE9", "end"));
  EXPECT_TRUE(it.ends.empty());
}

COROUTINE_TEST(WebSocketSession, AbandonDoesNotResetAConnectionWithUnreadMessages) {
  Connected it(scheduler);
  it.session->begin("");
  it.send(Opcode::kText, "unread");
  it.session->abandon();
  EXPECT_THAT(it.received(), ElementsAre("8 \x03\xE9", "end"));
}

COROUTINE_TEST(WebSocketSession, AStoppedUserLeavesItsWait) {
  Connected it(scheduler);
  it.session->begin("");
  coro::Coroutine& user = scheduler.spawn([&] {
    it.session->receive(clock.now() + 1h);
    ADD_FAILURE() << "it was stopped";
  });
  coro::this_coroutine::yield();
  user.request_stop();
  coro::this_coroutine::yield();
  it.send(Opcode::kText, "later");
  EXPECT_EQ(text_of(it.session->receive(clock.now() + 1s)), "later");
}

COROUTINE_TEST(WebSocketSession, ItMayBeAbandonedInOnMessage) {
  Connected it(scheduler);
  it.session->begin("");
  it.session->set_on_message([&](const Session::Message&) {
    it.session->abandon();
    it.session.reset();
  });
  it.send(server_frame(Opcode::kText, "a") + server_frame(Opcode::kText, "b"));
  coro::this_coroutine::sleep_until(clock.now() + 1s);
  EXPECT_EQ(it.session, nullptr);
}

}  // namespace
}  // namespace cppworker::websocket
