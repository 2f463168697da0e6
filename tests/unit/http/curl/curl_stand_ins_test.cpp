#include "http/curl/curl_stand_ins.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cppworker::http {
namespace {

net::SocketAddress address(const std::string& text, std::uint16_t port = 80) {
  return net::SocketAddress::parse(text, port).value();
}

TEST(CurlStandIns, StandForEachAddressOfAName) {
  CurlStandIns names;
  static_cast<void>(names.find("first.example"));
  CurlStandIns::Name* const shop = names.find("shop.example");
  EXPECT_EQ(names.find("shop.example"), shop);
  EXPECT_EQ(CurlStandIns::resolve_entry(*shop, 80, "664"),
            "shop.example:80:[c9::0:20],[c9::0:21],0.0.0.32");

  const auto second = names.decode(address("[c9::0:21]"));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->name, shop);
  EXPECT_EQ(second->port, 80);
  EXPECT_EQ(second->family, AF_INET6);
  EXPECT_EQ(second->index, 1U);
  const auto third = names.decode(address("0.0.0.32"));
  ASSERT_TRUE(third);
  EXPECT_EQ(third->name, shop);
  EXPECT_EQ(third->family, AF_INET);
  EXPECT_EQ(third->index, 0U);
}

TEST(CurlStandIns, AreNoAddressesThatAnybodyUses) {
  CurlStandIns names;
  static_cast<void>(names.find("shop.example"));
  for (const char* real : {"127.0.0.1", "0.0.0.0", "10.0.0.16", "240.0.0.16", "::1",
                           "::", "fe80::10", "::ffff:0.0.0.16", "2001:db8::10"}) {
    EXPECT_FALSE(names.decode(address(real))) << real;
  }
  EXPECT_FALSE(names.decode(address("0.0.0.32"))) << "no such name";
}

TEST(CurlStandIns, GiveLibcurlTheFamiliesInTheirOrder) {
  EXPECT_EQ(CurlStandIns::families({address("::1"), address("10.0.0.1"), address("::2")}), "646");
  const std::vector<net::SocketAddress> many(40, address("10.0.0.1"));
  EXPECT_EQ(CurlStandIns::families(many), std::string(CurlStandIns::kAddressesMax, '4'));
}

}  // namespace
}  // namespace cppworker::http
