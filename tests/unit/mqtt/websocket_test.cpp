// MQTT over WebSocket: the frames, and a client with a scripted server.

#include <array>
#include <cerrno>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cppworker/waiting.hpp>

#include "mqtt/encode.hpp"
#include "mqtt/websocket_frames.hpp"
#include "unit/mqtt/client_fixture.hpp"
#include "unit/websocket/server_frame.hpp"
#include "websocket/frame.hpp"
#include "websocket/handshake.hpp"

namespace cppworker::mqtt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using websocket::Opcode;
using websocket::server_frame;

std::string published(std::string_view topic, std::string_view payload) {
  std::string bytes;
  put_publish(bytes, MqttProtocol::kV311, 0, {.topic = topic, .payload = payload});
  return bytes;
}

/// The server's end of a WebSocket, used by a coroutine.
class WebSocketPeer {
 public:
  explicit WebSocketPeer(int fd) : fd_(fd) {}
  ~WebSocketPeer() { ::close(fd_); }
  WebSocketPeer(const WebSocketPeer&) = delete;
  WebSocketPeer& operator=(const WebSocketPeer&) = delete;

  /// Reads the request of the handshake.
  std::string request() {
    while (received_.find("\r\n\r\n") == std::string::npos && read_more()) {
    }
    const std::size_t end = received_.find("\r\n\r\n") + 4;
    std::string head = received_.substr(0, end);
    received_.erase(0, end);
    return head;
  }
  /// The response with 101 to that request.
  static std::string acceptance(const std::string& head) {
    const std::string name = "Sec-WebSocket-Key: ";
    const std::size_t at = head.find(name) + name.size();
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Accept: " +
           websocket::handshake_accept(head.substr(at, head.find("\r\n", at) - at)) + "\r\n\r\n";
  }
  /// The next frame: its opcode and its payload of fewer than 126 bytes. {} at the end.
  std::pair<Opcode, std::string> frame() {
    constexpr std::size_t kHead = 6;  // with the mask
    while (received_.size() < kHead || received_.size() < kHead + size()) {
      if (!read_more()) return {};
    }
    EXPECT_EQ(received_[1] & 0x80, 0x80) << "a client masks";
    std::string payload = received_.substr(kHead, size());
    for (std::size_t i = 0; i < payload.size(); ++i) {
      payload[i] = static_cast<char>(payload[i] ^ received_[2 + i % 4]);
    }
    const auto opcode = static_cast<Opcode>(received_[0] & 0x0F);
    received_.erase(0, kHead + payload.size());
    return {opcode, payload};
  }
  void send(std::string_view bytes) const {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), std::ssize(bytes));
  }

 private:
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(received_[1] & 0x7F); }
  bool read_more() {
    std::array<char, 4096> bytes{};
    for (;;) {
      const ssize_t count = ::recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (count > 0) received_.append(bytes.data(), static_cast<std::size_t>(count));
      if (count >= 0 || errno != EAGAIN) return count > 0;
      static_cast<void>(wait_readable(fd_));
    }
  }

  int fd_;
  std::string received_;
};

class MqttWebSocketFrames : public testing::Test {
 protected:
  /// The payloads, and the answers to Ping and Close in brackets.
  std::string read(std::string_view bytes) {
    using Kind = WebSocketFrames::Step::Kind;
    std::string text;
    for (;;) {
      const WebSocketFrames::Step step = frames.next(bytes);
      switch (step.kind) {
        case Kind::kNeedsMore:
          return text;
        case Kind::kPayload:
          text += step.bytes;
          break;
        case Kind::kPing:
          text += "[ping]";
          break;
        case Kind::kClose:
          return text + "[close]";
      }
    }
  }

  std::mt19937_64 random{1};
  WebSocketFrames frames{random, 1000};
};

TEST_F(MqttWebSocketFrames, PacketsMaySpanMessagesAndFragments) {
  std::string fragments = server_frame(Opcode::kBinary, "c") + server_frame(Opcode::kPing, "x") +
                          server_frame(Opcode::kContinuation, "d");
  fragments[0] = static_cast<char>(Opcode::kBinary);  // without FIN
  EXPECT_EQ(
      read(server_frame(Opcode::kBinary, "ab") + fragments + server_frame(Opcode::kBinary, "") +
           server_frame(Opcode::kPong, "") + server_frame(Opcode::kBinary, "e")),
      "ab[ping]cde");
  EXPECT_EQ(read(server_frame(Opcode::kClose, "") + "garbage"), "[close]");
}

TEST_F(MqttWebSocketFrames, EachSplitGivesTheSame) {
  const std::string bytes = server_frame(Opcode::kBinary, std::string(200, 'a')) +
                            server_frame(Opcode::kPing, "x") + server_frame(Opcode::kBinary, "b");
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    const std::string first = read(bytes.substr(0, at));
    ASSERT_EQ(first + read(bytes.substr(at)), std::string(200, 'a') + "[ping]b") << at;
  }
}

TEST_F(MqttWebSocketFrames, ATextMessageAndOtherFaultsAreMalformed) {
  const auto fault = [](const std::string& bytes) {
    std::mt19937_64 own_random{1};
    WebSocketFrames fresh{own_random, 1000};
    try {
      std::string_view rest = bytes;
      static_cast<void>(fresh.next(rest));
      return std::string("none");
    } catch (const MalformedPacket& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(fault(server_frame(Opcode::kText, "x")),
            "WebSocket: a text message; MQTT uses binary messages");
  EXPECT_EQ(fault(server_frame(Opcode::kBinary, std::string(1001, 'x'))),
            "WebSocket: a message is larger than the limit");
  EXPECT_EQ(fault(server_frame(static_cast<Opcode>(3), "")), "WebSocket: reserved opcode");
}

class MqttWebSocketTest : public MqttClientTest {
 protected:
  [[nodiscard]] Client::Config websocket_config() const {
    Client::Config with = config();
    with.endpoint.path = "/mqtt?x=1";
    with.options.headers = {{"Authorization", "Bearer x"}};
    with.options.reconnect_delay = Seconds{0};
    return with;
  }
  /// A client that connects and waits a second. @param script of the server
  void run_websocket(const std::function<void(WebSocketPeer&)>& script) {
    make_client(websocket_config());
    run(
        [this] {
          client->connect();
          sleep(1s);
        },
        [&](BrokerPeer& peer) {
          WebSocketPeer websocket(peer.release());
          script(websocket);
        });
  }
};

TEST_F(MqttWebSocketTest, ConnectsReceivesAndEndsInOrder) {
  std::vector<std::string> payloads;
  on_message = [&](const MqttMessage& m) { payloads.push_back(m.payload); };
  std::string head;
  run_websocket([&](WebSocketPeer& peer) {
    head = peer.request();
    peer.send(WebSocketPeer::acceptance(head) + server_frame(Opcode::kPing, "early"));
    const auto connect = peer.frame();
    EXPECT_EQ(connect.first, Opcode::kBinary);
    EXPECT_EQ(connect.second[0], '\x10');
    EXPECT_EQ(peer.frame(), std::pair(Opcode::kPong, std::string("early")));
    const std::string message = published("a", "payload");
    peer.send(server_frame(Opcode::kBinary, kAccepted + message.substr(0, 4)));
    peer.send(server_frame(Opcode::kBinary, message.substr(4) + published("b", "second")));
    EXPECT_EQ(peer.frame(), std::pair(Opcode::kBinary, std::string("\xE0\x00", 2)));
    const auto close = peer.frame();
    EXPECT_EQ(close, std::pair(Opcode::kClose, std::string("\x03\xE8")));
  });
  EXPECT_THAT(head, testing::StartsWith("GET /mqtt?x=1 HTTP/1.1\r\nHost: 127.0.0.1:" +
                                        std::to_string(broker.port()) + "\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nSec-WebSocket-Protocol: mqtt\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nAuthorization: Bearer x\r\n"));
  EXPECT_THAT(payloads, ElementsAre("payload", "second"));
  EXPECT_THAT(rows, ElementsAre("connect 0"));
}

TEST_F(MqttWebSocketTest, ACloseFrameIsALostConnection) {
  run_websocket([&](WebSocketPeer& peer) {
    peer.send(WebSocketPeer::acceptance(peer.request()));
    peer.frame();
    peer.send(server_frame(Opcode::kBinary, kAccepted) + server_frame(Opcode::kClose, "\x03\xE8"));
    EXPECT_EQ(peer.frame(), std::pair(Opcode::kClose, std::string("\x03\xE8")));
  });
  EXPECT_THAT(rows, ElementsAre("connect 0", "disconnect <MQTTErrorCode.MQTT_ERR_CONN_LOST: 7>"));
}

TEST_F(MqttWebSocketTest, ATextMessageEndsTheConnection) {
  run_websocket([&](WebSocketPeer& peer) {
    peer.send(WebSocketPeer::acceptance(peer.request()));
    peer.frame();
    peer.send(server_frame(Opcode::kBinary, kAccepted) + server_frame(Opcode::kText, "x"));
    peer.frame();
  });
  EXPECT_THAT(rows, ElementsAre("connect 0",
                                "disconnect MqttError('WebSocket: a text message; MQTT uses "
                                "binary messages')"));
}

TEST_F(MqttWebSocketTest, ARefusedHandshake) {
  run_websocket([&](WebSocketPeer& peer) {
    peer.request();
    peer.send("HTTP/1.1 404 Not Found\r\n\r\n");
  });
  EXPECT_THAT(rows, ElementsAre("connect 0 MqttError('WebSocket handshake: the server answered "
                                "with the status 404')"));
}

TEST_F(MqttWebSocketTest, TheServerMustChooseTheSubprotocol) {
  run_websocket([&](WebSocketPeer& peer) {
    std::string response = WebSocketPeer::acceptance(peer.request());
    const std::string protocol = "Sec-WebSocket-Protocol: mqtt\r\n";
    response.erase(response.find(protocol), protocol.size());
    peer.send(response);
    peer.frame();
  });
  EXPECT_THAT(rows, ElementsAre("connect 0 MqttError('WebSocket handshake: the server did not "
                                "choose the subprotocol mqtt')"));
}

TEST_F(MqttWebSocketTest, AServerThatEndsDuringTheHandshake) {
  run_websocket([](WebSocketPeer& peer) { peer.request(); });
  EXPECT_THAT(rows, ElementsAre("connect 0 MqttError('the connection ended in the WebSocket "
                                "handshake: closed by the other side')"));
}

TEST_F(MqttWebSocketTest, AServerThatStallsDuringTheHandshake) {
  run_websocket([&](WebSocketPeer& peer) {
    peer.request();
    sleep(20s);
  });
  EXPECT_THAT(rows, ElementsAre("connect 10000 MqttTimeout('no answer to the WebSocket handshake "
                                "within 10 s')"));
}

TEST_F(MqttWebSocketTest, AHeaderWithALineBreakIsRefused) {
  Client::Config with = websocket_config();
  with.options.headers = {{"X", "a\r\nY: b"}};
  make_client(with);
  run([this] { EXPECT_THROW(client->connect(), Error); }, [](BrokerPeer& peer) { peer.receive(); });
  EXPECT_THAT(rows.at(0), HasSubstr("connect 0 Error(\"'X' can't be a header of the WebSocket"));
}

TEST_F(MqttWebSocketTest, AUserThatIsStoppedDuringTheHandshake) {
  make_client(websocket_config());
  run(
      [this] {
        scheduler.spawn([this] {
          sleep(1s);
          user_coroutine->request_stop();
        });
        client->connect();
        ADD_FAILURE() << "it was not stopped";
      },
      [&](BrokerPeer& peer) { peer.drop(10'000); });
  EXPECT_THAT(rows, testing::IsEmpty());
  EXPECT_EQ(shard.cut_off_requests, (std::map<std::string, std::int64_t>{{"MQTT connect", 1}}));
}

}  // namespace
}  // namespace cppworker::mqtt
