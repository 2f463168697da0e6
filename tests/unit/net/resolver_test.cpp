#include "net/resolver.hpp"

#include <atomic>
#include <initializer_list>
#include <latch>
#include <semaphore>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>

namespace cppworker::net {
namespace {

using testing::Contains;
using testing::ElementsAre;

TEST(Resolver, RunsOnlyAFewLookupsAtATime) {
  constexpr int kNames = 50;
  constexpr int kMost = static_cast<int>(Resolver::kThreadsMax);
  std::atomic<int> begun = 0;
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::latch all_threads(kMost);
  std::latch done(kNames);
  std::counting_semaphore<kNames> go(0);
  Resolver resolver([&](const std::string& host) {
    const int now = ++running;
    int before = most.load();
    while (now > before && !most.compare_exchange_weak(before, now)) {
    }
    if (++begun <= kMost) {
      all_threads.count_down();
    }
    go.acquire();
    --running;
    return LookupResult{.gai_error = static_cast<int>(host.size()), .addresses = {}};
  });
  for (int i = 0; i < kNames; ++i) {
    const auto size = static_cast<std::size_t>(i) + 1;
    resolver.resolve(std::string(size, 'x'), [&done, size](const LookupResult& result) {
      EXPECT_EQ(result.gai_error, static_cast<int>(size)) << "the answer is another name's";
      done.count_down();
    });
  }
  all_threads.wait();
  go.release(kNames);
  done.wait();
  EXPECT_EQ(most.load(), kMost);
}

TEST(Resolver, ANameThatHangsTakesOneThreadOnly) {
  constexpr int kCallers = static_cast<int>(Resolver::kThreadsMax) + 1;
  std::latch go(1);
  std::latch done(kCallers);
  std::latch other_done(1);
  std::atomic<int> lookups = 0;
  Resolver resolver([&](const std::string& host) {
    if (host == "hanging") {
      ++lookups;
      go.wait();
    }
    return LookupResult{.gai_error = EAI_AGAIN, .addresses = {}};
  });
  for (int i = 0; i < kCallers; ++i) {
    resolver.resolve("hanging", [&done](const LookupResult& result) {
      EXPECT_EQ(result.gai_error, EAI_AGAIN);
      done.count_down();
    });
  }
  resolver.resolve("other", [&](const LookupResult&) { other_done.count_down(); });
  other_done.wait();
  EXPECT_FALSE(done.try_wait());
  go.count_down();
  done.wait();
  EXPECT_EQ(lookups, 1);
  std::latch again(1);
  resolver.resolve("hanging", [&](const LookupResult&) { again.count_down(); });
  again.wait();
  EXPECT_EQ(lookups, 2) << "the next lookup is a new one";
}

TEST(LookUp, AsksTheSystem) {
  const LookupResult found = look_up("localhost");
  EXPECT_EQ(found.gai_error, 0);
  EXPECT_THAT(found.addresses, Contains(SocketAddress::parse("127.0.0.1").value()));
  EXPECT_EQ(look_up("[").gai_error, EAI_NONAME);
}

TEST(LookUp, TakesTheOldFormsOfAddresses) {
  EXPECT_THAT(look_up("127.1").addresses, ElementsAre(SocketAddress::parse("127.0.0.1").value()));
}

std::string alternated(std::initializer_list<const char*> addresses) {
  std::vector<SocketAddress> list;
  for (const char* text : addresses) {
    list.push_back(SocketAddress::parse(text).value());
  }
  alternate_families(list);
  std::string result;
  for (const SocketAddress& address : list) {
    result += address.ip() + " ";
  }
  return result;
}

TEST(AlternateFamilies, KeepsTheOrderWithinEach) {
  EXPECT_EQ(alternated({"::1", "::2", "::3", "10.0.0.1", "10.0.0.2"}),
            "::1 10.0.0.1 ::2 10.0.0.2 ::3 ");
  EXPECT_EQ(alternated({"10.0.0.1", "10.0.0.2", "::1"}), "10.0.0.1 ::1 10.0.0.2 ");
  EXPECT_EQ(alternated({"10.0.0.2", "10.0.0.1"}), "10.0.0.2 10.0.0.1 ");
  EXPECT_EQ(alternated({}), "");
}

}  // namespace
}  // namespace cppworker::net
