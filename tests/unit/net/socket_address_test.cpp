#include "net/socket_address.hpp"

#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <net/if.h>
#include <sys/un.h>

namespace cppworker::net {
namespace {

std::string parsed(std::string_view text) {
  const auto address = SocketAddress::parse(text, 80);
  return address ? address->text() : "none";
}

std::uint32_t scope_of(const SocketAddress& address) {
  sockaddr_in6 ip6{};
  std::memcpy(&ip6, address.get(), sizeof ip6);
  return ip6.sin6_scope_id;
}

TEST(SocketAddress, ParsesAndFormats) {
  EXPECT_EQ(parsed("10.1.2.3"), "10.1.2.3:80");
  EXPECT_EQ(parsed("::1"), "[::1]:80");
  EXPECT_EQ(parsed("[::1]"), "[::1]:80");
  EXPECT_EQ(parsed("[FE80::1]"), "[fe80::1]:80");
  EXPECT_EQ(parsed("::ffff:10.0.0.1"), "[::ffff:10.0.0.1]:80");
}

TEST(SocketAddress, KeepsTheZoneInEachSpelling) {
  const std::uint32_t loopback = ::if_nametoindex("lo");
  ASSERT_NE(loopback, 0U);
  const std::string number = std::to_string(loopback);
  for (const std::string& text :
       {std::string("fe80::1%lo"), std::string("[fe80::1%lo]"), std::string("[fe80::1%25lo]"),
        std::string("[fe80::1%25l%6F]"), "fe80::1%" + number, "[fe80::1%25" + number + "]"}) {
    const auto address = SocketAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(scope_of(*address), loopback) << text;
    EXPECT_EQ(address->ip(), "fe80::1%lo");
    EXPECT_EQ(address->with_port(81).text(), "[fe80::1%lo]:81");
  }
}

TEST(SocketAddress, ShowsAnInterfaceThatIsGoneByItsNumber) {
  EXPECT_EQ(SocketAddress::parse("fe80::1%999999").value().ip(), "fe80::1%999999");
}

TEST(SocketAddress, MakesNothingOfWhatIsNoAddress) {
  for (const char* text : {"",
                           "localhost",
                           "1.2.3",
                           "1.2.3.4.5",
                           "...",
                           "127.1",
                           ":",
                           "[",
                           "[]",
                           "[::1",
                           "::1]",
                           "[10.0.0.1]",
                           "fe80::zz",
                           "[fe80::zz]",
                           "fe80::1%",
                           "[fe80::1%25]x",
                           "fe80::1%nosuch0",
                           "[fe80::1%25nosuch0]",
                           "fe80::1%25lo",
                           "::1%lo",
                           "10.0.0.1%lo",
                           "10.0.0.1:80"}) {
    EXPECT_EQ(parsed(text), "none") << text;
  }
}

TEST(SocketAddress, ComparesAddressScopeAndPort) {
  const auto address = [](const char* text, std::uint16_t port = 0) {
    return SocketAddress::parse(text, port).value();
  };
  EXPECT_EQ(address("10.0.0.1"), address("10.0.0.1"));
  EXPECT_NE(address("10.0.0.1"), address("10.0.0.2"));
  EXPECT_NE(address("10.0.0.1", 1), address("10.0.0.1", 2));
  EXPECT_NE(address("0.0.0.0"), address("::"));
  EXPECT_EQ(address("::1"), address("[::1]"));
  EXPECT_NE(address("::1"), address("::2"));
  EXPECT_NE(address("fe80::1%1"), address("fe80::1%2"));
  EXPECT_NE(address("fe80::1%1"), address("fe80::1"));
}

TEST(SocketAddress, CopiesWhatTheSystemGives) {
  const SocketAddress ip4 = SocketAddress::parse("10.0.0.1", 5).value();
  EXPECT_EQ(SocketAddress::from(*ip4.get(), ip4.size()), ip4);
  const SocketAddress ip6 = SocketAddress::parse("fe80::1%3", 5).value();
  EXPECT_EQ(SocketAddress::from(*ip6.get(), ip6.size()), ip6);
  EXPECT_EQ(SocketAddress::from(*ip6.get(), ip4.size()), std::nullopt) << "it is cut short";
  sockaddr other{};
  other.sa_family = AF_UNIX;
  EXPECT_EQ(SocketAddress::from(other, sizeof other), std::nullopt);
}

TEST(SocketAddress, CertificatesHaveNoBracketsAndNoZone) {
  EXPECT_EQ(without_brackets_and_zone("[fe80::1%25lo]"), "fe80::1");
  EXPECT_EQ(without_brackets_and_zone("[::1]"), "::1");
  EXPECT_EQ(without_brackets_and_zone("shop.example"), "shop.example");
}

}  // namespace
}  // namespace cppworker::net
