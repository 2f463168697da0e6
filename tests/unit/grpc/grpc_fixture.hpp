#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cppworker/environment.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/grpc_user.hpp>

#include "coro/scheduler.hpp"
#include "support/http2_server.hpp"
#include "user/shard.hpp"

namespace cppworker::grpc {

using test_support::Http2Server;
using HeaderFields = test_support::Http2Peer::Headers;

/// A message of bytes. Those that begin with "bad" can't be parsed.
struct Bytes {
  std::string bytes;
  bool AppendToString(std::string* out) const {
    out->append(bytes);
    return bytes != "incomplete";
  }
  bool ParseFromArray(const void* data, int size) {
    bytes.assign(static_cast<const char*>(data), static_cast<std::size_t>(size));
    return !bytes.starts_with("bad");
  }
};

inline const HeaderFields kOkHead{{":status", "200"}, {"content-type", "application/grpc"}};
inline const HeaderFields kOkTrailer{{"grpc-status", "0"}};
inline constexpr std::string_view kEcho = "/test.Service/Echo";

[[nodiscard]] inline std::string framed(std::string_view message) {
  return detail::grpc_frame(Bytes{std::string(message)});
}

/// One shard in virtual time, with a server in the same thread.
class GrpcFixture : public testing::Test {
 protected:
  explicit GrpcFixture(std::uint32_t window = 65535, std::uint32_t max_streams = 100)
      : server(scheduler, window, max_streams) {
    environment.events.request.add_listener([this](const RequestEvent& event) {
      reported.push_back({.type = std::string(event.request_type),
                          .name = std::string(event.name),
                          .length = event.response_length,
                          .time_ms = event.response_time.value_or(Milliseconds{-1}).count(),
                          .exception = event.exception.value_or("")});
    });
    server.on_request = [this](Http2Server::Connection& connection, std::int32_t id) {
      respond(connection, id, connection.peer->requests[id].body);
    };
  }

  struct Reported {
    std::string type;
    std::string name;
    std::int64_t length = 0;
    double time_ms = 0;
    std::string exception;
    bool operator==(const Reported&) const = default;
  };

  /// Adds a user; run() ends when all users have returned.
  coro::Coroutine& add_user(std::function<void()> body) {
    ++alive_;
    return scheduler.spawn([this, body = std::move(body)] {
      try {
        body();
      } catch (const StopUser&) {
        ++stopped;
      } catch (const std::exception& error) {
        ADD_FAILURE() << "the user threw: " << error.what();
      }
      if (--alive_ == 0) scheduler.stop();
    });
  }
  void run() { scheduler.run(); }
  void run_user(std::function<void()> body) {
    add_user(std::move(body));
    run();
  }
  /// Waits until the server or the client has received what the other side has sent.
  template <class Condition>
  void wait_until(Condition condition) {
    for (int i = 0; i < 100'000 && !condition(); ++i) {
      coro::this_coroutine::sleep_until(clock.now() + std::chrono::microseconds{1});
    }
    EXPECT_TRUE(condition());
  }
  /// The same while the virtual clock stands still, for tests of times.
  template <class Condition>
  void wait_now(Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!condition() && std::chrono::steady_clock::now() < limit) coro::this_coroutine::yield();
    EXPECT_TRUE(condition());
  }
  /// Waits until the client has received what the server has sent. No time passes.
  void deliver_now(Http2Server::Connection& connection) {
    const int before = connection.peer->pings_answered;
    connection.peer->ping();
    server.flush(connection);
    wait_now([&] { return connection.peer->pings_answered > before; });
  }
  /// Lets the loop turn often enough that everything that was sent has arrived.
  void wait_a_while() {
    for (int i = 0; i < 1000; ++i) {
      coro::this_coroutine::sleep_until(clock.now() + std::chrono::microseconds{1});
    }
  }
  /// The first request of the first connection.
  [[nodiscard]] const test_support::Http2Peer::Request* first_request() const {
    if (server.connections.empty()) return nullptr;
    const auto& requests = server.connections[0]->peer->requests;
    return requests.contains(1) ? &requests.at(1) : nullptr;
  }
  void wait_for_request() {
    wait_until([this] { return first_request() != nullptr; });
  }
  void wait_for_reset() {
    wait_until([this] { return first_request() != nullptr && first_request()->is_reset; });
  }

  static void respond(Http2Server::Connection& connection, std::int32_t id, std::string_view body,
                      const HeaderFields& trailers = kOkTrailer) {
    connection.peer->respond(id, kOkHead, body, trailers);
  }
  [[nodiscard]] std::string host() const {
    return "grpc://127.0.0.1:" + std::to_string(server.port());
  }
  GrpcReply<Bytes> echo(GrpcClient& client, std::string request, const GrpcOptions& options = {}) {
    return client.call<Bytes>(kEcho, Bytes{std::move(request)}, options);
  }
  [[nodiscard]] std::vector<std::string> exceptions() const {
    std::vector<std::string> texts;
    for (const Reported& event : reported) texts.push_back(event.exception);
    return texts;
  }

  class NullLink final : public detail::ControlLink {
    void send_message(std::string, Value) override {}
    void user_error(std::string, std::string) override {}
  };

  coro::VirtualClock clock;
  coro::Scheduler scheduler{clock, {.stack_size = 512 * coro::kKiB}};
  NullLink control;
  detail::Shard shard{0, 1, scheduler, control, 1000};
  Environment environment{shard};
  Http2Server server;
  std::vector<Reported> reported;
  int stopped = 0;

 private:
  int alive_ = 0;
};

}  // namespace cppworker::grpc
