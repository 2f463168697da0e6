#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cppworker/environment.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/http_session.hpp>

#include "coro/scheduler.hpp"
#include "net/resolver.hpp"
#include "support/http_server.hpp"
#include "user/shard.hpp"

namespace cppworker::http {

using test_support::HttpConnection;
using test_support::HttpRequest;
using test_support::HttpServer;

/// The real time, which a test can stop and move, from any thread.
class TestClock final : public coro::Clock {
 public:
  [[nodiscard]] coro::TimePoint now() override {
    const coro::Duration frozen{frozen_at_.load()};
    const auto base = frozen == coro::Duration::zero() ? std::chrono::steady_clock::now()
                                                       : coro::TimePoint{frozen};
    return base + coro::Duration{offset_.load()};
  }
  bool skip_to(coro::TimePoint) override { return false; }

  void freeze() { frozen_at_ = now().time_since_epoch().count(); }
  void advance(coro::Duration duration) { offset_ += duration.count(); }

 private:
  std::atomic<coro::Duration::rep> frozen_at_ = 0;  // 0: it isn't
  std::atomic<coro::Duration::rep> offset_ = 0;
};

/// The events that listeners of `request` received.
struct Reported {
  std::string request_type;
  std::string name;
  double response_time_ms = 0;
  std::int64_t response_length = 0;
  std::optional<std::string> exception;
  int status_code = 0;
  std::string url;
};

/// One shard on real sockets.
class HttpFixture : public testing::Test {
 protected:
  /// @param resolver outlives it
  explicit HttpFixture(net::Resolver& resolver = net::Resolver::process());

  /// Adds a user that runs `body`; run() ends when all have returned.
  coro::Coroutine& add_user(std::function<void()> body);
  void run();
  /// Adds a user and runs it.
  void run_user(std::function<void()> body) {
    add_user(std::move(body));
    run();
  }
  /// Runs `function` on the scheduler's thread and stack, from any thread.
  void post(std::function<void()> function) { scheduler.post(std::move(function)); }

  /// The failure texts of all reported requests; "" for a success.
  [[nodiscard]] std::vector<std::string> exceptions() const;
  [[nodiscard]] const Reported& last() const { return reported.back(); }

  /// Calls the function when all received bytes have been read and all expired timers have fired.
  /// From any thread.
  void when_idle(std::function<void()> function) {
    post([this, function = std::move(function)] {
      add_user([function] {
        for (int i = 0; i < 3; ++i) {
          coro::this_coroutine::yield();  // each time the loop turns
        }
        function();
      });
    });
  }

  class NullLink final : public detail::ControlLink {
    void send_message(std::string, Value) override {}
    void user_error(std::string, std::string) override {}
  };

  TestClock clock;
  // Assertions and sanitizers use far more stack than users do.
  coro::Scheduler scheduler{clock, {.stack_size = 512 * 1024}};
  NullLink control;
  detail::Shard shard;
  Environment environment{shard};
  std::vector<Reported> reported;

 private:
  std::size_t alive_ = 0;
};

/// The kind of user whose client is tested.
enum class Users : std::uint8_t { kHttp, kFastHttp };
inline const auto kBothUsers = testing::Values(Users::kHttp, Users::kFastHttp);
inline std::string name_of_user(const testing::TestParamInfo<Users>& info) {
  return info.param == Users::kHttp ? "HttpUser" : "FastHttpUser";
}

/// For suites that both kinds of users must pass.
class UserFixture : public HttpFixture, public testing::WithParamInterface<Users> {
 protected:
  using HttpFixture::HttpFixture;

  /// The clients differ as their Python counterparts do.
  static std::string by_user(const std::string& http_user, const std::string& fast_http_user) {
    return GetParam() == Users::kHttp ? http_user : fast_http_user;
  }
};

/// A session with the client of the running test's parameter; HttpUser's if it has none.
class Session : public HttpSession {
 public:
  Session(Environment& environment, std::string_view base_url, User* user = nullptr);
};

/// Responds to every request with 200 and "ok".
inline void answer_ok(const HttpRequest&, HttpConnection& connection) { connection.reply("ok"); }

}  // namespace cppworker::http
