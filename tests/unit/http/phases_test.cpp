// The phases of requests (--phases). The time passes only where a test lets it pass.

#include "stats/phases.hpp"

#include <array>
#include <future>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include <cppworker/http_session.hpp>

#include "http/own/own_engine.hpp"
#include "http_fixture.hpp"

namespace cppworker::http {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

constexpr double kNever = -1;  // the phase did not happen

/// Looks names up in 3 ms. Created before the shard and destroyed after it.
class SlowNames {
 protected:
  TestClock* names_clock = nullptr;
  net::Resolver resolver{[this](const std::string& host) {
    names_clock->advance(3ms);
    if (host != "shop.test") return net::LookupResult{.gai_error = -2, .addresses = {}};
    return net::LookupResult{.gai_error = 0,
                             .addresses = {net::SocketAddress::parse("127.0.0.1").value()}};
  }};
};

class PhasesTest : protected SlowNames, public UserFixture {
 protected:
  using Phase = stats::Phase;

  PhasesTest() : UserFixture(resolver) {
    names_clock = &clock;
    clock.freeze();
    shard.measures_phases = true;
  }

  /// For the server: lets the time pass when the user waits and has read all that was sent.
  void pass(coro::Duration duration) {
    std::promise<void> passed;
    when_idle([&] {
      clock.advance(duration);
      passed.set_value();
    });
    passed.get_future().wait();
  }

  stats::Phases take_phases() { return shard.take_stats().recording.increment().phases; }

  /// The phases of the only request.
  stats::EntryPhases phases_of_request() {
    stats::Phases all = take_phases();
    EXPECT_EQ(all.size(), 1U);
    EXPECT_EQ(all.begin()->second.requests, 1);
    return all.begin()->second;
  }

  static double ms(const stats::EntryPhases& entry, Phase phase) {
    return entry[phase].count == 0 ? kNever : entry[phase].total_ms;
  }
  static std::array<double, stats::kPhases> ms(const stats::EntryPhases& entry) {
    std::array<double, stats::kPhases> all{};
    for (std::size_t i = 0; i < stats::kPhases; ++i) all[i] = ms(entry, static_cast<Phase>(i));
    return all;
  }
  static double sum_of(const stats::EntryPhases& entry) {
    return std::accumulate(entry.phases.begin(), entry.phases.end(), 0.0,
                           [](double sum, const auto& phase) { return sum + phase.total_ms; });
  }
  /// HttpUser's requests are made by libcurl, whose times of a connection are real ones.
  bool is_curl() {
    return GetParam() == Users::kHttp && own::OwnEngine::of(shard)->process_settings().forces_curl;
  }
};
INSTANTIATE_TEST_SUITE_P(, PhasesTest, kBothUsers, name_of_user);

TEST_P(PhasesTest, OfAFirstRequestAddUpToItsResponseTime) {
  HttpServer server(
      [this](const HttpRequest&, HttpConnection& connection) {
        pass(7ms);
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
        pass(11ms);
        connection.send("cd");
      },
      HttpServer::Protocol::kTls);
  server.on_handshake([this] { clock.advance(5ms); });
  run_user([&] {
    Session client(environment, server.url("shop.test"));
    client.verify = false;
    client.get("/");
  });
  ASSERT_THAT(exceptions(), testing::ElementsAre(""));
  EXPECT_EQ(last().response_time_ms, 26);
  const stats::EntryPhases phases = phases_of_request();
  EXPECT_EQ(phases.new_connections, 1);
  EXPECT_NEAR(sum_of(phases), last().response_time_ms, 1e-9);
  EXPECT_EQ(ms(phases, Phase::kDns), 3);
  EXPECT_NEAR(ms(phases, Phase::kConnect) + ms(phases, Phase::kTls), 5, 1e-9);
  EXPECT_TRUE(is_curl() || ms(phases, Phase::kConnect) == 0);
  EXPECT_EQ(ms(phases, Phase::kSend), 0);
  EXPECT_EQ(ms(phases, Phase::kWait), 7);
  EXPECT_EQ(ms(phases, Phase::kReceive), 11);
}

TEST_P(PhasesTest, OfAKeptConnectionAreOnlyThoseOfTheExchange) {
  HttpServer server([this](const HttpRequest&, HttpConnection& connection) {
    pass(2ms);
    connection.reply("ok");
  });
  run_user([&] {
    Session client(environment, server.url("shop.test"));
    client.get("/", {.name = "first"});
    client.get("/", {.name = "second"});
    client.get("/", {.name = "second"});
  });
  const stats::Phases phases = take_phases();
  EXPECT_EQ(ms(phases.at({"first", "GET"})),
            (std::array<double, stats::kPhases>{3, 0, kNever, 0, 2, 0}));
  EXPECT_EQ(phases.at({"first", "GET"}).new_connections, 1);
  const stats::EntryPhases& second = phases.at({"second", "GET"});
  EXPECT_EQ(ms(second), (std::array<double, stats::kPhases>{kNever, kNever, kNever, 0, 4, 0}));
  EXPECT_EQ(second.requests, 2);
  EXPECT_EQ(second[Phase::kWait].count, 2);
  EXPECT_EQ(second[Phase::kWait].min_ms, 2);
  EXPECT_EQ(second[Phase::kWait].max_ms, 2);
  EXPECT_EQ(second.new_connections, 0);
}

TEST_P(PhasesTest, SendLastsUntilTheServerHasTakenTheRequest) {
  HttpServer server([this](const HttpRequest&, HttpConnection& connection) {
    pass(2ms);
    connection.reply("ok");
  });
  server.on_body([this] { pass(9ms); });
  const std::string body(std::size_t{32} << 20U, 'x');  // more than the buffers of both sockets
  run_user([&] { Session(environment, server.url()).post("/", {.data = body}); });
  ASSERT_THAT(exceptions(), testing::ElementsAre(""));
  EXPECT_EQ(last().response_time_ms, 11);
  EXPECT_EQ(ms(phases_of_request()),
            (std::array<double, stats::kPhases>{kNever, 0, kNever, 9, 2, 0}));
}

TEST_P(PhasesTest, OfASmallBodyHaveTheWaitApartFromSend) {
  HttpServer server(
      [this](const HttpRequest&, HttpConnection& connection) {
        pass(2ms);
        connection.reply("ok");
      },
      HttpServer::Protocol::kTls);
  run_user([&] {
    Session client(environment, server.url());
    client.verify = false;
    client.post("/", {.name = "small", .data = "x"});
    client.post("/", {.name = "larger", .data = std::string(5'000, 'x')});
  });
  ASSERT_THAT(exceptions(), testing::ElementsAre("", ""));
  for (const auto& [key, entry] : take_phases()) {
    EXPECT_EQ(ms(entry, Phase::kSend), 0) << key.first;
    EXPECT_EQ(ms(entry, Phase::kWait), 2) << key.first;
  }
}

TEST_P(PhasesTest, OfAFailureToConnectEndWithIt) {
  run_user([&] { Session(environment, "http://shop.test:1").get("/"); });
  const stats::EntryPhases phases = phases_of_request();
  EXPECT_EQ(ms(phases), (std::array<double, stats::kPhases>{3, 0, kNever, kNever, kNever, kNever}));
  EXPECT_EQ(phases.new_connections, 0);
}

TEST_P(PhasesTest, OfAnUnknownHostAreOnlyItsLookup) {
  run_user([&] { Session(environment, "http://nowhere.test").get("/"); });
  EXPECT_EQ(ms(phases_of_request()),
            (std::array<double, stats::kPhases>{3, kNever, kNever, kNever, kNever, kNever}));
}

TEST_P(PhasesTest, OfALostConnectionEndWithTheWait) {
  HttpServer server([this](const HttpRequest&, HttpConnection& connection) {
    pass(4ms);
    connection.close();
  });
  run_user([&] { Session(environment, server.url()).post("/"); });  // is not repeated
  EXPECT_EQ(ms(phases_of_request()),
            (std::array<double, stats::kPhases>{kNever, 0, kNever, 0, 4, kNever}));
}

TEST_P(PhasesTest, OfRedirectsAreTheirSums) {
  HttpServer server([this](const HttpRequest& request, HttpConnection& connection) {
    pass(4ms);
    if (request.target == "/") {
      connection.reply("", "Location: /next\r\n", "302 Found");
    } else {
      connection.reply("ok");
    }
  });
  run_user([&] { Session(environment, server.url("shop.test")).get("/"); });
  const stats::EntryPhases phases = phases_of_request();
  EXPECT_EQ(ms(phases), (std::array<double, stats::kPhases>{3, 0, kNever, 0, 8, 0}));
  EXPECT_EQ(phases[Phase::kWait].count, 1);
  EXPECT_EQ(last().response_time_ms, 11);
}

TEST_P(PhasesTest, OfAStreamedResponseEndWithItsHead) {
  HttpServer server([this](const HttpRequest&, HttpConnection& connection) {
    pass(4ms);
    connection.send("HTTP/1.1 200 OK\r\n");
    pass(2ms);
    connection.send("Content-Length: 2\r\n\r\n");
    pass(8ms);
    connection.send("ok");
  });
  run_user([&] {
    Session client(environment, server.url());
    Response response = client.get("/", {.stream = true});
    std::string body;
    for (const std::string_view piece : response.iter_content()) body += piece;
    EXPECT_EQ(body, "ok");
  });
  EXPECT_EQ(ms(phases_of_request()),
            (std::array<double, stats::kPhases>{kNever, 0, kNever, 0, 4, 2}));
}

TEST_P(PhasesTest, AreMeasuredOnlyIfSwitchedOn) {
  shard.measures_phases = false;
  HttpServer server(answer_ok);
  run_user([&] { Session(environment, server.url()).get("/"); });
  EXPECT_THAT(take_phases(), IsEmpty());
}

TEST_P(PhasesTest, AreInTheSampleOfAFailedRequest) {
  shard.keep_failure_samples(3, 1);
  HttpServer server([this](const HttpRequest&, HttpConnection& connection) {
    pass(4ms);
    connection.reply("busy", "", "503 Busy");
  });
  run_user([&] { Session(environment, server.url()).get("/"); });
  const std::vector<failures::Sample> samples = shard.take_stats().samples;
  ASSERT_EQ(samples.size(), 1U);
  ASSERT_TRUE(samples[0].phases.has_value());
  EXPECT_EQ(samples[0].phases->ms,
            (std::array<double, stats::kPhases>{kNever, 0, kNever, 0, 4, 0}));
  EXPECT_EQ(samples[0].phases->new_connections, 1);
}

}  // namespace
}  // namespace cppworker::http
