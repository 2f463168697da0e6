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
  Exchange::Request request;
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

TEST(CurlHeaders, LeaveTheHostToLibcurl) {
  EXPECT_THAT(entries({.lines = "Accept: */*\r\n"}), ElementsAre("Accept: */*"));
}

TEST(CurlHeaders, OfTheAuthorStayInTheirPlace) {
  EXPECT_THAT(entries({.lines = "Accept: */*\r\nhost: other.test\r\n"}),
              ElementsAre("Host:", "Accept: */*", "host: other.test"));
}

TEST(CurlHeaders, HaveLibcurlsNotationWithoutAValue) {
  EXPECT_THAT(entries({.lines = "User-Agent: \r\nX-A: 1\r\n"}),
              ElementsAre("User-Agent;", "X-A: 1"));
}

TEST(CurlHeaders, KeepLibcurlFromAddingItsOwn) {
  EXPECT_THAT(entries({.has_body = true, .proxied = true}),
              ElementsAre("Expect:", "Content-Type:", "Proxy-Connection:"));
  EXPECT_THAT(entries({.lines = "Content-Type: text/plain\r\n", .has_body = true}),
              ElementsAre("Content-Type: text/plain", "Expect:"));
}

TEST(CurlHeaders, HideAnExpectationSoThatLibcurlDoesNotWait) {
  EXPECT_THAT(entries({.lines = "X-A: 1\r\nexpect: 100-continue\r\nX-B: 2\r\n"}),
              ElementsAre("X-A: 1\r\nexpect: 100-continue", "X-B: 2"));
  EXPECT_THAT(entries({.lines = "Expect: 100-continue\r\nX-A: \r\nX-B: 2;\r\n"}),
              ElementsAre("X-A;", "X-B: 2;\r\nExpect: 100-continue"));
  EXPECT_THAT(entries({.lines = "X-A: \r\nExpect: 100-continue\r\n"}),
              ElementsAre("X-A;", "Expect: 100-continue"));
}

}  // namespace
}  // namespace cppworker::http
