#include "transport/resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

namespace cppworker::transport {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kLookupTooLong = 20'000;  // ms

std::optional<protocol::Result<Endpoints>> wait_for_answer(Resolver& resolver) {
  pollfd watched{resolver.fd(), POLLIN, 0};
  EXPECT_EQ(poll(&watched, 1, kLookupTooLong), 1);
  return resolver.take();
}

TEST(Resolve, TakesAddressesAsTheyAre) {
  EXPECT_THAT(resolve("10.1.2.3", 5557).value(), ElementsAre("tcp://10.1.2.3:5557"));
}

TEST(Resolve, TakesIpv6AddressesWithAndWithoutBrackets) {
  EXPECT_THAT(resolve("::1", 5557).value(), ElementsAre("tcp://[::1]:5557"));
  EXPECT_THAT(resolve("[::1]", 5557).value(), ElementsAre("tcp://[::1]:5557"));
}

TEST(Resolve, SaysWhichNameItCannotResolve) {
  const auto result = resolve("no such host", 5557);
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error(), HasSubstr("'no such host'"));
}

TEST(Resolver, AnswersAnAddressAtOnce) {
  Resolver resolver("127.0.0.1", 1);
  resolver.start();
  const auto answer = resolver.take();
  ASSERT_TRUE(answer && answer->ok());
  EXPECT_THAT(answer->value(), ElementsAre("tcp://127.0.0.1:1"));
}

TEST(Resolver, AnswersANameThroughItsDescriptor) {
  Resolver resolver("localhost", 5557);
  resolver.start();
  const auto answer = wait_for_answer(resolver);
  ASSERT_TRUE(answer && answer->ok());
  EXPECT_THAT(answer->value(), testing::Contains("tcp://127.0.0.1:5557"));
}

TEST(Resolver, AnswersOnceForEachStart) {
  Resolver resolver("127.0.0.1", 1);
  EXPECT_FALSE(resolver.take());
  resolver.start();
  resolver.start();
  EXPECT_TRUE(resolver.take());
  EXPECT_FALSE(resolver.take());
  resolver.start();
  EXPECT_TRUE(resolver.take());
}

TEST(Resolver, MayBeDestroyedWhileALookupIsUnderWay) {
  Resolver resolver("localhost", 5557);
  resolver.start();
}

}  // namespace
}  // namespace cppworker::transport
