#include "transport/endpoint_resolver.hpp"

#include <mutex>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <poll.h>

namespace cppworker::transport {
namespace {

using testing::ElementsAre;

constexpr int kLookupTooLong = 20'000;  // ms

std::optional<protocol::Result<Endpoints>> wait_for_answer(EndpointResolver& resolver) {
  pollfd watched{resolver.fd(), POLLIN, 0};
  EXPECT_EQ(poll(&watched, 1, kLookupTooLong), 1);
  return resolver.take();
}

Endpoints at_once(const std::string& host) {
  EndpointResolver resolver(host, 5557);
  resolver.start();
  const auto answer = resolver.take();
  return answer && answer->ok() ? answer->value() : Endpoints{};
}

TEST(EndpointResolver, AnswersAnAddressAtOnce) {
  EXPECT_THAT(at_once("10.1.2.3"), ElementsAre("tcp://10.1.2.3:5557"));
  EXPECT_THAT(at_once("::1"), ElementsAre("tcp://[::1]:5557"));
  EXPECT_THAT(at_once("[::1]"), ElementsAre("tcp://[::1]:5557"));
}

TEST(EndpointResolver, KeepsTheInterfaceOfALinkLocalAddress) {
  EXPECT_THAT(at_once("fe80::1%lo"), ElementsAre("tcp://[fe80::1%lo]:5557"));
  EXPECT_THAT(at_once("[fe80::1%25lo]"), ElementsAre("tcp://[fe80::1%lo]:5557"));
}

TEST(EndpointResolver, AnswersANameThroughItsDescriptor) {
  EndpointResolver resolver("localhost", 5557);
  resolver.start();
  const auto answer = wait_for_answer(resolver);
  ASSERT_TRUE(answer && answer->ok());
  EXPECT_THAT(answer->value(), testing::Contains("tcp://127.0.0.1:5557"));
}

TEST(EndpointResolver, LetsTheFamiliesAlternate) {
  net::Resolver lookups([](const std::string&) {
    net::LookupResult result;
    for (const char* text : {"::1", "::2", "10.0.0.1"}) {
      result.addresses.push_back(net::SocketAddress::parse(text).value());
    }
    return result;
  });
  EndpointResolver resolver("master", 1, lookups);
  resolver.start();
  EXPECT_THAT(wait_for_answer(resolver)->value(),
              ElementsAre("tcp://[::1]:1", "tcp://10.0.0.1:1", "tcp://[::2]:1"));
}

TEST(EndpointResolver, NamesTheHostThatIsUnknown) {
  net::Resolver lookups([](const std::string&) {
    return net::LookupResult{.gai_error = EAI_AGAIN, .addresses = {}};
  });
  EndpointResolver resolver("master", 1, lookups);
  resolver.start();
  EXPECT_EQ(wait_for_answer(resolver)->error(),
            "can't resolve 'master': Temporary failure in name resolution");
}

TEST(EndpointResolver, AnswersOnceForEachStart) {
  EndpointResolver resolver("127.0.0.1", 1);
  EXPECT_FALSE(resolver.take());
  resolver.start();
  resolver.start();
  EXPECT_TRUE(resolver.take());
  EXPECT_FALSE(resolver.take());
  resolver.start();
  EXPECT_TRUE(resolver.take());
}

TEST(EndpointResolver, MayBeDestroyedWhileALookupIsUnderWay) {
  std::mutex slow;
  slow.lock();
  net::Resolver lookups([&slow](const std::string&) {
    const std::lock_guard lock(slow);
    return net::LookupResult{.gai_error = EAI_NONAME, .addresses = {}};
  });
  {
    EndpointResolver resolver("master", 1, lookups);
    resolver.start();
  }
  slow.unlock();
}

}  // namespace
}  // namespace cppworker::transport
