#include "net/shard_resolver.hpp"

#include <chrono>
#include <initializer_list>
#include <latch>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include "coro/scheduler.hpp"

namespace cppworker::net {
namespace {

using namespace std::chrono_literals;
using coro::this_coroutine::sleep_until;
using testing::ElementsAre;
using testing::IsEmpty;

LookupResult found(std::initializer_list<const char*> addresses) {
  LookupResult result;
  for (const char* text : addresses) {
    result.addresses.push_back(SocketAddress::parse(text).value());
  }
  return result;
}

/// Coroutines in virtual time; the name server is the test.
class ShardResolverTest : public testing::Test {
 protected:
  /// Runs `body` as the test's coroutine.
  template <class Body>
  void run(Body body) {
    scheduler.spawn([&] {
      body();
      scheduler.stop();
    });
    scheduler.run();
  }

  void sleep(coro::Duration duration) { sleep_until(clock.now() + duration); }

  /// The first address of the next connection to the name, or the error.
  std::string connect_to(const std::string& host) { return shown(names.find(host)); }

  static std::string shown(const ShardResolver::AnswerPtr& answer) {
    if (answer == nullptr) {
      return "none";
    }
    return answer->gai_error() != 0 ? ::gai_strerror(answer->gai_error())
                                    : answer->for_connection(80).front().text();
  }

  void will_answer(LookupResult result) {
    const std::lock_guard lock(mutex);
    answer = std::move(result);
  }
  [[nodiscard]] int lookups() {
    const std::lock_guard lock(mutex);
    return asked;
  }

  std::mutex mutex;
  LookupResult answer = found({"10.0.0.1"});
  int asked = 0;

  coro::VirtualClock clock;
  coro::Scheduler scheduler{clock, {.stack_size = 512 * coro::kKiB}};
  Resolver resolver{[this](const std::string&) {
    const std::lock_guard lock(mutex);
    ++asked;
    return answer;
  }};
  ShardResolver names{scheduler, resolver};
};

TEST_F(ShardResolverTest, LooksANameUpOnceForAllWhoWait) {
  run([&] {
    std::vector<std::string> got;
    for (int i = 0; i < 1000; ++i) {
      scheduler.spawn([&] { got.push_back(connect_to("shop")); });
    }
    EXPECT_EQ(connect_to("shop"), "10.0.0.1:80");
    coro::this_coroutine::yield();
    EXPECT_EQ(got.size(), 1000U);
    EXPECT_EQ(lookups(), 1);
  });
}

TEST_F(ShardResolverTest, KeepsAnAnswerForASecond) {
  run([&] {
    EXPECT_EQ(connect_to("shop"), "10.0.0.1:80");
    will_answer(found({"10.0.0.2"}));
    sleep(999ms);
    EXPECT_EQ(connect_to("shop"), "10.0.0.1:80");
    EXPECT_EQ(lookups(), 1);
    sleep(1ms);
    EXPECT_EQ(names.kept("shop"), nullptr);
    EXPECT_EQ(connect_to("shop"), "10.0.0.2:80");
    EXPECT_EQ(lookups(), 2);
  });
}

TEST_F(ShardResolverTest, BeginsEachConnectionWithTheNextAddress) {
  run([&] {
    will_answer(found({"10.0.0.1", "10.0.0.2", "10.0.0.3"}));
    std::vector<std::string> begins;
    for (int i = 0; i < 6; ++i) {
      begins.push_back(connect_to("shop"));
    }
    EXPECT_THAT(begins, ElementsAre("10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80", "10.0.0.1:80",
                                    "10.0.0.2:80", "10.0.0.3:80"));
  });
}

TEST_F(ShardResolverTest, TurnsOnThoughTheNameServerTurnsItsAnswers) {
  run([&] {
    std::vector<std::string> begins;
    for (int i = 0; i < 4; ++i) {  // the server's turn and ours together would always be 10.0.0.1
      will_answer(i % 2 == 0 ? found({"10.0.0.1", "10.0.0.2"}) : found({"10.0.0.2", "10.0.0.1"}));
      begins.push_back(connect_to("shop"));
      sleep(2s);
    }
    EXPECT_THAT(begins, ElementsAre("10.0.0.1:80", "10.0.0.2:80", "10.0.0.1:80", "10.0.0.2:80"));
    EXPECT_EQ(lookups(), 4);
  });
}

TEST_F(ShardResolverTest, LeavesTheFamiliesInTheirPlaces) {
  Answer both(found({"::1", "10.0.0.1", "::2", "10.0.0.2"}), clock.now(), 0);
  const auto order = [&] {
    std::string result;
    for (const SocketAddress& address : both.for_connection(80)) {
      result += address.ip() + " ";
    }
    return result;
  };
  EXPECT_EQ(order(), "::1 10.0.0.1 ::2 10.0.0.2 ");
  EXPECT_EQ(order(), "::2 10.0.0.2 ::1 10.0.0.1 ");
  EXPECT_EQ(order(), "::1 10.0.0.1 ::2 10.0.0.2 ");
}

TEST_F(ShardResolverTest, OtherShardsBeginWithOtherAddresses) {
  ShardResolver second{scheduler, resolver, 1};
  run([&] {
    will_answer(found({"10.0.0.1", "10.0.0.2"}));
    EXPECT_EQ(connect_to("shop"), "10.0.0.1:80");
    EXPECT_EQ(shown(second.find("shop")), "10.0.0.2:80");
  });
}

TEST_F(ShardResolverTest, KeepsNoFailure) {
  run([&] {
    will_answer({.gai_error = EAI_AGAIN, .addresses = {}});
    EXPECT_EQ(connect_to("shop"), "Temporary failure in name resolution");
    will_answer(found({"10.0.0.1"}));
    EXPECT_EQ(connect_to("shop"), "10.0.0.1:80");
    EXPECT_EQ(lookups(), 2);
  });
}

TEST_F(ShardResolverTest, AFailureReplacesAnAnswerThatIsTooOld) {
  run([&] {
    EXPECT_EQ(connect_to("shop"), "10.0.0.1:80");
    will_answer({.gai_error = EAI_NONAME, .addresses = {}});
    sleep(1s);
    EXPECT_EQ(connect_to("shop"), "Name or service not known");
  });
}

TEST_F(ShardResolverTest, AddressesNeedNoLookup) {
  run([&] {
    EXPECT_EQ(connect_to("10.0.0.9"), "10.0.0.9:80");
    EXPECT_EQ(connect_to("[::1]"), "[::1]:80");
    EXPECT_EQ(connect_to("fe80::1%lo"), "[fe80::1%lo]:80");
    EXPECT_EQ(lookups(), 0);
  });
}

TEST_F(ShardResolverTest, AFailedConnectionHasTheNameLookedUpAgain) {
  run([&] {
    const auto old = names.find("shop");
    sleep(100ms);
    will_answer(found({"10.0.0.2"}));
    EXPECT_EQ(shown(names.find_other("shop", old, clock.now())), "10.0.0.2:80");
    EXPECT_EQ(lookups(), 2);
    EXPECT_EQ(shown(names.find_other("shop", old, clock.now())), "10.0.0.2:80")
        << "another one's answer";
    EXPECT_EQ(lookups(), 2);
  });
}

TEST_F(ShardResolverTest, ThatIsDoneOnceASecondForAServerThatIsDown) {
  run([&] {
    static_cast<void>(names.find("shop"));
    for (int i = 0; i < 1000; ++i) {
      sleep(5ms);
      const auto began = clock.now();
      const auto answer_now = names.find("shop");
      EXPECT_EQ(names.find_other("shop", answer_now, began), nullptr) << "the same addresses";
    }
    EXPECT_LE(lookups(), 12) << "in five seconds";
    EXPECT_GE(lookups(), 5);
  });
}

TEST_F(ShardResolverTest, AnAnswerThatTheConnectionWaitedForIsNotDoubted) {
  run([&] {
    const auto began = clock.now();
    const auto fresh = names.find("shop");
    EXPECT_EQ(names.find_other("shop", fresh, began), nullptr);
    EXPECT_EQ(lookups(), 1);
  });
}

TEST_F(ShardResolverTest, AWaitEndsAtItsDeadlineAndWhenTheUserIsStopped) {
  std::latch slow(1);
  Resolver hangs([&](const std::string&) {
    slow.wait();
    return found({"10.0.0.1"});
  });
  ShardResolver other{scheduler, hangs};
  run([&] {
    EXPECT_EQ(other.find("shop", clock.now() + 3s), nullptr);
    bool returned = false;
    coro::Coroutine& user = scheduler.spawn([&] {
      static_cast<void>(other.find("shop"));
      returned = true;
    });
    sleep(1s);
    user.request_stop();
    sleep(1s);
    EXPECT_FALSE(returned);
    EXPECT_EQ(scheduler.alive(), 1U);
    slow.count_down();
    EXPECT_EQ(shown(other.find("shop")), "10.0.0.1:80") << "nobody was left behind in the queue";
  });
}

TEST_F(ShardResolverTest, MayEndBeforeItsLookups) {
  std::latch slow(1);
  Resolver hangs([&](const std::string&) {
    slow.wait();
    return found({"10.0.0.1"});
  });
  int called = 0;
  run([&] {
    std::optional<ShardResolver> other(std::in_place, scheduler, hangs);
    other->look_up("shop", [&](const ShardResolver::AnswerPtr&) { ++called; });
    other.reset();
    slow.count_down();
    sleep(1s);
    EXPECT_EQ(called, 0);
  });
}

}  // namespace
}  // namespace cppworker::net
