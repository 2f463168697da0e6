// A client and a scripted broker on virtual time.

#include "mqtt/client.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/mqtt/client_fixture.hpp"

namespace cppworker::mqtt {
namespace {

using testing::ElementsAre;

std::string ack(PacketType type, std::uint16_t id) {
  std::string bytes;
  put_ack(bytes, type, id);
  return bytes;
}

std::string suback(std::uint16_t id) {
  std::string bytes("\x90\x03", 2);
  put_two_bytes(bytes, id);
  return bytes + '\x01';
}

std::string message(std::string_view topic, std::string_view payload, std::uint8_t qos = 0,
                    std::uint16_t id = 0) {
  std::string bytes;
  put_publish(bytes, MqttProtocol::kV311, id, {.topic = topic, .payload = payload, .qos = qos});
  return bytes;
}

/// The identifier of a PUBLISH.
std::uint16_t id_of(const ClientPacket& packet) {
  ByteReader reader(packet.body, "PUBLISH");
  if (packet.type == PacketType::kPublish) reader.text();
  return reader.two_bytes();
}

TEST_F(MqttClientTest, RowsEndWithTheAcknowledgement) {
  make_client(config());
  run(
      [&] {
        EXPECT_TRUE(client->connect());
        EXPECT_TRUE(client->subscribe("a", {.qos = 1}));
        EXPECT_TRUE(client->publish("a", "x", {.qos = 0}));
        EXPECT_TRUE(client->publish("a", "x", {.qos = 1}));
        EXPECT_TRUE(client->publish("a", "x", {.name = "named", .qos = 2}));
        client->disconnect(0);
      },
      [&](BrokerPeer& peer) {
        sleep(5ms);
        accept_client(peer);
        const ClientPacket subscribe = peer.receive();
        sleep(10ms);
        peer.send(suback(id_of(subscribe)));
        EXPECT_EQ(peer.receive().flags, 0);
        const ClientPacket first = peer.receive();
        sleep(20ms);
        peer.send(ack(PacketType::kPuback, id_of(first)));
        const ClientPacket second = peer.receive();
        sleep(30ms);
        peer.send(ack(PacketType::kPubrec, id_of(second)));
        EXPECT_EQ(peer.receive().type, PacketType::kPubrel);
        sleep(40ms);
        peer.send(ack(PacketType::kPubcomp, id_of(second)));
        EXPECT_EQ(peer.receive().type, PacketType::kDisconnect);
      });
  EXPECT_THAT(rows, ElementsAre("connect 5", "subscribe:1:a 10", "publish:0:a 0", "publish:1:a 20",
                                "publish:2:named 70", "disconnect"));
}

TEST_F(MqttClientTest, AnAcknowledgementThatDoesNotComeTimesOut) {
  make_client(config());
  run(
      [&] {
        client->connect();
        EXPECT_FALSE(client->publish("a", "x", {.qos = 1, .timeout = Seconds{3}}));
        EXPECT_TRUE(client->publish("b", "x", {.qos = 2, .wait = false}));
        EXPECT_EQ(client->in_flight(), 1U);
        EXPECT_FALSE(client->drain(Seconds{1}));
        EXPECT_TRUE(client->drain(Seconds{60}));
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        while (peer.receive().type != PacketType{}) {
        }
      });
  EXPECT_THAT(rows, ElementsAre("connect 0", "publish:1:a 3000 MqttTimeout('no PUBACK within 3 s')",
                                "publish:2:b 10000 MqttTimeout('no PUBREC within 10 s')"));
}

TEST_F(MqttClientTest, PingreqAfterTheKeepaliveAndLossWithoutPingresp) {
  Client::Config with = config();
  with.settings.keepalive = Seconds{30};
  with.options.reconnect_delay = Seconds{0};
  make_client(with);
  std::vector<int> pings;
  run(
      [&] {
        client->connect();
        sleep(20s);
        client->publish("a", "x", {});  // the broker is silent all the same
        sleep(95s);
        EXPECT_TRUE(client->is_connected());
        sleep(30s);
        EXPECT_FALSE(client->is_connected());
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        const coro::TimePoint start = clock.now();
        for (;;) {
          const PacketType type = peer.receive().type;
          if (type == PacketType{}) return;
          if (type != PacketType::kPingreq) continue;
          pings.push_back(static_cast<int>((clock.now() - start) / 1s));
          if (pings.size() < 3) peer.send("\xD0" + std::string(1, '\0'));
        }
      });
  EXPECT_THAT(pings, ElementsAre(30, 60, 90));
  EXPECT_EQ(rows.back(), "disconnect <MQTTErrorCode.MQTT_ERR_KEEPALIVE: 16>");
}

TEST_F(MqttClientTest, AFullWindowMakesPublishWait) {
  Client::Config with = config();
  with.settings.max_inflight = 2;
  make_client(with);
  run(
      [&] {
        client->connect();
        for (int i = 0; i < 4; ++i) {
          EXPECT_TRUE(client->publish("a", "x", {.qos = 1, .wait = false}));
        }
        EXPECT_EQ(client->in_flight(), 2U);
        EXPECT_TRUE(client->drain(Seconds{10}));
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        for (;;) {
          const ClientPacket packet = peer.receive();
          if (packet.type != PacketType::kPublish) return;
          sleep(100ms);
          peer.send(ack(PacketType::kPuback, id_of(packet)));
        }
      });
  // The time in which a message waited for the window counts.
  EXPECT_THAT(rows, ElementsAre("connect 0", "publish:1:a 100", "publish:1:a 200",
                                "publish:1:a 300", "publish:1:a 300"));
}

TEST_F(MqttClientTest, AMessageOfQos2IsDeliveredOnce) {
  make_client(config());
  std::vector<std::string> payloads;
  on_message = [&](const MqttMessage& m) { payloads.push_back(m.payload); };
  run(
      [&] {
        client->connect();
        sleep(1s);
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        peer.send(message("a", "once", 2, 9) + message("a", "once", 2, 9));
        EXPECT_EQ(peer.receive().type, PacketType::kPubrec);
        EXPECT_EQ(peer.receive().type, PacketType::kPubrec);
        peer.send(ack(PacketType::kPubrel, 9));
        EXPECT_EQ(peer.receive().type, PacketType::kPubcomp);
        peer.send(message("a", "again", 2, 9) + message("a", "one", 1, 9));
        EXPECT_EQ(peer.receive().type, PacketType::kPubrec);
        EXPECT_EQ(peer.receive().type, PacketType::kPuback);
      });
  EXPECT_THAT(payloads, ElementsAre("once", "again", "one"));
}

TEST_F(MqttClientTest, ConnectsAgainSubscribesAgainAndSendsAgain) {
  make_client(config());
  run(
      [&] {
        client->connect();
        client->subscribe("a", {.qos = 1});
        EXPECT_TRUE(client->publish("a", "x", {.qos = 1}));
        EXPECT_TRUE(client->is_connected());
      },
      [&](BrokerPeer& peer) {
        if (connections == 2) {
          peer.receive();
          return;  // closes the connection
        }
        accept_client(peer);
        peer.send(suback(id_of(peer.receive())));
        const ClientPacket publish = peer.receive();
        EXPECT_EQ(publish.type, PacketType::kPublish);
        if (connections == 1) {
          EXPECT_EQ(publish.flags & 8, 0);
          sleep(100ms);
          return;  // closes the connection
        }
        EXPECT_EQ(publish.flags & 8, 8) << "sent again";
        sleep(100ms);
        peer.send(ack(PacketType::kPuback, id_of(publish)));
        peer.receive();
      });
  EXPECT_EQ(connections, 3);
  EXPECT_THAT(
      rows, ElementsAre(
                "connect 0", "subscribe:1:a 0", "disconnect <MQTTErrorCode.MQTT_ERR_CONN_LOST: 7>",
                "connect 0 MqttError('the connection ended before CONNACK: closed by the other "
                "side')",
                "disconnect <MQTTErrorCode.MQTT_ERR_CONN_LOST: 7>", "connect 0", "subscribe:1:a 0",
                "publish:1:a 3200"));  // 0.1 s, delays of 1 s and 2 s, 0.1 s
}

TEST_F(MqttClientTest, WithAKeptSessionPubrelIsSentAgain) {
  make_client(config());
  run(
      [&] {
        client->connect();
        EXPECT_TRUE(client->publish("a", "x", {.qos = 2}));
      },
      [&](BrokerPeer& peer) {
        if (connections == 1) {
          accept_client(peer);
          const std::uint16_t id = id_of(peer.receive());
          peer.send(ack(PacketType::kPubrec, id));
          EXPECT_EQ(peer.receive().type, PacketType::kPubrel);
          return;
        }
        accept_client(peer, kAcceptedWithSession);
        const ClientPacket pubrel = peer.receive();
        EXPECT_EQ(pubrel.type, PacketType::kPubrel);
        peer.send(ack(PacketType::kPubcomp, id_of(pubrel)));
        peer.receive();
      });
  EXPECT_EQ(rows.back(), "publish:2:a 1000");
}

TEST_F(MqttClientTest, WithoutReconnectingAllFails) {
  Client::Config with = config();
  with.options.reconnect_delay = Seconds{0};
  make_client(with);
  run(
      [&] {
        client->connect();
        EXPECT_FALSE(client->publish("a", "x", {.qos = 1}));
        EXPECT_FALSE(client->publish("a", "x", {}));
        EXPECT_THROW(static_cast<void>(client->receive("a", Seconds{10})), MqttError);
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        peer.receive();
      });
  EXPECT_THAT(rows, ElementsAre("connect 0", "disconnect <MQTTErrorCode.MQTT_ERR_CONN_LOST: 7>",
                                "publish:1:a 0 <MQTTErrorCode.MQTT_ERR_CONN_LOST: 7>",
                                "publish:0:a <MQTTErrorCode.MQTT_ERR_NO_CONN: 4>"));
}

TEST_F(MqttClientTest, AStoppedUserLeavesWithADisconnect) {
  make_client(config());
  std::vector<PacketType> types;
  run(
      [&] {
        client->connect();
        scheduler.spawn([&] {
          sleep(1s);
          user_coroutine->request_stop();
        });
        client->publish("a", "x", {.qos = 1});
        ADD_FAILURE() << "it was not stopped";
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        for (ClientPacket packet = peer.receive(); packet.type != PacketType{};
             packet = peer.receive()) {
          types.push_back(packet.type);
        }
      });
  EXPECT_THAT(types, ElementsAre(PacketType::kPublish, PacketType::kDisconnect));
  EXPECT_THAT(rows, ElementsAre("connect 0"));
  EXPECT_EQ(shard.cut_off_requests, (std::map<std::string, std::int64_t>{{"MQTT publish:1:a", 1}}));
}

TEST_F(MqttClientTest, AMessageMayBeAnsweredAndMayEndTheConnection) {
  make_client(config());
  on_message = [&](const MqttMessage& m) {
    EXPECT_THROW(client->publish("a", "x", {.qos = 1}), std::logic_error) << "it would wait";
    EXPECT_TRUE(client->publish("answer", m.payload, {.qos = 1, .wait = false}));
    if (m.payload == "last") client->disconnect(0);
  };
  run(
      [&] {
        client->connect();
        sleep(1s);
        EXPECT_FALSE(client->is_connected());
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        peer.send(message("a", "first") + message("a", "last") + message("a", "too late"));
        EXPECT_EQ(peer.receive().type, PacketType::kPublish);
        EXPECT_EQ(peer.receive().type, PacketType::kPublish);
        EXPECT_EQ(peer.receive().type, PacketType::kDisconnect);
        EXPECT_EQ(peer.receive().type, PacketType{});
      });
  EXPECT_EQ(rows.size(), 4U) << "connect, disconnect and two messages that were not acknowledged";
}

TEST_F(MqttClientTest, AClientMayEndWhileItConnectsAgain) {
  make_client(config());
  run(
      [&] {
        client->connect();
        sleep(1500ms);  // the second attempt waits for CONNACK
        EXPECT_EQ(connections, 2);
      },
      [&](BrokerPeer& peer) {
        if (connections == 1) {
          accept_client(peer);
          return;
        }
        while (peer.receive().type != PacketType{}) {
        }
      });
  EXPECT_EQ(shard.cut_off_requests, (std::map<std::string, std::int64_t>{{"MQTT connect", 1}}));
}

TEST_F(MqttClientTest, ADisconnectCutsOffTheConnectOfAnotherCoroutine) {
  make_client(config());
  run(
      [&] {
        scheduler.spawn([&] {
          sleep(1s);
          client->disconnect(0);
        });
        EXPECT_FALSE(client->connect());
        sleep(10s);
        EXPECT_EQ(connections, 1) << "it does not connect again";
      },
      [&](BrokerPeer& peer) {
        while (peer.receive().type != PacketType{}) {
        }
      });
  EXPECT_TRUE(rows.empty());
  EXPECT_EQ(shard.cut_off_requests, (std::map<std::string, std::int64_t>{{"MQTT connect", 1}}));
}

TEST_F(MqttClientTest, AConnectWithImpossibleOptionsDoesNotBegin) {
  Client::Config with = config();
  with.options.will = MqttWill{.topic = "a/#"};
  make_client(with);
  run([&] { EXPECT_THROW(client->connect(), std::invalid_argument); }, [](BrokerPeer&) {});
  EXPECT_EQ(connections, 0);
  EXPECT_TRUE(rows.empty());
  EXPECT_TRUE(shard.cut_off_requests.empty());
}

TEST_F(MqttClientTest, GarbageEndsTheConnection) {
  Client::Config with = config();
  with.options.reconnect_delay = Seconds{0};
  with.options.max_packet_size = 100;
  make_client(with);
  run(
      [&] {
        client->connect();
        sleep(1s);
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        peer.send(message("a", std::string(200, 'x')));
        EXPECT_EQ(peer.receive().type, PacketType{});
      });
  EXPECT_EQ(rows.back(),
            "disconnect MqttError('PUBLISH: the packet has 206 bytes; max_packet_size "
            "is 100')");
}

TEST_F(MqttClientTest, AServerOfHttpIsNamed) {
  Client::Config with = config();
  with.options.reconnect_delay = Seconds{0};
  make_client(with);
  run([&] { EXPECT_FALSE(client->connect()); },
      [&](BrokerPeer& peer) {
        EXPECT_EQ(peer.receive().type, PacketType::kConnect);
        peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
        EXPECT_EQ(peer.receive().type, PacketType{});
      });
  // As in Locust, the lost connection is a row of its own.
  const std::string failure = "MqttError('the server answers with HTTP, not MQTT: use ws://')";
  EXPECT_THAT(rows, ElementsAre("connect 0 " + failure, "disconnect " + failure));
}

TEST_F(MqttClientTest, AReceiveThatOnMessageLeavesNothingToSaysSo) {
  make_client(config());
  int taken = 0;
  on_message = [&](const MqttMessage&) { ++taken; };
  const auto timeout = [&] {
    try {
      static_cast<void>(client->receive("a", Seconds{1}));
    } catch (const MqttTimeout& error) {
      return std::string(error.what());
    }
    return std::string("a message");
  };
  run(
      [&] {
        client->connect();
        EXPECT_EQ(timeout(), "no message for 'a' within 1 s");
        sleep(1s);
        EXPECT_EQ(taken, 1);
        EXPECT_EQ(timeout(),
                  "no message for 'a' within 1 s: on_message() of the class has taken the messages "
                  "that came before; call client().keep(message) there");
        client->keep({.topic = "b"});
        EXPECT_EQ(timeout(), "no message for 'a' within 1 s");
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        sleep(1500ms);
        peer.send(message("a", "x"));
        peer.receive();
      });
}

TEST_F(MqttClientTest, ASubscribeWithoutAConnectionIsNotMadeLater) {
  Client::Config with = config();
  with.options.reconnect_delay = Seconds{1};
  make_client(with);
  run(
      [&] {
        EXPECT_FALSE(client->connect());
        EXPECT_FALSE(client->subscribe("a", {}));
        sleep(3s);
        EXPECT_TRUE(client->is_connected());
      },
      [&](BrokerPeer& peer) {
        if (connections == 1) return;
        accept_client(peer);
        EXPECT_EQ(peer.receive().type, PacketType::kDisconnect) << "no SUBSCRIBE";
      });
}

TEST_F(MqttClientTest, ARefusedSubscriptionAndARefusedMessage) {
  make_client(config(MqttProtocol::kV5));
  run(
      [&] {
        client->connect();
        EXPECT_FALSE(client->subscribe("a", {.qos = 1}));
        EXPECT_FALSE(client->publish("a", "x", {.qos = 1}));
        EXPECT_FALSE(client->publish("a", "x", {.qos = 2}));
        EXPECT_TRUE(client->publish("a", "x", {.qos = 1}));
      },
      [&](BrokerPeer& peer) {
        accept_client(peer, std::string("\x20\x03\x00\x00\x00", 5));
        peer.receive();
        peer.send(std::string("\x90\x04\x00\x01\x00\x80", 6));
        peer.receive();
        peer.send(std::string("\x40\x03\x00\x02\x87", 5));
        peer.receive();
        peer.send(std::string("\x50\x03\x00\x03\x97", 5));
        peer.receive();
        peer.send(std::string("\x40\x03\x00\x04\x10", 5));  // no subscribers: no failure
        peer.receive();
      });
  EXPECT_THAT(rows, ElementsAre("connect 0",
                                "subscribe:1:a 0 AssertionError('Broker returned an error response "
                                "during subscription: [128]')",
                                "publish:1:a 0 MqttError('Not authorized')",
                                "publish:2:a 0 MqttError('Quota exceeded')", "publish:1:a 0"));
}

TEST_F(MqttClientTest, LimitsOfAnMqtt5Broker) {
  make_client(config(MqttProtocol::kV5));
  run(
      [&] {
        client->connect();
        EXPECT_FALSE(client->publish("a", "x", {.qos = 2}));
        EXPECT_FALSE(client->publish("a", std::string(100, 'x'), {}));
        EXPECT_TRUE(client->publish("a", "x", {.qos = 1, .wait = false}));
        EXPECT_FALSE(client->publish("a", "x", {.qos = 1, .timeout = Seconds{1}}));
      },
      [&](BrokerPeer& peer) {
        // Receive maximum 1, maximum QoS 1, maximum packet size 50.
        accept_client(
            peer, std::string("\x20\x0D\x00\x00\x0A\x21\x00\x01\x24\x01\x27\x00\x00\x00\x32", 15));
        while (peer.receive().type != PacketType{}) {
        }
      });
  EXPECT_THAT(rows,
              ElementsAre("connect 0", "publish:2:a MqttError('the broker supports QoS 1 at most')",
                          "publish:0:a MqttError('the broker accepts packets of 50 bytes at "
                          "most')",
                          "publish:1:a MqttTimeout('no room in max_inflight')"));
}

/// An MQTT 5 PUBLISH that answers the given one.
std::string answer_to(const ClientPacket& packet, std::string_view payload) {
  Frame frame{packet.type, packet.flags, packet.body};
  MqttProperties properties;
  decode_properties(decode_publish(frame, MqttProtocol::kV5).properties, properties);
  std::string bytes;
  const MqttProperties answer{.correlation_data = properties.correlation_data};
  put_publish(bytes, MqttProtocol::kV5, 0,
              {.topic = properties.response_topic, .payload = payload, .properties = &answer});
  return bytes;
}

const std::string kAcceptedByVersion5("\x20\x03\x00\x00\x00", 5);
const std::string kSubackOfVersion5("\x90\x04\x00\x01\x00\x00", 6);

TEST_F(MqttClientTest, ARequestGetsItsAnswer) {
  make_client(config(MqttProtocol::kV5));
  run(
      [&] {
        client->connect();
        EXPECT_EQ(client->request("service", "x", {}).payload, "answer");
      },
      [&](BrokerPeer& peer) {
        accept_client(peer, kAcceptedByVersion5);
        peer.receive();
        peer.send(kSubackOfVersion5);
        const ClientPacket request = peer.receive();
        sleep(10ms);
        peer.send(answer_to(request, "answer"));
        peer.receive();
      });
  EXPECT_THAT(rows, ElementsAre("connect 0", "subscribe:0:cppworker/[client]/answers 0",
                                "publish:0:service 0", "request:0:service 10"));
}

TEST_F(MqttClientTest, AnAnswerWithoutCorrelationDataIsForNobody) {
  make_client(config(MqttProtocol::kV5));
  run(
      [&] {
        client->connect();
        EXPECT_THROW(static_cast<void>(client->request("service", "x", {.timeout = Seconds{1}})),
                     MqttTimeout);
        EXPECT_THROW(static_cast<void>(client->receive("#", Seconds{2})), MqttTimeout);
      },
      [&](BrokerPeer& peer) {
        accept_client(peer, kAcceptedByVersion5);
        peer.receive();
        peer.send(kSubackOfVersion5);
        peer.receive();
        sleep(2s);  // the client is in receive()
        std::string bytes;
        put_publish(bytes, MqttProtocol::kV5, 0,
                    {.topic = "cppworker/id/answers", .payload = "whose?"});
        peer.send(bytes);
        peer.receive();
      });
  EXPECT_THAT(rows, ElementsAre("connect 0", "subscribe:0:cppworker/[client]/answers 0",
                                "publish:0:service 0",
                                "request:0:service 1000 MqttTimeout('no answer within 1 s')"));
}

TEST_F(MqttClientTest, ARequestFailsWithItsConnection) {
  Client::Config with = config(MqttProtocol::kV5);
  with.options.reconnect_delay = Seconds{0};
  make_client(with);
  run(
      [&] {
        client->connect();
        EXPECT_THROW(static_cast<void>(client->request("service", "x", {})), MqttError);
      },
      [&](BrokerPeer& peer) {
        accept_client(peer, kAcceptedByVersion5);
        peer.receive();
        peer.send(kSubackOfVersion5);
        peer.receive();
        sleep(300ms);
      });
  EXPECT_EQ(rows.back(), "request:0:service 300 MqttError('not connected')");
  EXPECT_TRUE(shard.cut_off_requests.empty());
}

TEST_F(MqttClientTest, AStoppedRequestIsCutOff) {
  make_client(config(MqttProtocol::kV5));
  run(
      [&] {
        client->connect();
        scheduler.spawn([&] {
          sleep(1s);
          user_coroutine->request_stop();
        });
        static_cast<void>(client->request("service", "x", {}));
        ADD_FAILURE() << "it was not stopped";
      },
      [&](BrokerPeer& peer) {
        accept_client(peer, kAcceptedByVersion5);
        peer.receive();
        peer.send(kSubackOfVersion5);
        while (peer.receive().type != PacketType{}) {
        }
      });
  EXPECT_EQ(rows.back(), "publish:0:service 0");
  EXPECT_EQ(shard.cut_off_requests,
            (std::map<std::string, std::int64_t>{{"MQTT request:0:service", 1}}));
}

/// The counter in a stamp of MqttStamp::kEmqttBench, in an MQTT 5 PUBLISH.
int counter_of(const ClientPacket& publish) {
  const Frame frame{publish.type, publish.flags, publish.body};
  const std::string_view payload = decode_publish(frame, MqttProtocol::kV5).payload;
  return payload.size() < 8 ? -1 : static_cast<unsigned char>(payload[7]);
}

TEST_F(MqttClientTest, MessagesThatAreSentAgainKeepTheirStamps) {
  make_client(config(MqttProtocol::kV5));
  std::vector<int> first;
  std::vector<int> again;
  run(
      [&] {
        client->connect();
        const auto publish = [this] {
          EXPECT_TRUE(client->publish("a", "x", {.qos = 1, .stamp = MqttStamp::kEmqttBench}));
        };
        scheduler.spawn(publish);
        scheduler.spawn(publish);
        publish();
        EXPECT_TRUE(client->drain(Seconds{10}));
      },
      [&](BrokerPeer& peer) {
        accept_client(peer, kAcceptedByVersion5);
        for (int i = 0; i < 3; ++i) {
          const ClientPacket publish = peer.receive();
          (connections == 1 ? first : again).push_back(counter_of(publish));
          if (connections == 2) peer.send(ack(PacketType::kPuback, id_of(publish)));
        }
        if (connections == 2) peer.receive();
      });
  EXPECT_THAT(first, ElementsAre(0, 1, 2));
  EXPECT_THAT(again, ElementsAre(0, 1, 2));
}

TEST_F(MqttClientTest, AMessageThatIsTooLargeIsNotCountedByItsStamp) {
  make_client(config(MqttProtocol::kV5));
  std::vector<int> counters;
  run(
      [&] {
        client->connect();
        MqttPublish options{.stamp = MqttStamp::kEmqttBench};
        EXPECT_TRUE(client->publish("a", "x", options));
        options.properties.content_type = "text/plain; charset=utf-8";
        EXPECT_FALSE(client->publish("a", "x", options)) << "the properties count, too";
        options.properties.content_type.clear();
        EXPECT_TRUE(client->publish("a", "x", options));
      },
      [&](BrokerPeer& peer) {
        // Maximum packet size 40.
        accept_client(peer, std::string("\x20\x08\x00\x00\x05\x27\x00\x00\x00\x28", 10));
        counters.push_back(counter_of(peer.receive()));
        counters.push_back(counter_of(peer.receive()));
        peer.receive();
      });
  EXPECT_THAT(counters, ElementsAre(0, 1));
}

TEST_F(MqttClientTest, AQosThatDoesNotExistIsRejected) {
  make_client(config());
  run(
      [&] {
        client->connect();
        EXPECT_THROW(client->publish("a", "x", {.qos = -1}), std::invalid_argument);
        EXPECT_THROW(client->publish("a", "x", {.qos = 3}), std::invalid_argument);
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        EXPECT_EQ(peer.receive().type, PacketType::kDisconnect) << "nothing was published";
      });
  EXPECT_THAT(rows, ElementsAre("connect 0"));
}

TEST_F(MqttClientTest, AMessageThatTimesOutKeepsItsPlaceInTheWindow) {
  Client::Config with = config();
  with.settings.max_inflight = 1;
  make_client(with);
  run(
      [&] {
        client->connect();
        EXPECT_FALSE(client->publish("a", "x", {.qos = 1, .timeout = Seconds{1}}));
        EXPECT_EQ(client->in_flight(), 0U);
        EXPECT_TRUE(client->drain(Seconds{0}));
        EXPECT_FALSE(client->publish("b", "x", {.qos = 1, .timeout = Seconds{1}}));
        EXPECT_TRUE(client->publish("c", "x", {.qos = 1, .timeout = Seconds{5}}));
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        const std::uint16_t id = id_of(peer.receive());
        sleep(3s);
        peer.send(ack(PacketType::kPuback, id));
        peer.send(ack(PacketType::kPuback, id_of(peer.receive())));
        peer.receive();
      });
  EXPECT_THAT(
      rows, ElementsAre("connect 0", "publish:1:a 1000 MqttTimeout('no PUBACK within 1 s')",
                        "publish:1:b MqttTimeout('no room in max_inflight')", "publish:1:c 1000"));
}

TEST_F(MqttClientTest, AMessageOfAStoppedCoroutineIsNotSentAgain) {
  make_client(config());
  run(
      [&] {
        client->connect();
        coro::Coroutine& other = scheduler.spawn([this] {
          try {
            client->publish("a", "x", {.qos = 1});
            ADD_FAILURE() << "it was not stopped";
          } catch (const StopUser&) {
            coro::Scheduler::current()->running()->clear_stop();
          }
        });
        sleep(500ms);
        EXPECT_FALSE(client->is_connected());
        EXPECT_EQ(client->in_flight(), 1U);
        other.request_stop();
        sleep(1s);
        EXPECT_TRUE(client->is_connected());
        EXPECT_EQ(client->in_flight(), 0U);
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        if (connections == 1) {
          EXPECT_EQ(peer.receive().type, PacketType::kPublish);
          return;  // closes the connection
        }
        EXPECT_EQ(peer.receive().type, PacketType::kDisconnect);
      });
  EXPECT_EQ(shard.cut_off_requests, (std::map<std::string, std::int64_t>{{"MQTT publish:1:a", 1}}));
}

TEST_F(MqttClientTest, AStoppedWaitForTheWindowIsCutOff) {
  Client::Config with = config();
  with.settings.max_inflight = 1;
  make_client(with);
  run(
      [&] {
        client->connect();
        EXPECT_TRUE(client->publish("a", "x", {.qos = 1, .wait = false}));
        scheduler.spawn([&] {
          sleep(1s);
          user_coroutine->request_stop();
        });
        client->publish("b", "x", {.qos = 1});
        ADD_FAILURE() << "it was not stopped";
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        while (peer.receive().type != PacketType{}) {
        }
      });
  EXPECT_THAT(rows, ElementsAre("connect 0"));
  EXPECT_EQ(shard.cut_off_requests, (std::map<std::string, std::int64_t>{{"MQTT publish:1:a", 1},
                                                                         {"MQTT publish:1:b", 1}}));
}

TEST_F(MqttClientTest, AStoppedUnsubscribeIsNotCounted) {
  make_client(config());
  run(
      [&] {
        client->connect();
        scheduler.spawn([&] {
          sleep(1s);
          user_coroutine->request_stop();
        });
        client->unsubscribe("a");
        ADD_FAILURE() << "it was not stopped";
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        while (peer.receive().type != PacketType{}) {
        }
      });
  EXPECT_TRUE(shard.cut_off_requests.empty());
}

TEST_F(MqttClientTest, AMessageThatTheKernelDoesNotTakeTimesOut) {
  make_client(config());
  run(
      [&] {
        client->connect();
        const std::string large(std::size_t{64} << 20U, 'x');
        EXPECT_FALSE(client->publish("a", large, {.timeout = Seconds{2}}));
        EXPECT_FALSE(client->publish("b", "x", {.timeout = Seconds{1}}));
        EXPECT_TRUE(client->is_connected());
        scheduler.spawn([&] {
          sleep(1s);
          user_coroutine->request_stop();
        });
        client->publish("c", "x", {});
        ADD_FAILURE() << "it was not stopped";
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        sleep(10s);  // does not read
      });
  EXPECT_THAT(
      rows,
      ElementsAre("connect 0", "publish:0:a 2000 MqttTimeout('the connection takes no more bytes')",
                  "publish:0:b MqttTimeout('the connection takes no more bytes')"));
  EXPECT_EQ(shard.cut_off_requests, (std::map<std::string, std::int64_t>{{"MQTT publish:0:c", 1}}));
}

TEST_F(MqttClientTest, ReceiveFailsAtOnceWithoutAConnection) {
  make_client(config());
  run(
      [&] {
        const auto receive = [this] { static_cast<void>(client->receive("#", Seconds{100})); };
        EXPECT_THROW(receive(), MqttError) << "before connect()";
        client->connect();
        scheduler.spawn([&] {
          sleep(1s);
          client->disconnect(0);
        });
        EXPECT_THROW(receive(), MqttError) << "disconnect() during the wait";
        EXPECT_THROW(receive(), MqttError) << "after disconnect()";
        EXPECT_LT(clock.now() - started, 2s);
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        peer.receive();
      });
}

TEST_F(MqttClientTest, ReceiveWaitsUntilTheClientIsConnectedAgain) {
  make_client(config());
  run(
      [&] {
        client->connect();
        on_message = [this](const MqttMessage& m) { client->keep(m); };
        EXPECT_EQ(client->receive("#", Seconds{100}).payload, "x");
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        sleep(1s);
        if (connections == 1) return;  // closes the connection
        peer.send(message("a", "x"));
        peer.receive();
      });
  EXPECT_EQ(connections, 2);
}

TEST_F(MqttClientTest, PingreqIfOnlyTheBrokerSends) {
  Client::Config with = config();
  with.settings.keepalive = Seconds{30};
  make_client(with);
  int pings = 0;
  run(
      [&] {
        client->connect();
        sleep(95s);
        EXPECT_TRUE(client->is_connected());
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        scheduler.spawn([&] {
          for (int i = 0; i < 9; ++i) {
            sleep(10s);
            peer.send(message("a", "x"));
          }
        });
        while (peer.receive().type == PacketType::kPingreq) {
          ++pings;
          peer.send("\xD0" + std::string(1, '\0'));
        }
      });
  EXPECT_EQ(pings, 3);
}

TEST_F(MqttClientTest, ABrokerThatOnlySendsLosesTheConnection) {
  Client::Config with = config();
  with.options.reconnect_delay = Seconds{0};
  make_client(with);
  std::string pubrels;
  for (int i = 0; i < 16'384; ++i) {
    pubrels += ack(PacketType::kPubrel, 1);
  }
  std::size_t sent = 0;
  run(
      [&] {
        client->connect();
        sleep(1h);
        EXPECT_FALSE(client->is_connected());
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        // Each PUBREL is answered by a PUBCOMP of the same size.
        while (sent < std::size_t{100} << 20U && peer.send_some(pubrels, sent)) {
        }
      });
  EXPECT_EQ(rows.back(), "disconnect MqttError('the broker does not read')");
  EXPECT_GT(sent, std::size_t{16} << 20U);
}

TEST_F(MqttClientTest, ARetainedMessageIsNotMeasured) {
  make_client(config());
  std::vector<std::string> payloads;
  on_message = [&](const MqttMessage& m) { payloads.push_back(m.payload); };
  run(
      [&] {
        client->connect();
        client->subscribe("a", {.qos = 1, .stamp = MqttStamp::kOwn});
        sleep(1s);
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        peer.send(suback(id_of(peer.receive())));
        Stamper stamper(42);
        const StampBytes kept = stamper.make(MqttStamp::kOwn, {"a", 0}, StampClock::now());
        const StampBytes next = stamper.make(MqttStamp::kOwn, {"a", 0}, StampClock::now());
        const auto send = [&](std::string_view stamp, std::string_view payload, bool retain) {
          std::string bytes;
          put_publish(bytes, MqttProtocol::kV311, 0,
                      {.topic = "a", .stamp = stamp, .payload = payload, .retain = retain});
          peer.send(bytes);
        };
        send(next.view(), "live", false);
        send(kept.view(), "retained", true);
        send("", "retained without a stamp", true);
        peer.receive();
      });
  EXPECT_THAT(payloads, ElementsAre("live", "retained", "retained without a stamp"));
  EXPECT_THAT(rows,
              ElementsAre("connect 0", "subscribe:1:a 0", testing::StartsWith("receive:0:a ")));
  EXPECT_THAT(rows.back(), testing::Not(testing::HasSubstr("Mqtt")));
}

TEST_F(MqttClientTest, ADisconnectOfAnMqtt5Broker) {
  Client::Config with = config(MqttProtocol::kV5);
  with.options.reconnect_delay = Seconds{0};
  make_client(with);
  run(
      [&] {
        client->connect();
        sleep(1s);
        client->connect();
        sleep(1s);
      },
      [&](BrokerPeer& peer) {
        accept_client(peer, kAcceptedByVersion5);
        peer.send(connections == 1 ? std::string("\xE0\x00", 2) : std::string("\xE0\x01\x8E"));
        peer.receive();
      });
  EXPECT_THAT(rows, ElementsAre("connect 0", "disconnect MqttError('Normal disconnection')",
                                "connect 0", "disconnect MqttError('Session taken over')"));
}

TEST_F(MqttClientTest, ABrokerOfVersion311MustNotSendDisconnect) {
  Client::Config with = config();
  with.options.reconnect_delay = Seconds{0};
  make_client(with);
  run(
      [&] {
        client->connect();
        sleep(1s);
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        peer.send(std::string("\xE0\x00", 2));
        peer.receive();
      });
  EXPECT_EQ(rows.back(), "disconnect MqttError('DISCONNECT: a broker must not send this packet')");
}

TEST_F(MqttClientTest, AListenerOfTheConnectRowMayPublish) {
  make_client(config());
  std::vector<PacketType> types;
  environment.events.request.add_listener([this](const RequestEvent& event) {
    if (event.name == "connect") {
      EXPECT_TRUE(client->publish("a", "x", {.qos = 1, .wait = false}));
    }
  });
  run([&] { EXPECT_TRUE(client->connect()); },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        for (ClientPacket packet = peer.receive(); packet.type != PacketType{};
             packet = peer.receive()) {
          types.push_back(packet.type);
        }
      });
  EXPECT_THAT(types, ElementsAre(PacketType::kPublish, PacketType::kDisconnect))
      << "it is sent once";
}

TEST_F(MqttClientTest, OnMessageMayDisconnectAnotherClient) {
  make_client(config());
  std::map<int, std::vector<PacketType>> types;  // by connection
  run(
      [&] {
        client->connect();
        Client other(environment, std::make_unique<TestOwner>(on_message), config_of_client);
        other.connect();
        on_message = [&](const MqttMessage&) {
          EXPECT_TRUE(client->publish("answer", "x", {.wait = false}));
          other.disconnect(0);
        };
        sleep(1s);
        EXPECT_FALSE(other.is_connected());
      },
      [&](BrokerPeer& peer) {
        const int number = connections;
        accept_client(peer);
        sleep(100ms);
        if (number == 1) peer.send(message("a", "x"));
        for (ClientPacket packet = peer.receive(); packet.type != PacketType{};
             packet = peer.receive()) {
          types[number].push_back(packet.type);
        }
      });
  EXPECT_THAT(types[1], ElementsAre(PacketType::kPublish, PacketType::kDisconnect));
  EXPECT_THAT(types[2], ElementsAre(PacketType::kDisconnect));
}

TEST_F(MqttClientTest, ALargeMessageFromOnMessageDoesNotEndTheConnection) {
  make_client(config());
  const std::string large(std::size_t{24} << 20U, 'x');
  on_message = [&](const MqttMessage& m) {
    if (m.topic == "question") {
      EXPECT_TRUE(client->publish("large", large, {.wait = false}));
    }
  };
  std::size_t received = 0;
  run(
      [&] {
        client->connect();
        sleep(10s);
        EXPECT_TRUE(client->is_connected());
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        peer.send(message("question", "x"));
        sleep(1s);  // does not read
        peer.send(message("other", "x", 1, 1));
        sleep(1s);
        received = peer.drop(large.size());
        sleep(20s);
      });
  EXPECT_EQ(received, large.size());
  EXPECT_THAT(rows, testing::Not(testing::Contains(testing::StartsWith("disconnect Mqtt"))));
}

TEST_F(MqttClientTest, AWaitForTheKernelFailsWithTheConnection) {
  Client::Config with = config();
  with.options.reconnect_delay = Seconds{0};
  make_client(with);
  run(
      [&] {
        client->connect();
        const std::string large(std::size_t{64} << 20U, 'x');
        EXPECT_TRUE(client->publish("a", large, {.wait = false}));
        EXPECT_FALSE(client->publish("b", "x", {}));
      },
      [&](BrokerPeer& peer) {
        accept_client(peer);
        sleep(1s);  // closes the connection without reading
      });
  EXPECT_THAT(rows, ElementsAre("connect 0", "publish:0:a 0",
                                "disconnect <MQTTErrorCode.MQTT_ERR_CONN_LOST: 7>",
                                "publish:0:b <MQTTErrorCode.MQTT_ERR_NO_CONN: 4>"));
  EXPECT_TRUE(shard.cut_off_requests.empty());
}

}  // namespace
}  // namespace cppworker::mqtt
