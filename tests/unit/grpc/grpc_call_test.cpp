#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/grpc/grpc_fixture.hpp"

namespace cppworker::grpc {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class GrpcCall : public GrpcFixture {};

TEST_F(GrpcCall, ReturnsTheReply) {
  run_user([this] {
    GrpcClient client(environment, host());
    const auto reply = echo(client, "hello");
    EXPECT_TRUE(reply.ok());
    EXPECT_EQ(reply->bytes, "hello");
    EXPECT_EQ(reply.error(), "");
    EXPECT_TRUE(echo(client, "", {.name = "empty"}).ok());
  });
  EXPECT_THAT(reported, ElementsAre(Reported{"grpc", std::string(kEcho), 5, 0, ""},
                                    Reported{"grpc", "empty", 0, 0, ""}));
  EXPECT_EQ(server.connections.size(), 1U);
}

TEST_F(GrpcCall, SendsWhatTheProtocolRequires) {
  run_user([this] {
    GrpcClient client(environment, host());
    echo(client, "hello", {.timeout = 5s, .metadata = {{"x-tenant", "42"}, {"x-bin", "\xff"}}});
  });
  std::map<std::string, std::string> headers = server.connections[0]->peer->requests.at(1).headers;
  EXPECT_EQ(headers.extract("user-agent").mapped().substr(0, 16), "grpc-cpp-worker/");
  EXPECT_EQ(headers, (std::map<std::string, std::string>{
                         {":method", "POST"},
                         {":scheme", "http"},
                         {":path", std::string(kEcho)},
                         {":authority", "127.0.0.1:" + std::to_string(server.port())},
                         {"te", "trailers"},
                         {"content-type", "application/grpc"},
                         {"grpc-accept-encoding", "gzip"},
                         {"grpc-timeout", "5000000u"},
                         {"x-tenant", "42"},
                         {"x-bin", "/w"}}));
}

TEST_F(GrpcCall, ReturnsTheStatusAndTheMetadata) {
  server.on_request = [](Http2Server::Connection& connection, std::int32_t id) {
    connection.peer->respond(
        id, {{":status", "200"}, {"content-type", "application/grpc"}, {"a", "1"}}, framed("x"),
        {{"grpc-status", "5"}, {"grpc-message", "no user %33"}, {"b-bin", "/w=="}});
  };
  run_user([this] {
    GrpcClient client(environment, host());
    const auto reply = echo(client, "hello");
    EXPECT_EQ(reply.code, GrpcCode::kNotFound);
    EXPECT_EQ(reply.details, "no user 3");
    EXPECT_EQ(reply.initial_metadata, (GrpcMetadata{{"a", "1"}}));
    EXPECT_EQ(reply.trailing_metadata, (GrpcMetadata{{"b-bin", "\xff"}}));
    EXPECT_EQ(reply->bytes, "");
  });
  EXPECT_THAT(exceptions(), ElementsAre("RpcError(NOT_FOUND, 'no user 3')"));
}

TEST_F(GrpcCall, AcceptsAResponseThatIsATrailerOnly) {
  server.on_request = [](Http2Server::Connection& connection, std::int32_t id) {
    connection.peer->respond(id, {{":status", "200"}, {"grpc-status", "12"}, {"a", "1"}});
  };
  run_user([this] {
    GrpcClient client(environment, host());
    const auto reply = echo(client, "hello");
    EXPECT_EQ(reply.code, GrpcCode::kUnimplemented);
    EXPECT_EQ(reply.trailing_metadata, (GrpcMetadata{{"a", "1"}}));
    EXPECT_EQ(reply.initial_metadata, GrpcMetadata{});
  });
}

TEST_F(GrpcCall, FailsIfTheReplyIsNotOneMessage) {
  std::string body;
  server.on_request = [&](Http2Server::Connection& connection, std::int32_t id) {
    respond(connection, id, body);
  };
  run_user([&] {
    GrpcClient client(environment, host());
    for (const std::string& bad :
         {std::string(), framed("a") + framed("b"), framed("abc").substr(0, 6), framed("bad"),
          std::string("\1\0\0\0\0", 5)}) {
      body = bad;
      echo(client, "hello");
    }
  });
  EXPECT_THAT(exceptions(),
              ElementsAre("RpcError(UNIMPLEMENTED, 'the server has sent no message')",
                          "RpcError(INTERNAL, 'the server has sent more than one message')",
                          "RpcError(INTERNAL, 'the response has ended within a message')",
                          "RpcError(INTERNAL, 'Exception deserializing response!')",
                          "RpcError(INTERNAL, 'the server has sent a compressed message "
                          "without grpc-encoding')"));
}

TEST_F(GrpcCall, MayBeCompressed) {
  const std::string text(100'000, 'x');
  server.on_request = [&](Http2Server::Connection& connection, std::int32_t id) {
    const auto& request = connection.peer->requests[id];
    EXPECT_EQ(request.headers.at("grpc-encoding"), "gzip");
    EXPECT_EQ(request.body[0], 1);
    EXPECT_LT(request.body.size(), 1000U);
    HeaderFields head = kOkHead;
    head.emplace_back("grpc-encoding", "gzip");
    connection.peer->respond(id, head, request.body, kOkTrailer);
  };
  run_user([&] {
    GrpcClient client(environment, host());
    EXPECT_EQ(echo(client, text, {.compression = true})->bytes, text);
  });
  EXPECT_EQ(reported.at(0).length, 100'000);
}

TEST_F(GrpcCall, MapsTheHttpStatus) {
  server.on_request = [](Http2Server::Connection& connection, std::int32_t id) {
    connection.peer->respond(id, {{":status", "503"}, {"content-type", "text/html"}},
                             std::string(100'000, 'x'));
  };
  run_user([this] {
    GrpcClient client(environment, host());
    echo(client, "hello");
  });
  EXPECT_THAT(exceptions(), ElementsAre("RpcError(UNAVAILABLE, 'HTTP status 503')"));
}

TEST_F(GrpcCall, MapsAReset) {
  server.on_request = [](Http2Server::Connection& connection, std::int32_t id) {
    connection.peer->reset(id, 11);
  };
  run_user([this] {
    GrpcClient client(environment, host());
    echo(client, "hello");
  });
  EXPECT_THAT(exceptions(),
              ElementsAre("RpcError(RESOURCE_EXHAUSTED, 'RST_STREAM ENHANCE_YOUR_CALM')"));
}

TEST_F(GrpcCall, EndsAtItsDeadline) {
  server.on_request = nullptr;
  run_user([this] {
    GrpcClient client(environment, host());
    const auto reply = echo(client, "hello", {.timeout = 5s});
    EXPECT_EQ(reply.code, GrpcCode::kDeadlineExceeded);
    wait_for_reset();
    EXPECT_EQ(first_request()->reset_code, 8U);
  });
  EXPECT_THAT(reported, ElementsAre(Reported{"grpc", std::string(kEcho), 0, 5000,
                                             "RpcError(DEADLINE_EXCEEDED, 'Deadline Exceeded')"}));
}

TEST_F(GrpcCall, FailsIfTheConnectionIsRefused) {
  server.stop_listening();
  run_user([this] {
    GrpcClient client(environment, host());
    EXPECT_EQ(echo(client, "hello").code, GrpcCode::kUnavailable);
  });
  EXPECT_THAT(exceptions()[0], HasSubstr("Connection refused"));
}

TEST_F(GrpcCall, FailsIfTheServerSpeaksAnotherProtocol) {
  server.garbage = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
  run_user([this] {
    GrpcClient client(environment, host());
    EXPECT_EQ(echo(client, "hello").code, GrpcCode::kUnavailable);
  });
  EXPECT_THAT(exceptions()[0], HasSubstr("RpcError(UNAVAILABLE, 'connection lost: "));
}

TEST_F(GrpcCall, FailsIfTheConnectionIsLost) {
  server.on_request = [this](Http2Server::Connection& connection, std::int32_t) {
    server.close(connection);
  };
  run_user([this] {
    GrpcClient client(environment, host());
    echo(client, "hello");
  });
  EXPECT_THAT(exceptions(),
              ElementsAre("RpcError(UNAVAILABLE, 'connection lost: closed by the other side')"));
}

TEST_F(GrpcCall, ConnectsAgainAfterTheServerHasClosed) {
  run_user([this] {
    GrpcClient client(environment, host());
    EXPECT_TRUE(echo(client, "one").ok());
    server.close(*server.connections[0]);
    wait_a_while();
    EXPECT_TRUE(echo(client, "two").ok());
  });
  EXPECT_EQ(server.connections.size(), 2U);
}

TEST_F(GrpcCall, RepeatsACallThatTheServerHasNotBegunWith) {
  server.on_request = [this](Http2Server::Connection& connection, std::int32_t id) {
    if (server.connections.size() == 1 && id == 3) {
      connection.peer->go_away(1);
    } else {
      respond(connection, id, connection.peer->requests[id].body);
    }
  };
  run_user([this] {
    GrpcClient client(environment, host());
    EXPECT_TRUE(echo(client, "one").ok());
    EXPECT_TRUE(echo(client, "two").ok());
  });
  EXPECT_EQ(server.connections.size(), 2U);
  EXPECT_EQ(server.connections[0]->fd, -1);  // we have closed it
  EXPECT_EQ(reported.size(), 2U);
}

TEST_F(GrpcCall, RepeatsACallOnlyOnce) {
  server.on_request = [](Http2Server::Connection& connection, std::int32_t id) {
    connection.peer->reset(id, 7);
  };
  run_user([this] {
    GrpcClient client(environment, host());
    echo(client, "one");
  });
  EXPECT_THAT(exceptions(), ElementsAre("RpcError(UNAVAILABLE, 'RST_STREAM REFUSED_STREAM')"));
  EXPECT_EQ(server.connections[0]->peer->requests.size(), 2U);
}

TEST_F(GrpcCall, MayBeLargerThanTheWindows) {
  run_user([this] {
    GrpcClient client(environment, host());
    const std::string large(4'000'000, 'x');
    const auto reply = echo(client, large);
    EXPECT_TRUE(reply.ok());
    EXPECT_EQ(reply->bytes, large);
  });
}

TEST_F(GrpcCall, RefusesALargerReplyThanPermitted) {
  run_user([this] {
    GrpcClient client(environment, host(), nullptr, {.max_receive_message_length = 10});
    EXPECT_TRUE(echo(client, "0123456789").ok());
    EXPECT_EQ(echo(client, "0123456789a").code, GrpcCode::kResourceExhausted);
    EXPECT_TRUE(echo(client, "0123456789").ok());
  });
}

TEST_F(GrpcCall, AMessageThatIsNotAcceptedEndsACallThatTheServerLeavesOpen) {
  std::string body;
  server.on_request = [&](Http2Server::Connection& connection, std::int32_t id) {
    connection.peer->respond(id, kOkHead, body, {}, true);
  };
  run_user([&] {
    for (const std::string& bad : {framed("0123456789a"), std::string("\1\0\0\0\1x", 6)}) {
      body = bad;
      GrpcClient client(environment, host(), nullptr, {.max_receive_message_length = 10});
      EXPECT_FALSE(echo(client, "hello", {.timeout = 60s}).ok());
      wait_until([this] { return server.connections.back()->peer->requests[1].is_reset; });
      EXPECT_EQ(server.connections.back()->peer->requests[1].reset_code, 8U);
    }
  });
  EXPECT_THAT(
      exceptions(),
      ElementsAre("RpcError(RESOURCE_EXHAUSTED, 'Received message larger than max (11 vs. 10)')",
                  "RpcError(INTERNAL, 'the server has sent a compressed message without "
                  "grpc-encoding')"));
}

TEST_F(GrpcCall, KeepaliveTimesAreChecked) {
  run_user([this] {
    EXPECT_THROW(GrpcClient(environment, host(), nullptr, {.keepalive = {.time = -1s}}),
                 std::invalid_argument);
    EXPECT_THROW(
        GrpcClient(environment, host(), nullptr, {.keepalive = {.time = 1s, .timeout = 0s}}),
        std::invalid_argument);
    GrpcClient client(environment, host(), nullptr, {.keepalive = {.time = 1h}});
    EXPECT_TRUE(echo(client, "hello").ok());
  });
}

TEST_F(GrpcCall, ASecondMessageThatIsLargerThanTheWindowEndsIt) {
  server.on_request = [](Http2Server::Connection& connection, std::int32_t id) {
    respond(connection, id, framed("x") + framed(std::string(3'000'000, 'y')));
  };
  run_user([this] {
    GrpcClient client(environment, host());
    EXPECT_EQ(echo(client, "hello", {.timeout = 60s}).code, GrpcCode::kInternal);
    wait_for_reset();
  });
  EXPECT_THAT(exceptions(),
              ElementsAre("RpcError(INTERNAL, 'the server has sent more than one message')"));
}

TEST_F(GrpcCall, RefusesWhatCannotBeSent) {
  run_user([this] {
    GrpcClient client(environment, host());
    EXPECT_THROW(client.call<Bytes>("Echo", Bytes{}), std::invalid_argument);
    EXPECT_THROW(echo(client, "", {.metadata = {{"Upper", ""}}}), std::invalid_argument);
    EXPECT_THROW(echo(client, "", {.timeout = 0s}), std::invalid_argument);
    EXPECT_THROW(echo(client, "incomplete"), std::invalid_argument);
    EXPECT_THROW(GrpcClient(environment, "http://127.0.0.1:1"), Error);
  });
  EXPECT_TRUE(reported.empty());
}

TEST_F(GrpcCall, SendsTheLargestMetadataAndPath) {
  run_user([this] {
    GrpcClient client(environment, host());
    const std::string path = "/a/" + std::string(2045, 'b');
    const GrpcMetadata metadata(60 * 1024 / 13, {"x", ""});
    EXPECT_TRUE(client.call<Bytes>(path, Bytes{}, {.timeout = 5s, .metadata = metadata}).ok());
  });
  EXPECT_THAT(exceptions(), ElementsAre(""));
}

TEST_F(GrpcCall, ACheckDecides) {
  server.on_request = [](Http2Server::Connection& connection, std::int32_t id) {
    respond(connection, id, framed("x"), {{"grpc-status", "5"}, {"grpc-message", "gone"}});
  };
  run_user([this] {
    GrpcClient client(environment, host());
    client.call<Bytes>(kEcho, Bytes{}, {}, [](CatchGrpc<Bytes>& reply) {
      if (reply.code == GrpcCode::kNotFound) reply.success();
    });
    client.call<Bytes>(kEcho, Bytes{}, {}, [](auto& reply) { reply.failure("wrong"); });
    const auto reply = client.call<Bytes>(kEcho, Bytes{}, {}, [](auto&) {});
    EXPECT_EQ(reply.code, GrpcCode::kNotFound);
    EXPECT_THROW(
        client.call<Bytes>(kEcho, Bytes{}, {}, [](auto&) { throw std::runtime_error("x"); }),
        std::runtime_error);
  });
  EXPECT_THAT(exceptions(),
              ElementsAre("", "CatchResponseError('wrong')", "RpcError(NOT_FOUND, 'gone')"));
}

TEST_F(GrpcCall, CountsInTheSecondOfItsEndAlsoIfTheCheckTakesLong) {
  run_user([this] {
    GrpcClient client(environment, host());
    for (const auto& work : {0s, 5s}) {
      client.call<Bytes>(kEcho, Bytes{}, {}, [&](auto&) { clock.advance(work); });
    }
  });
  const stats::Counts counts = shard.take_stats().recording.increment().total.num_reqs_per_sec;
  EXPECT_EQ(counts.size(), 1U);
  EXPECT_EQ(counts.begin()->second, 2);
}

TEST_F(GrpcCall, AStopCancelsTheCall) {
  server.on_request = nullptr;
  GrpcClient* client = nullptr;
  coro::Coroutine& user = add_user([&] {
    GrpcClient own(environment, host());
    client = &own;
    echo(own, "hello");
  });
  add_user([&] {
    wait_for_request();
    user.request_stop();
    wait_for_reset();
  });
  run();
  EXPECT_EQ(stopped, 1);
  EXPECT_TRUE(reported.empty());
  EXPECT_EQ(shard.cut_off_requests,
            (std::map<std::string, std::int64_t>{{"grpc " + std::string(kEcho), 1}}));
}

TEST_F(GrpcCall, ACallWhileTheUserUnwindsIsNotMade) {
  server.on_request = nullptr;
  struct Logout {
    GrpcClient& client;
    ~Logout() {
      EXPECT_EQ(client.call<Bytes>(kEcho, Bytes{"bye"}).code, GrpcCode::kCancelled);
      auto stream = client.stream<Bytes, Bytes>(kEcho);
      EXPECT_FALSE(stream.read());
      EXPECT_EQ(stream.finish().code, GrpcCode::kCancelled);
    }
  };
  coro::Coroutine& user = add_user([&] {
    GrpcClient client(environment, host());
    const Logout logout{client};
    echo(client, "hello");
  });
  add_user([&] {
    wait_for_request();
    user.request_stop();
  });
  run();
  EXPECT_EQ(stopped, 1);
  EXPECT_TRUE(reported.empty());
  EXPECT_EQ(server.connections[0]->peer->requests.at(1).body, framed("hello"));
}

TEST_F(GrpcCall, SeveralCoroutinesShareTheUsersConnection) {
  std::vector<std::int32_t> waiting;
  server.on_request = [&](Http2Server::Connection& connection, std::int32_t id) {
    waiting.push_back(id);  // the answers come in the opposite order
    if (waiting.size() < 3) return;
    for (auto at = waiting.rbegin(); at != waiting.rend(); ++at) {
      respond(connection, *at, connection.peer->requests[*at].body);
    }
  };
  std::optional<GrpcClient> client;
  client.emplace(environment, host());
  for (int i = 0; i < 3; ++i) {
    add_user([&, i] { EXPECT_EQ(echo(*client, std::to_string(i))->bytes, std::to_string(i)); });
  }
  run();
  EXPECT_EQ(server.connections.size(), 1U);
  EXPECT_EQ(reported.size(), 3U);
  client.reset();
}

TEST_F(GrpcCall, TheWorkOfAnotherCoroutineDoesNotCount) {
  std::vector<std::int32_t> waiting;
  server.on_request = [&](Http2Server::Connection& connection, std::int32_t id) {
    waiting.push_back(id);  // both are answered in one turn
    if (waiting.size() < 2) return;
    for (const std::int32_t each : waiting) respond(connection, each, framed("x"));
  };
  std::optional<GrpcClient> client;
  client.emplace(environment, host());
  for (int i = 0; i < 2; ++i) {
    add_user([&] {
      const auto reply =
          client->call<Bytes>(kEcho, Bytes{}, {}, [this](auto&) { clock.advance(1s); });
      EXPECT_EQ(reply.elapsed, 0s);
    });
  }
  run();
  EXPECT_THAT(reported, ElementsAre(Reported{"grpc", std::string(kEcho), 1, 0, ""},
                                    Reported{"grpc", std::string(kEcho), 1, 0, ""}));
  client.reset();
}

TEST_F(GrpcCall, UsersOfAShardMayShareAConnection) {
  for (int i = 0; i < 10; ++i) {
    add_user([this, i] {
      GrpcClient client(environment, host(), nullptr, {.connections = GrpcConnections::kPerShard});
      const auto reply = echo(client, std::to_string(i));
      EXPECT_EQ(reply->bytes, std::to_string(i));
      wait_until([this] { return reported.size() == 10; });
    });
  }
  run();
  EXPECT_EQ(server.connections.size(), 1U);
  EXPECT_EQ(reported.size(), 10U);
}

TEST_F(GrpcCall, AStopOfTheUserThatConnectsDoesNotStopTheOthers) {
  coro::Coroutine& first = add_user([this] {
    GrpcClient client(environment, host(), nullptr, {.connections = GrpcConnections::kPerShard});
    echo(client, "one");
  });
  add_user([&] {
    GrpcClient client(environment, host(), nullptr, {.connections = GrpcConnections::kPerShard});
    first.request_stop();
    EXPECT_TRUE(echo(client, "two").ok());
  });
  run();
  EXPECT_EQ(stopped, 1);
}

}  // namespace
}  // namespace cppworker::grpc
