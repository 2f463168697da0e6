#include <atomic>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <memory>
#include <semaphore>
#include <string>

#include <netdb.h>

#include <cppworker/http_session.hpp>

#include "http/curl_engine.hpp"
#include "http_fixture.hpp"

namespace cppworker::http {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Requests to a host whose lookup is the test's.
class NameLookupTest : public HttpFixture {
 protected:
  NameLookupTest() {
    CurlEngine::make_for(shard, [state = state](const std::string& host) {
      ++state->lookups;
      state->go.acquire();
      return host == "shop.test" ? NameResult{.gai_error = 0, .addresses = {"127.0.0.1"}}
                                 : NameResult{.gai_error = EAI_NONAME, .addresses = {}};
    });
  }

  struct State {
    std::atomic<int> lookups = 0;
    std::counting_semaphore<> go{0};
  };

  HttpServer server{answer_ok};
  // Shared with lookups that nobody waits for any more.
  const std::shared_ptr<State> state = std::make_shared<State>();
  std::atomic<int>& lookups = state->lookups;
  std::counting_semaphore<>& go = state->go;
};

TEST_F(NameLookupTest, IsMadeOnceForAllUsersOfAHost) {
  constexpr std::size_t kUsers = 100;
  for (std::size_t i = 0; i < kUsers; ++i) {
    add_user([&] {
      HttpSession client(environment, server.url("shop.test"));
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

TEST_F(NameLookupTest, OfThousandsOfFirstRequestsIsOneOnOneThread) {
  const auto threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
  };
  constexpr std::size_t kUsers = 3000;
  const auto before = threads();
  for (std::size_t i = 0; i < kUsers; ++i) {
    add_user([&] {
      HttpSession client(environment, "http://shop.test:1");  // nobody listens there
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

TEST_F(NameLookupTest, ServesAllPortsOfAHost) {
  HttpServer other(answer_ok);
  go.release();
  run_user([&] {
    HttpSession client(environment, server.url("shop.test"));
    client.get("/");
    client.get(other.url("shop.test") + "/");
    client.get(other.url("SHOP.test") + "/");
  });
  EXPECT_THAT(exceptions(), ElementsAre("", "", ""));
  EXPECT_EQ(lookups, 1);
}

TEST_F(NameLookupTest, FailsWithPythonsText) {
  go.release(2);
  run_user([&] {
    HttpSession client(environment, "http://nosuch.test");
    EXPECT_EQ(client.get("/x").status_code, 0);
    client.get("/x");
  });
  EXPECT_THAT(exceptions(), ElementsAre("gaierror(-2, 'Name or service not known')",
                                        "gaierror(-2, 'Name or service not known')"));
  EXPECT_EQ(lookups, 2) << "a failure is not kept";
}

TEST_F(NameLookupTest, IsNotMadeForAddresses) {
  run_user([&] {
    HttpSession client(environment, server.url());
    client.get("/");
  });
  EXPECT_THAT(exceptions(), ElementsAre(""));
  EXPECT_EQ(lookups, 0);
}

TEST_F(NameLookupTest, MayBeGivenUp) {
  coro::Coroutine& user = add_user([&] {
    HttpSession client(environment, server.url("shop.test"));
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

}  // namespace
}  // namespace cppworker::http
