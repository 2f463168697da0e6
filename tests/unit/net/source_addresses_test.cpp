#include "net/source_addresses.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

namespace cppworker::net {
namespace {

using testing::ElementsAre;

std::vector<std::string> source_ips(std::string_view text) {
  std::vector<std::string> ips;
  for (const SocketAddress& address : SourceAddresses::parse(text)) {
    ips.push_back(address.ip());
  }
  return ips;
}

std::string parse_error(std::string_view text) {
  try {
    (void)SourceAddresses::parse(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

/// The local address of a socket that is bound to the next address; its port must be free.
std::string bound_to(SourceAddresses& addresses, int family = AF_INET) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int error = addresses.bind(fd, family);
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* const any = reinterpret_cast<sockaddr*>(&storage);
  ::getsockname(fd, any, &size);
  ::close(fd);
  return error == 0 ? SocketAddress::from(*any, size).value().text() : std::to_string(error);
}

TEST(SourceAddressesTest, ReadsListsAndRanges) {
  EXPECT_THAT(source_ips("10.0.0.2"), ElementsAre("10.0.0.2"));
  EXPECT_THAT(source_ips("10.0.0.255-10.0.1.1,fd00::2,10.0.0.7"),
              ElementsAre("10.0.0.255", "10.0.1.0", "10.0.1.1", "fd00::2", "10.0.0.7"));
  EXPECT_EQ(source_ips("10.0.0.0-10.0.255.255").size(), 65536U);
}

TEST(SourceAddressesTest, AMistakeIsAnErrorThatNamesIt) {
  constexpr std::string_view kHow =
      "is not an IP address or a range of IPv4 addresses. Write 10.0.0.2,10.0.0.3 or "
      "10.0.0.2-10.0.0.9";
  for (const std::string text : {"", "shop.example", "10.0.0", "10.0.0.2-9", "fd00::2-fd00::9"}) {
    EXPECT_EQ(parse_error(text), "'" + text + "' " + std::string(kHow));
  }
  EXPECT_EQ(parse_error("10.0.0.2,,10.0.0.3"), "'' " + std::string(kHow));
  EXPECT_EQ(parse_error("10.0.0.9-10.0.0.2"),
            "'10.0.0.9-10.0.0.2' is not a range: write the lowest address first");
  EXPECT_EQ(parse_error("10.0.0.0-10.1.0.0"),
            "'10.0.0.0-10.1.0.0' has more than 65536 addresses: use a smaller range");
}

TEST(SourceAddressesTest, AnAddressThatTheMachineDoesNotHaveIsNamed) {
  SourceAddresses::check(SourceAddresses::parse("127.0.0.2-127.0.0.9"));
  try {
    SourceAddresses::check(SourceAddresses::parse("127.0.0.2,198.51.100.7"));
    ADD_FAILURE() << "198.51.100.7 is for documentation";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("198.51.100.7"));
  }
}

TEST(SourceAddressesTest, SocketsGetTheAddressesInTurnWithoutAPort) {
  SourceAddresses addresses(SourceAddresses::parse("127.0.0.2-127.0.0.4"));
  std::vector<std::string> bound;
  for (int i = 0; i < 9; ++i) {
    bound.push_back(bound_to(addresses));
  }
  EXPECT_THAT(bound,
              ElementsAre("127.0.0.2:0", "127.0.0.3:0", "127.0.0.4:0", "127.0.0.3:0", "127.0.0.4:0",
                          "127.0.0.2:0", "127.0.0.4:0", "127.0.0.2:0", "127.0.0.3:0"))
      << "each round begins with the next one";
}

TEST(SourceAddressesTest, AFamilyWithoutAnAddressIsNotUsed) {
  SourceAddresses addresses(SourceAddresses::parse("127.0.0.2"));
  EXPECT_EQ(bound_to(addresses, AF_INET6), std::to_string(EADDRNOTAVAIL));
  SourceAddresses none;
  EXPECT_EQ(bound_to(none, AF_INET), "0.0.0.0:0");
  EXPECT_EQ(bound_to(none, AF_INET6), "[::]:0");
}

}  // namespace
}  // namespace cppworker::net
