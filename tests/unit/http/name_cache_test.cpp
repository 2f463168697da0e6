#include "http/name_cache.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>

namespace cppworker::http {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class NameCacheTest : public testing::Test {
 protected:
  void finish(const std::string& host, NameResult result) { cache.finish(host, result, now); }

  std::vector<std::string> started;
  NameCache cache{[this](const std::string& host) { started.push_back(host); }};
  coro::TimePoint now{1h};
};

TEST_F(NameCacheTest, LooksUpANameOnceForAllWhoWait) {
  EXPECT_EQ(cache.find("a", now), nullptr);
  EXPECT_EQ(cache.find("a", now), nullptr);
  EXPECT_EQ(cache.find("b", now), nullptr);
  EXPECT_THAT(started, ElementsAre("a", "b"));
}

TEST_F(NameCacheTest, KeepsAddressesForAMinute) {
  EXPECT_EQ(cache.find("a", now), nullptr);
  finish("a", {.gai_error = 0, .addresses = {"10.0.0.1"}});
  now += 59s;
  ASSERT_NE(cache.find("a", now), nullptr);
  EXPECT_THAT(cache.find("a", now)->addresses, ElementsAre("10.0.0.1"));
  EXPECT_EQ(started.size(), 1);
}

TEST_F(NameCacheTest, RenewsANameInUseWithoutMakingAnybodyWait) {
  EXPECT_EQ(cache.find("a", now), nullptr);
  finish("a", {.gai_error = 0, .addresses = {"10.0.0.1"}});
  now += 61s;
  const NameCache::Name* name = cache.find("a", now);
  ASSERT_NE(name, nullptr);
  const auto version = name->version;
  EXPECT_NE(cache.find("a", now), nullptr);
  EXPECT_EQ(started.size(), 2);
  finish("a", {.gai_error = 0, .addresses = {"10.0.0.2"}});
  EXPECT_THAT(cache.find("a", now)->addresses, ElementsAre("10.0.0.2"));
  EXPECT_NE(cache.find("a", now)->version, version);
  EXPECT_EQ(started.size(), 2);
}

TEST_F(NameCacheTest, DoesNotUseWhatIsFarTooOld) {
  EXPECT_EQ(cache.find("a", now), nullptr);
  finish("a", {.gai_error = 0, .addresses = {"10.0.0.1"}});
  now += 121s;
  EXPECT_EQ(cache.find("a", now), nullptr);
  EXPECT_EQ(started.size(), 2);
}

TEST_F(NameCacheTest, ForgetsFailures) {
  EXPECT_EQ(cache.find("a", now), nullptr);
  finish("a", {.gai_error = EAI_NONAME, .addresses = {}});
  EXPECT_EQ(cache.find("a", now), nullptr);
  EXPECT_EQ(started.size(), 2);
}

}  // namespace
}  // namespace cppworker::http
