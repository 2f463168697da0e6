#include "http/curl/curl_headers.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cppworker::http {
namespace {

using testing::ElementsAre;

struct Given {
  std::string_view url = "http://shop.test/";
  std::string lines{};
  bool has_body = false;
  bool proxied = false;
};

std::vector<std::string> entries(const Given& given) {
  const Url url = Url::prepare(given.url);
  ExchangeRequest request;
  request.url = &url;
  request.header_lines = given.lines;
  request.has_body = given.has_body;
  request.transport.proxy = given.proxied ? "http://proxy.test:3128" : "";
  std::vector<std::string> result;
  const HeaderList list = curl_headers(request);
  for (const curl_slist* entry = list.get(); entry != nullptr; entry = entry->next) {
    result.emplace_back(entry->data);
  }
  return result;
}

TEST(CurlHeaders, HaveTheHostInLibcurlsPlace) {
  EXPECT_THAT(entries({"http://shop.test/"}), ElementsAre("Host:", "Host: shop.test"));
  EXPECT_THAT(entries({"http://shop.test:80/"}), ElementsAre("Host:", "Host: shop.test"));
  EXPECT_THAT(entries({"http://shop.test:443/"}), ElementsAre("Host:", "Host: shop.test:443"));
  EXPECT_THAT(entries({"https://shop.test:443/"}), ElementsAre("Host:", "Host: shop.test"));
  EXPECT_THAT(entries({"https://shop.test:80/"}), ElementsAre("Host:", "Host: shop.test:80"));
  EXPECT_THAT(entries({"http://[::1]:8080/"}), ElementsAre("Host:", "Host: [::1]:8080"));
  EXPECT_THAT(entries({"http://[fe80::1%25eth0]:8080/"}),
              ElementsAre("Host:", "Host: [fe80::1]:8080"));
}

TEST(CurlHeaders, LeaveOddHostsToLibcurl) {
  EXPECT_THAT(entries({"http://b%c3%bccher.test/"}), ElementsAre());
}

TEST(CurlHeaders, OfTheAuthorWinAndKeepTheirPlace) {
  EXPECT_THAT(entries({.lines = "Accept: */*\r\nhost: other.test\r\n"}),
              ElementsAre("Host:", "Accept: */*", "host: other.test"));
}

TEST(CurlHeaders, ThatMeanNothingToLibcurlJoinTheEntryBefore) {
  EXPECT_THAT(entries({.lines = "User-Agent: x\r\nAccept: */*\r\nConnection: close\r\nX-A: 1\r\n"}),
              ElementsAre("Host:", "Host: shop.test\r\nUser-Agent: x",
                          "Accept: */*\r\nConnection: close", "X-A: 1"));
}

TEST(CurlHeaders, WithoutAValueStandAlone) {
  EXPECT_THAT(entries({.lines = "User-Agent: \r\nConnection: close\r\nX-Empty: \r\nX-A: 1\r\n"}),
              ElementsAre("Host:", "Host: shop.test", "User-Agent;", "Connection: close",
                          "X-Empty;", "X-A: 1"));
}

TEST(CurlHeaders, KeepLibcurlFromAddingItsOwn) {
  EXPECT_THAT(
      entries({.has_body = true, .proxied = true}),
      ElementsAre("Host:", "Host: shop.test", "Expect:", "Content-Type:", "Proxy-Connection:"));
  EXPECT_THAT(
      entries({.lines = "Expect: 100-continue\r\nContent-Type: text/plain\r\n", .has_body = true}),
      ElementsAre("Host:", "Host: shop.test", "Expect: 100-continue", "Content-Type: text/plain"));
}

}  // namespace
}  // namespace cppworker::http
