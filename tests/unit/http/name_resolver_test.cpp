#include "http/name_resolver.hpp"

#include <atomic>
#include <latch>
#include <memory>
#include <semaphore>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>

namespace cppworker::http {
namespace {

using testing::Contains;

TEST(NameResolver, RunsOnlyAFewLookupsAtATime) {
  constexpr int kNames = 50;
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::latch started(static_cast<std::ptrdiff_t>(NameResolver::kThreadsMax));
  std::latch done(kNames);
  std::counting_semaphore<kNames> go(0);
  NameResolver resolver([&](const std::string& host) {
    const int now = ++running;
    int before = most.load();
    while (now > before && !most.compare_exchange_weak(before, now)) {
    }
    if (host < "04") {
      started.count_down();
    }
    go.acquire();
    --running;
    return NameResult{.gai_error = 0, .addresses = {host}};
  });
  for (int i = 0; i < kNames; ++i) {
    const std::string host = {static_cast<char>('0' + i / 10), static_cast<char>('0' + i % 10)};
    resolver.resolve(host, [&done](const std::string& found, const NameResult& result) {
      EXPECT_THAT(result.addresses, Contains(found));
      done.count_down();
    });
  }
  started.wait();
  go.release(kNames);
  done.wait();
  EXPECT_EQ(most.load(), static_cast<int>(NameResolver::kThreadsMax));
}

TEST(NameResolver, LeavesALookupThatHangsBehind) {
  struct Hang {
    std::latch entered{1};
    std::latch leave{1};
    std::latch left{1};
  };
  const auto hang = std::make_shared<Hang>();
  {
    NameResolver resolver([hang](const std::string&) {
      hang->entered.count_down();
      hang->leave.wait();
      hang->left.count_down();
      return NameResult{};
    });
    resolver.resolve("slow", [](const std::string&, const NameResult&) {
      ADD_FAILURE() << "called after the end";
    });
    hang->entered.wait();
  }
  hang->leave.count_down();
  hang->left.wait();
}

TEST(NameResolver, AsksTheSystem) {
  const NameResult found = look_up("localhost");
  EXPECT_EQ(found.gai_error, 0);
  EXPECT_THAT(found.addresses, Contains("127.0.0.1"));
  EXPECT_EQ(look_up("[").gai_error, EAI_NONAME);
}

}  // namespace
}  // namespace cppworker::http
