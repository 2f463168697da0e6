#include <atomic>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <map>
#include <mutex>
#include <semaphore>
#include <string>
#include <vector>

#include <netdb.h>

#include <cppworker/http_session.hpp>

#include "http_fixture.hpp"

namespace cppworker::http {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Servers other than the first one are at 127.45.67.*, where nothing else uses their ports.

/// A name server. It must be created before the shard and destroyed after it.
class NameServer {
  std::mutex mutex_;
  std::map<std::string, std::vector<net::SocketAddress>> answers_;

 protected:
  /// Sets the addresses of the name; without any, the name is unknown.
  void set(const std::string& host, const std::vector<const char*>& addresses) {
    const std::lock_guard lock(mutex_);
    std::vector<net::SocketAddress>& known = answers_[host];
    known.clear();
    for (const char* text : addresses) {
      known.push_back(net::SocketAddress::parse(text).value());
    }
  }

  std::atomic<int> lookups = 0;
  /// Allows lookups to start.
  std::counting_semaphore<> go{0};
  net::Resolver resolver{[this](const std::string& host) {  // its end waits for its lookups
    ++lookups;
    go.acquire();
    const std::lock_guard lock(mutex_);
    const auto& known = answers_[host];
    return net::LookupResult{.gai_error = known.empty() ? EAI_NONAME : 0, .addresses = known};
  }};
};

/// Requests to a host whose lookups the test controls. The time doesn't pass.
class NameLookupTest : protected NameServer, public UserFixture {
 protected:
  NameLookupTest() : UserFixture(resolver) {
    clock.freeze();
    set("shop.test", {"127.0.0.1"});
  }
  /// Enough for every test.
  void let_lookups_go() { go.release(1000); }

  void pass(coro::Duration duration) {
    clock.advance(duration);
    coro::this_coroutine::yield();  // a turn has one time
  }

  HttpServer server{answer_ok};
};
INSTANTIATE_TEST_SUITE_P(, NameLookupTest, kBothUsers, name_of_user);

TEST_P(NameLookupTest, IsMadeOnceForAllUsersOfAHost) {
  constexpr std::size_t kUsers = 100;
  for (std::size_t i = 0; i < kUsers; ++i) {
    add_user([&] {
      Session client(environment, server.url("shop.test"));
      client.get("/1");
      client.get("/2");
    });
  }
  add_user([&] { go.release(); });  // the last one: all others wait for the name by now
  run();
  EXPECT_THAT(reported, SizeIs(kUsers * 2));
  EXPECT_THAT(exceptions(), Each(""));
  EXPECT_EQ(server.requests().at(0).header("Host"), "shop.test:" + std::to_string(server.port()));
  EXPECT_EQ(lookups, 1);
}

TEST_P(NameLookupTest, OfThousandsOfFirstRequestsIsOneOnOneThread) {
  const auto threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
  };
  constexpr std::size_t kUsers = 3000;
  const auto before = threads();
  for (std::size_t i = 0; i < kUsers; ++i) {
    add_user([&] {
      Session client(environment, "http://shop.test:1");  // nobody listens there
      client.get("/");
    });
  }
  std::ptrdiff_t during = 0;
  add_user([&] {
    during = threads();
    go.release();
  });
  run();
  EXPECT_THAT(reported, SizeIs(kUsers));
  EXPECT_THAT(exceptions(), Each("ConnectionRefusedError(111, 'Connection refused')"));
  EXPECT_EQ(lookups, 1);
  EXPECT_LE(during, before + 1);
}

TEST_P(NameLookupTest, ServesAllPortsOfAHost) {
  HttpServer other(answer_ok);
  go.release();
  run_user([&] {
    Session client(environment, server.url("shop.test"));
    client.get("/");
    client.get(other.url("shop.test") + "/");
    client.get(other.url("SHOP.test") + "/");
  });
  EXPECT_THAT(exceptions(), ElementsAre("", "", ""));
  EXPECT_EQ(lookups, 1);
}

TEST_P(NameLookupTest, FailsWithPythonsText) {
  let_lookups_go();
  run_user([&] {
    Session client(environment, "http://nosuch.test");
    EXPECT_EQ(client.get("/x").status_code, 0);
    client.get("/x");
  });
  EXPECT_THAT(exceptions(), ElementsAre("gaierror(-2, 'Name or service not known')",
                                        "gaierror(-2, 'Name or service not known')"));
  EXPECT_EQ(lookups, 2) << "a failure is not kept";
}

TEST_P(NameLookupTest, IsNotMadeForAddresses) {
  run_user([&] {
    Session client(environment, server.url());
    client.get("/");
  });
  EXPECT_THAT(exceptions(), ElementsAre(""));
  EXPECT_EQ(lookups, 0);
}

TEST_P(NameLookupTest, IsNotMadeForAConnectionThatIsThere) {
  let_lookups_go();
  run_user([&] {
    Session client(environment, server.url("shop.test"));
    for (int i = 0; i < 5; ++i) {
      client.get("/");
      pass(1h);
    }
  });
  EXPECT_THAT(exceptions(), Each(""));
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_EQ(lookups, 1);
}

TEST_P(NameLookupTest, SpreadsConnectionsOverTheAddresses) {
  HttpServer second(answer_ok, {.address = "127.45.67.2", .port = server.port()});
  set("shop.test", {"127.0.0.1", "127.45.67.2"});
  let_lookups_go();
  run_user([&] {
    for (int i = 0; i < 10; ++i) {
      Session client(environment, server.url("shop.test"));
      client.get("/1");
      client.get("/2");
    }
  });
  EXPECT_THAT(exceptions(), Each(""));
  EXPECT_EQ(server.connections(), 5U);
  EXPECT_EQ(second.connections(), 5U);
  EXPECT_EQ(lookups, 1);
}

TEST_P(NameLookupTest, TriesTheOtherAddressesAtOnceWhenOneRefuses) {
  set("shop.test", {"127.45.67.5", "::1", "127.45.67.4", "127.45.67.3", "127.0.0.1"});
  let_lookups_go();
  run_user([&] {
    for (int i = 0; i < 4; ++i) {  // time stands still: no timer can help
      Session client(environment, server.url("shop.test"));
      client.get("/");
    }
  });
  EXPECT_THAT(exceptions(), ElementsAre("", "", "", ""));
}

TEST_P(NameLookupTest, FindsAChangedAddressAfterASecond) {
  HttpServer second(answer_ok, {.address = "127.45.67.2", .port = server.port()});
  let_lookups_go();
  run_user([&] {
    for (int i = 0; i < 2; ++i) {
      Session(environment, server.url("shop.test")).get("/");
      set("shop.test", {"127.45.67.2"});
      pass(1s);
    }
  });
  EXPECT_THAT(exceptions(), ElementsAre("", ""));
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_EQ(second.connections(), 1U);
}

TEST_P(NameLookupTest, FindsAChangedAddressForAUserWhoseConnectionHasEnded) {
  const auto reply_and_close = [](const HttpRequest&, HttpConnection& connection) {
    connection.reply("ok", "Connection: close\r\n");
    connection.close();
  };
  HttpServer first(reply_and_close);
  HttpServer second(reply_and_close, {.address = "127.45.67.2", .port = first.port()});
  HttpServer third(reply_and_close, {.address = "127.45.67.3", .port = first.port()});
  let_lookups_go();
  run_user([&] {
    Session client(environment, first.url("shop.test"));
    client.get("/1");
    set("shop.test", {"127.45.67.2", "127.45.67.3"});
    pass(1s);
    client.get("/2");
    client.get("/3");
    client.get("/4");
  });
  EXPECT_THAT(exceptions(), ElementsAre("", "", "", ""));
  EXPECT_EQ(first.connections(), 1U);
  EXPECT_EQ(second.connections(), 2U);
  EXPECT_EQ(third.connections(), 1U);
  EXPECT_EQ(lookups, 2);
}

TEST_P(NameLookupTest, IsMadeAgainWhenTheKnownAddressRefuses) {
  HttpServer second(answer_ok, {.address = "127.45.67.2", .port = server.port()});
  set("shop.test", {"127.45.67.3"});  // nobody is there
  let_lookups_go();
  run_user([&] {
    Session(environment, server.url("shop.test")).get("/1");
    set("shop.test", {"127.45.67.2"});
    pass(10ms);
    Session(environment, server.url("shop.test")).get("/2");
  });
  EXPECT_THAT(exceptions(), ElementsAre("ConnectionRefusedError(111, 'Connection refused')", ""));
  EXPECT_EQ(second.connections(), 1U);
  EXPECT_EQ(lookups, 2);
}

TEST_P(NameLookupTest, IsMadeAgainOnceASecondWhenAServerIsDown) {
  set("shop.test", {"127.45.67.3"});
  let_lookups_go();
  run_user([&] {
    for (int i = 0; i < 50; ++i) {
      Session(environment, server.url("shop.test")).get("/");
      pass(10ms);
    }
  });
  EXPECT_THAT(exceptions(), SizeIs(50));
  EXPECT_THAT(exceptions(), Each("ConnectionRefusedError(111, 'Connection refused')"));
  EXPECT_EQ(lookups, 2) << "in half a second";
}

TEST_P(NameLookupTest, MayBeGivenUp) {
  coro::Coroutine& user = add_user([&] {
    Session client(environment, server.url("shop.test"));
    client.get("/");
  });
  add_user([&] {
    while (lookups == 0) {
      coro::this_coroutine::yield();
    }
    user.request_stop();
  });
  run();
  go.release();
  EXPECT_THAT(reported, IsEmpty());
  EXPECT_THAT(shard.cut_off_requests, IsEmpty());
}

TEST_P(NameLookupTest, IsMadeForAnAddressWithAnUnknownInterface) {
  let_lookups_go();
  run_user([&] { Session(environment, "http://[fe80::1%25nosuch0]:1").get("/"); });
  EXPECT_THAT(exceptions(), ElementsAre("gaierror(-2, 'Name or service not known')"));
}

}  // namespace
}  // namespace cppworker::http
