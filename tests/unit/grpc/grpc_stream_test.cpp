#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http2/session.hpp"
#include "unit/grpc/grpc_fixture.hpp"

namespace cppworker::grpc {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

const std::string kStream = std::string(kEcho);

class GrpcStreamCall : public GrpcFixture {
 protected:
  using GrpcFixture::GrpcFixture;

  static GrpcStream<Bytes, Bytes> open(GrpcClient& client, const GrpcStreamOptions& options = {}) {
    return client.stream<Bytes, Bytes>(kEcho, options);
  }
};

TEST_F(GrpcStreamCall, ReadsTheMessages) {
  server.on_request = [](Http2Server::Connection& connection, std::int32_t id) {
    respond(connection, id, framed("one") + framed("two"));
  };
  run_user([this] {
    GrpcClient client(environment, host());
    auto stream = open(client);
    EXPECT_TRUE(stream.write(Bytes{"a"}));
    EXPECT_TRUE(stream.write(Bytes{"bc"}));
    stream.writes_done();
    std::vector<std::string> messages;
    while (const auto message = stream.read()) messages.push_back(message->bytes);
    EXPECT_THAT(messages, ElementsAre("one", "two"));
    EXPECT_TRUE(stream.finish().ok());
  });
  EXPECT_EQ(server.connections[0]->peer->requests.at(1).body, framed("a") + framed("bc"));
  EXPECT_THAT(reported, ElementsAre(Reported{"grpc-stream", kStream, 6, 0, ""}));
}

TEST_F(GrpcStreamCall, CountsEachMessageIfAsked) {
  server.at_headers = true;
  server.on_request = [](Http2Server::Connection& connection, std::int32_t id) {
    connection.peer->respond(id, kOkHead, framed("one") + framed("two"), kOkTrailer);
  };
  run_user([this] {
    GrpcClient client(environment, host());
    auto stream = open(client, {.name = "chat", .row_per_message = true});
    while (stream.read()) coro::this_coroutine::sleep_until(clock.now() + 1s);
    EXPECT_TRUE(stream.finish().ok());
  });
  EXPECT_THAT(reported, ElementsAre(Reported{"grpc-msg", "chat", 3, 0, ""},
                                    Reported{"grpc-msg", "chat", 3, 0, ""},
                                    Reported{"grpc-stream", "chat", 6, 0, ""}));
}

TEST_F(GrpcStreamCall, TheAuthorsOwnWaitingDoesNotCount) {
  server.at_headers = true;
  server.on_request = [](Http2Server::Connection& connection, std::int32_t id) {
    connection.peer->respond(id, kOkHead, "", kOkTrailer, true);
  };
  const coro::TimePoint start = clock.now();
  add_user([&] {
    GrpcClient client(environment, host());
    auto stream = open(client, {.row_per_message = true});
    EXPECT_TRUE(stream.write(Bytes{"a"}));
    coro::this_coroutine::sleep_until(start + 1s);
    EXPECT_TRUE(stream.write(Bytes{"b"}));
    coro::this_coroutine::sleep_until(start + 5s);
    EXPECT_TRUE(stream.read() && stream.read());
    EXPECT_EQ(stream.finish().elapsed, 1300ms);
  });
  add_user([&] {
    wait_now([this] { return first_request() != nullptr; });
    const auto send_at = [&](coro::Duration time, std::string_view bytes, bool is_open) {
      coro::this_coroutine::sleep_until(start + time);
      server.connections[0]->peer->continue_body(1, bytes, is_open);
      deliver_now(*server.connections[0]);
    };
    send_at(100ms, framed("one"), true);
    send_at(1200ms, framed("two"), true);
    send_at(1300ms, "", false);
  });
  run();
  EXPECT_THAT(reported, ElementsAre(Reported{"grpc-msg", kStream, 3, 100, ""},
                                    Reported{"grpc-msg", kStream, 3, 200, ""},
                                    Reported{"grpc-stream", kStream, 6, 1300, ""}));
}

TEST_F(GrpcStreamCall, EndsAtItsDeadlineAlsoWhileTheAuthorWaits) {
  server.on_request = nullptr;
  run_user([this] {
    GrpcClient client(environment, host());
    auto stream = open(client, {.timeout = 2s});
    coro::this_coroutine::sleep_until(clock.now() + 5s);
    EXPECT_EQ(stream.finish().code, GrpcCode::kDeadlineExceeded);
  });
  EXPECT_EQ(reported.back().time_ms, 2000);
}

TEST_F(GrpcStreamCall, AReadMayTimeOut) {
  server.on_request = nullptr;
  run_user([this] {
    GrpcClient client(environment, host());
    auto stream = open(client, {.timeout = 60s});
    EXPECT_THROW(static_cast<void>(stream.read(2s)), GrpcTimeout);
    EXPECT_TRUE(stream.write(Bytes{"x"}));  // it can still be used
    EXPECT_FALSE(stream.read());
    EXPECT_EQ(stream.finish().code, GrpcCode::kDeadlineExceeded);
  });
  EXPECT_EQ(reported.back().time_ms, 60'000);
}

TEST_F(GrpcStreamCall, AMessageThatIsNotValidGzipIsAFailure) {
  server.at_headers = true;
  server.on_request = [](Http2Server::Connection& connection, std::int32_t id) {
    HeaderFields head = kOkHead;
    head.emplace_back("grpc-encoding", "gzip");
    std::string bytes = framed("not gzip");
    bytes[0] = 1;
    connection.peer->respond(id, head, framed("one") + bytes + framed("two"), kOkTrailer);
  };
  const auto expect_failure = [](GrpcStream<Bytes, Bytes>& stream) {
    const GrpcResult result = stream.finish();
    EXPECT_EQ(result.code, GrpcCode::kInternal);
    EXPECT_EQ(result.details, "the server has sent a message that is not valid gzip");
  };
  run_user([&] {
    GrpcClient client(environment, host());
    auto reading = open(client);
    EXPECT_EQ(reading.read()->bytes, "one");
    EXPECT_FALSE(reading.read());
    EXPECT_FALSE(reading.read());
    expect_failure(reading);
    auto dropping = open(client);
    expect_failure(dropping);
  });
}

TEST_F(GrpcStreamCall, CanBeCancelled) {
  server.on_request = nullptr;
  run_user([this] {
    GrpcClient client(environment, host());
    auto stream = open(client);
    stream.cancel();
    EXPECT_FALSE(stream.write(Bytes{"x"}));
    EXPECT_FALSE(stream.read());
    stream.finish([](CatchGrpcStream& result) {
      if (result.code == GrpcCode::kCancelled) result.success();
    });
    wait_for_reset();
    EXPECT_THROW(stream.cancel(), std::logic_error);
  });
  EXPECT_THAT(exceptions(), ElementsAre(""));
}

TEST_F(GrpcStreamCall, AFailureToConnectIsItsStatus) {
  server.stop_listening();
  run_user([this] {
    GrpcClient client(environment, host());
    auto stream = open(client);
    EXPECT_FALSE(stream.write(Bytes{"x"}));
    EXPECT_FALSE(stream.read());
    EXPECT_EQ(stream.finish().code, GrpcCode::kUnavailable);
  });
  EXPECT_EQ(reported.size(), 1U);
}

TEST_F(GrpcStreamCall, AStatusOfTheServerEndsIt) {
  server.at_headers = true;
  server.on_request = [](Http2Server::Connection& connection, std::int32_t id) {
    connection.peer->respond(id, kOkHead, framed("one"), {{"grpc-status", "8"}});
  };
  run_user([this] {
    GrpcClient client(environment, host());
    auto stream = open(client);
    EXPECT_TRUE(stream.read());
    EXPECT_FALSE(stream.read());
    EXPECT_FALSE(stream.write(Bytes{"x"}));
    EXPECT_EQ(stream.finish().code, GrpcCode::kResourceExhausted);
  });
}

TEST_F(GrpcStreamCall, AMessageThatCannotBeParsedEndsIt) {
  server.at_headers = true;
  server.on_request = [](Http2Server::Connection& connection, std::int32_t id) {
    connection.peer->respond(id, kOkHead, framed("bad"), {}, true);
  };
  run_user([this] {
    GrpcClient client(environment, host());
    auto stream = open(client);
    EXPECT_FALSE(stream.read());
    EXPECT_EQ(stream.finish().code, GrpcCode::kInternal);
  });
}

TEST_F(GrpcStreamCall, AMessageThatIsTooLargeEndsAStreamThatTheServerLeavesOpen) {
  server.at_headers = true;
  server.on_request = [](Http2Server::Connection& connection, std::int32_t id) {
    connection.peer->respond(id, kOkHead, framed("one") + framed("0123456789a"), {}, true);
  };
  run_user([this] {
    GrpcClient client(environment, host(), nullptr, {.max_receive_message_length = 10});
    auto stream = open(client, {.timeout = 60s});
    EXPECT_TRUE(stream.read());
    EXPECT_FALSE(stream.read());
    wait_for_reset();
    EXPECT_EQ(first_request()->reset_code, 8U);
    EXPECT_EQ(stream.finish().code, GrpcCode::kResourceExhausted);
  });
}

TEST_F(GrpcStreamCall, AResetByTheServerIsTheDeadlineOnlyAfterIt) {
  server.at_headers = true;
  Http2Server::Connection* requested = nullptr;
  server.on_request = [&](Http2Server::Connection& connection, std::int32_t) {
    requested = &connection;
  };
  for (const auto& [reset_at, code] :
       {std::pair{1s, GrpcCode::kCancelled}, std::pair{3s, GrpcCode::kDeadlineExceeded}}) {
    const coro::TimePoint start = clock.now();
    add_user([&, code = code] {
      GrpcClient client(environment, host());
      auto stream = open(client, {.timeout = 2s});
      coro::this_coroutine::sleep_until(start + 5s);
      EXPECT_EQ(stream.finish().code, code);
    });
    add_user([&, reset_at = reset_at] {
      wait_now([&] { return requested != nullptr; });
      coro::this_coroutine::sleep_until(start + reset_at);
      requested->peer->reset(1, 8);
      deliver_now(*std::exchange(requested, nullptr));
    });
    run();
    EXPECT_EQ(reported.back().time_ms, Milliseconds(reset_at).count());
  }
}

TEST_F(GrpcStreamCall, AStreamThatIsDestroyedBeforeItsEndIsAFailure) {
  server.on_request = nullptr;
  run_user([this] {
    GrpcClient client(environment, host());
    { const auto stream = open(client); }
    wait_for_reset();
  });
  EXPECT_EQ(shard.stats.total().num_failures, 1);
  EXPECT_TRUE(reported.empty());  // a destructor calls no listeners
}

TEST_F(GrpcStreamCall, AStopCutsItOff) {
  server.on_request = nullptr;
  coro::Coroutine& user = add_user([this] {
    GrpcClient client(environment, host());
    auto stream = open(client);
    static_cast<void>(stream.read());
  });
  add_user([&] {
    wait_for_request();
    user.request_stop();
  });
  run();
  EXPECT_EQ(stopped, 1);
  EXPECT_TRUE(reported.empty());
  EXPECT_EQ(shard.cut_off_requests,
            (std::map<std::string, std::int64_t>{{"grpc-stream " + kStream, 1}}));
}

TEST_F(GrpcStreamCall, AWriteWhileTheUserUnwindsDoesNotWaitForTheSocket) {
  server.at_headers = true;
  server.on_request = [](Http2Server::Connection& connection, std::int32_t id) {
    connection.peer->open_windows(id, 40'000'000);  // more than the kernel takes
  };
  bool has_returned = false;
  struct Logout {
    GrpcStream<Bytes, Bytes>& stream;
    bool& has_returned;
    ~Logout() {
      EXPECT_FALSE(stream.write(Bytes{std::string(32'000'000, 'x')}));
      has_returned = true;
    }
  };
  coro::Coroutine& user = add_user([&] {
    GrpcClient client(environment, host());
    auto stream = open(client);
    const Logout logout{stream, has_returned};
    static_cast<void>(stream.read());
  });
  add_user([&] {
    wait_for_request();
    deliver_now(*server.connections[0]);
    user.request_stop();
    wait_a_while();
    EXPECT_TRUE(has_returned);
    if (!has_returned) scheduler.stop();  // it was parked
  });
  run();
  EXPECT_EQ(stopped, 1);
}

TEST_F(GrpcStreamCall, RefusesAWriteAfterTheLastOne) {
  run_user([this] {
    GrpcClient client(environment, host());
    auto stream = open(client);
    stream.writes_done();
    EXPECT_THROW(stream.write(Bytes{"x"}), std::logic_error);
    stream.finish();
  });
}

TEST_F(GrpcStreamCall, HoldsBackTheServerWhileNobodyReads) {
  server.at_headers = true;
  server.on_request = [](Http2Server::Connection& connection, std::int32_t id) {
    std::string body;
    for (int i = 0; i < 40; ++i) body += framed(std::string(100'000, 'x'));
    connection.peer->respond(id, kOkHead, body, kOkTrailer);
  };
  run_user([this] {
    GrpcClient client(environment, host());
    auto stream = open(client);
    EXPECT_TRUE(stream.read());
    const auto sent = [this] { return server.connections[0]->peer->sent_body(1); };
    wait_until([&] { return sent() >= http2::Session::kStreamWindow; });
    wait_a_while();
    EXPECT_LE(sent(), http2::Session::kStreamWindow + 200'000);  // some messages have been read
    int messages = 1;
    while (stream.read()) ++messages;
    EXPECT_EQ(messages, 40);
    EXPECT_TRUE(stream.finish().ok());
  });
}

class GrpcSmallWindow : public GrpcStreamCall {
 protected:
  GrpcSmallWindow() : GrpcStreamCall(10) {}
};

TEST_F(GrpcSmallWindow, AWriteWaitsForTheServersWindow) {
  run_user([this] {
    GrpcClient client(environment, host());
    auto stream = open(client);
    EXPECT_TRUE(stream.write(Bytes{std::string(1000, 'x')}));
    stream.writes_done();
    const auto message = stream.read();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->bytes.size(), 1000U);
    EXPECT_TRUE(stream.finish().ok());
  });
}

}  // namespace
}  // namespace cppworker::grpc
