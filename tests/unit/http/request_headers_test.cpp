#include "http/request_headers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cppworker/http_session.hpp>

#include "http/redirect.hpp"

namespace cppworker::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(RequestHeaders, LeavesTheDefaultsToTheEngine) {
  EXPECT_THAT(header_lines({.own = {}, .authorization = {}}), IsEmpty());
}

TEST(RequestHeaders, AddsWhatRequestsAdds) {
  const Headers own{{"X-One", "1"}, {"X-Empty", ""}};
  EXPECT_THAT(
      header_lines({.own = own, .authorization = "Basic x"}),
      ElementsAre("X-One: 1", "X-Empty;", "Authorization: Basic x", "Connection: keep-alive"));
  EXPECT_THAT(header_lines({.own = own, .authorization = {}, .has_body = true, .json = true}),
              ElementsAre("X-One: 1", "X-Empty;", "Connection: keep-alive",
                          "Expect:", "Content-Type: application/json"));
}

TEST(RequestHeaders, LetsTheAuthorsHeadersWinWhateverTheirCase) {
  const Headers own{{"content-type", "text/x"}, {"CONNECTION", "close"}, {"content-length", "9"}};
  EXPECT_THAT(header_lines({.own = own, .authorization = {}, .has_body = true, .json = true}),
              ElementsAre("content-type: text/x", "CONNECTION: close", "Expect:"));
}

TEST(RequestHeaders, LetsTheHostsCredentialsWinOverTheAuthors) {
  const Headers own{{"authorization", "Bearer mine"}};
  EXPECT_THAT(header_lines({.own = own, .authorization = "Basic x"}),
              ElementsAre("Authorization: Basic x", "Connection: keep-alive"));
  EXPECT_THAT(header_lines({.own = own, .authorization = {}}),
              ElementsAre("authorization: Bearer mine", "Connection: keep-alive"));
}

TEST(RequestHeaders, DropsWhatARedirectTakesAway) {
  const Headers own{{"Cookie", "a=b"}, {"Content-Type", "x/y"}, {"Authorization", "z"}, {"X", "1"}};
  EXPECT_THAT(header_lines({.own = own,
                            .authorization = {},
                            .redirected = true,
                            .body_dropped = true,
                            .auth_dropped = true}),
              ElementsAre("X: 1", "Connection: keep-alive"));
}

TEST(RequestHeaders, RefusesLineBreaksAndLeadingSpace) {
  EXPECT_EQ(invalid_header({{"X", "fine"}, {"Y", ""}}), std::nullopt);
  EXPECT_EQ(invalid_header({{"X", "a\r\nEvil: 1"}}),
            "InvalidHeader(\"Invalid leading whitespace, reserved character(s), or return "
            "character(s) in header value: 'a\\\\r\\\\nEvil: 1'\")");
  EXPECT_NE(invalid_header({{"X", " a"}}), std::nullopt);
  EXPECT_NE(invalid_header({{"X:", "a"}}), std::nullopt);
  EXPECT_NE(invalid_header({{"", "a"}}), std::nullopt);
}

TEST(RequestHeaders, EncodesBasicAuth) {
  EXPECT_EQ(basic_auth("user:pw"), "Basic dXNlcjpwdw==");
  EXPECT_EQ(basic_auth("a:b"), "Basic YTpi");
}

TEST(Redirects, RewriteMethodsAsRequestsDoes) {
  EXPECT_EQ(redirected_method("POST", 301), "GET");
  EXPECT_EQ(redirected_method("PUT", 301), "PUT");
  EXPECT_EQ(redirected_method("PUT", 302), "GET");
  EXPECT_EQ(redirected_method("DELETE", 303), "GET");
  EXPECT_EQ(redirected_method("HEAD", 302), "HEAD");
  EXPECT_EQ(redirected_method("POST", 307), "POST");
  EXPECT_EQ(redirected_method("PATCH", 308), "PATCH");
  EXPECT_FALSE(is_redirect(300));
  EXPECT_FALSE(is_redirect(304));
}

TEST(ResponseHeaders, FindsNamesWhateverTheirCase) {
  const ResponseHeaders headers("Content-Type: text/html\r\nSet-Cookie: a=1\r\nset-cookie:b=2\r\n");
  EXPECT_EQ(headers["content-type"], "text/html");
  EXPECT_EQ(headers["SET-COOKIE"], "a=1");
  EXPECT_EQ(headers["Missing"], "");
  EXPECT_TRUE(headers.contains("Set-Cookie"));
  EXPECT_FALSE(headers.contains("Missing"));
  EXPECT_THAT(headers.items(),
              ElementsAre(std::pair("Content-Type", "text/html"), std::pair("Set-Cookie", "a=1"),
                          std::pair("set-cookie", "b=2")));
}

}  // namespace
}  // namespace cppworker::http
