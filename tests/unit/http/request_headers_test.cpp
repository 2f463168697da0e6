#include "http/requests/request_headers.hpp"

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cppworker/http_session.hpp>
#include <cppworker/version.hpp>

#include "http/basic_auth.hpp"
#include "http/redirect.hpp"

namespace cppworker::http::requests {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

constexpr const char* kDefaults =
    "User-Agent: cpp-worker/" CPPWORKER_VERSION
    "\r\nAccept-Encoding: gzip, deflate, br\r\nAccept: */*\r\nConnection: keep-alive\r\n";

const Headers kNone;

std::string key_error(const std::function<void()>& look_up) {
  try {
    look_up();
  } catch (const KeyError& error) {
    return error.what();
  }
  return "no KeyError";
}

std::string lines(const HeaderInputs& inputs) {
  std::string written = "what an earlier request left";
  write_header_lines(inputs, written);
  return written;
}

TEST(RequestHeaders, AreThoseOfRequestsByDefault) {
  EXPECT_EQ(lines({.session = kNone, .own = kNone}), kDefaults);
}

TEST(RequestHeaders, FollowTheDefaultsInRequestsOrder) {
  const Headers own{{"X-One", "1"}, {"X-Empty", ""}};
  EXPECT_EQ(lines({.session = kNone,
                   .own = own,
                   .content_type = "application/json",
                   .authorization = "Basic x",
                   .cookie = "a=b"}),
            std::string(kDefaults) +
                "X-One: 1\r\nX-Empty: \r\nCookie: a=b\r\nContent-Type: application/json\r\n"
                "Authorization: Basic x\r\n");
}

TEST(RequestHeaders, OfTheCallWinOverTheSessionsAndTheDefaultsWhateverTheirCase) {
  const Headers session{{"USER-AGENT", "session"}, {"X-Both", "session"}, {"X-Session", "1"}};
  const Headers own{{"x-both", "own"}, {"content-length", "9"}, {"ACCEPT", "text/x"}};
  EXPECT_EQ(lines({.session = session, .own = own}),
            "USER-AGENT: session\r\nAccept-Encoding: gzip, deflate, br\r\nACCEPT: text/x\r\n"
            "Connection: keep-alive\r\nx-both: own\r\nX-Session: 1\r\ncontent-length: 9\r\n");
}

TEST(RequestHeaders, OfTheAuthorWinOverContentTypeAndCookiesOfTheLibrary) {
  const Headers own{{"content-type", "text/x"}, {"cookie", "mine=1"}};
  EXPECT_EQ(lines({.session = kNone, .own = own, .content_type = "a/b", .cookie = "jar=1"}),
            std::string(kDefaults) + "content-type: text/x\r\ncookie: mine=1\r\n");
}

TEST(RequestHeaders, LetTheHostsCredentialsWinOverTheAuthors) {
  const Headers own{{"authorization", "Bearer mine"}};
  EXPECT_EQ(lines({.session = kNone, .own = own, .authorization = "Basic x"}),
            std::string(kDefaults) + "Authorization: Basic x\r\n");
  EXPECT_EQ(lines({.session = kNone, .own = own}),
            std::string(kDefaults) + "authorization: Bearer mine\r\n");
}

TEST(RequestHeaders, AreRemovedByRedirects) {
  const Headers own{{"Cookie", "a=b"}, {"Content-Type", "x/y"}, {"Authorization", "z"}, {"X", "1"}};
  EXPECT_EQ(lines({.session = kNone,
                   .own = own,
                   .redirected = true,
                   .body_dropped = true,
                   .auth_dropped = true}),
            std::string(kDefaults) + "X: 1\r\n");
}

TEST(RequestHeaders, HaveTheLengthOfTheBody) {
  EXPECT_EQ(lines({.session = kNone, .own = kNone, .body_size = 3, .has_body = true}),
            std::string(kDefaults) + "Content-Length: 3\r\n");
  EXPECT_EQ(lines({.session = kNone, .own = kNone, .has_body = true}),
            std::string(kDefaults) + "Content-Length: 0\r\n");
  const Headers own{{"content-length", "9"}, {"X", "1"}};
  EXPECT_EQ(lines({.session = kNone,
                   .own = own,
                   .content_type = "a/b",
                   .authorization = "Basic x",
                   .cookie = "c=d",
                   .body_size = 3,
                   .has_body = true}),
            std::string(kDefaults) +
                "Content-Length: 3\r\nX: 1\r\nCookie: c=d\r\n"
                "Content-Type: a/b\r\nAuthorization: Basic x\r\n");
  EXPECT_EQ(lines({.session = kNone, .own = own, .has_body = true}),
            std::string(kDefaults) + "content-length: 9\r\nX: 1\r\n");
}

TEST(RequestHeaders, BeginWithTheLengthAfterARedirectThatDropsTheBody) {
  const Headers own{{"Content-Length", "9"}, {"X", "1"}};
  EXPECT_EQ(lines({.session = kNone,
                   .own = own,
                   .authorization = "Basic x",
                   .cookie = "c=d",
                   .has_body = true,
                   .redirected = true,
                   .body_dropped = true}),
            "Content-Length: 0\r\n" + std::string(kDefaults) +
                "X: 1\r\nAuthorization: Basic x\r\nCookie: c=d\r\n")
      << "the cookies come last";
}

std::string refusal(const std::function<void()>& attempt) {
  try {
    attempt();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "none";
}

TEST(RequestHeaders, AreInLatin1) {
  EXPECT_EQ(lines({.session = {{"A", "Zoë"}}, .own = {{"B", "\xeb"}}, .cookie = "n=ü"}),
            std::string(kDefaults) + "A: Zo\xeb\r\nB: \xeb\r\nCookie: n=\xfc\r\n");
  const auto refused = [](const Headers& own) {
    return refusal([&] { static_cast<void>(lines({.session = kNone, .own = own})); });
  };
  EXPECT_EQ(refused({{"X", "a€€b€"}}),
            "'latin-1' codec can't encode characters in position 1-2: ordinal not in range(256)");
  EXPECT_EQ(refused({{"X", "ä\U0001F600"}}),
            "'latin-1' codec can't encode character '\\U0001f600' in position 1: ordinal not in "
            "range(256)");
  EXPECT_EQ(refused({{"Xü", "a"}}),
            "'ascii' codec can't encode character '\\xfc' in position 1: ordinal not in "
            "range(128)");
  EXPECT_EQ(refusal([] {
              static_cast<void>(basic_auth({"ü", "ab€"}));
            }),
            "'latin-1' codec can't encode character '\\u20ac' in position 2: ordinal not in "
            "range(256)");
  EXPECT_EQ(basic_auth({"ü", "ß"}), "Basic /Drf");
}

TEST(RequestHeaders, RefuseOddMethods) {
  check_method("M-SEARCH");
  EXPECT_EQ(refusal([] { check_method("G T"); }),
            "Method cannot contain non-token characters 'G T' (found at least ' ')");
  EXPECT_EQ(refusal([] { check_method("GÜ"); }),
            "Method cannot contain non-token characters 'GÜ' (found at least 'Ü')");
}

TEST(RequestHeaders, KnowTheAuthorsHost) {
  EXPECT_EQ(own_host({{"host", "a"}}, {{"X", "1"}}), "a");
  EXPECT_EQ(own_host({{"host", "a"}}, {{"HOST", "b"}}), "b");
  EXPECT_EQ(own_host(kNone, kNone), "");
}

TEST(RequestHeaders, RefusesLineBreaksAndLeadingSpace) {
  EXPECT_EQ(invalid_header({{"X", "fine"}, {"Y", ""}}), std::nullopt);
  EXPECT_EQ(invalid_header({{"X", "a\r\nEvil: 1"}}),
            "InvalidHeader(\"Invalid leading whitespace, reserved character(s), or return "
            "character(s) in header value: 'a\\\\r\\\\nEvil: 1'\")");
  EXPECT_NE(invalid_header({{"X", " a"}}), std::nullopt);
  EXPECT_NE(invalid_header({{"X", "\u00a0a"}}), std::nullopt);
  EXPECT_EQ(invalid_header({{"X",
                             "\xa0"
                             "a"}}),
            std::nullopt)
      << "bytes, not text";
  EXPECT_NE(invalid_header({{"X:", "a"}}), std::nullopt);
  EXPECT_NE(invalid_header({{"", "a"}}), std::nullopt);
}

TEST(RequestHeaders, RefuseLineEndsInCookies) {
  const auto error_of = [](const char* cookie) {
    return refusal(
        [cookie] { static_cast<void>(lines({.session = kNone, .own = kNone, .cookie = cookie})); });
  };
  EXPECT_EQ(error_of("a=x\r\nI: 1"), R"(Invalid header value b'a=x\r\nI: 1')");
  EXPECT_EQ(error_of("a=x\r"), R"(Invalid header value b'a=x\r')");
  EXPECT_EQ(error_of("a=\xc3\xa9\n"), R"(Invalid header value b'a=\xe9\n')");
  EXPECT_EQ(error_of("a=x\r\n y"), "none");
}

TEST(RequestHeaders, EncodesBasicAuth) {
  EXPECT_EQ(basic_auth({"user", "pw"}), "Basic dXNlcjpwdw==");
  EXPECT_EQ(basic_auth({"a", "b"}), "Basic YTpi");
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

TEST(Headers, AreSetByNameWhateverItsCase) {
  Headers headers{{"Accept", "text/html"}, {"X-Tenant", "1"}};
  headers["x-tenant"] = "42";
  headers["X-New"] = "7";
  headers["X-Copy"] = headers["X-Tenant"];
  EXPECT_EQ(headers[0].first, "Accept");
  EXPECT_THAT(headers, ElementsAre(std::pair("Accept", "text/html"), std::pair("X-Tenant", "42"),
                                   std::pair("X-New", "7"), std::pair("X-Copy", "42")));
}

TEST(Headers, AreNotAddedByReading) {
  Headers headers{{"Accept", "text/html"}};
  const std::string accept = headers["accept"];
  EXPECT_EQ(accept, "text/html");
  EXPECT_EQ(key_error([&] { const std::string text = headers["X-Tenant"]; }), "'x-tenant'");
  EXPECT_EQ(key_error([&] { (void)std::as_const(headers)["X-Tenant"]; }), "'x-tenant'");
  EXPECT_FALSE(headers.contains("X-Tenant"));
  EXPECT_TRUE(headers.contains("ACCEPT"));
  EXPECT_THAT(headers, SizeIs(1));
}

TEST(ResponseHeaders, FindsNamesWhateverTheirCase) {
  const ResponseHeaders headers("Content-Type: text/html\r\nSet-Cookie: a=1\r\nset-cookie:b=2\r\n");
  EXPECT_EQ(headers["content-type"], "text/html");
  EXPECT_EQ(headers["SET-COOKIE"], "a=1");
  EXPECT_EQ(headers.get("Content-type", "none"), "text/html");
  EXPECT_EQ(headers.get("Missing", "none"), "none");
  EXPECT_EQ(key_error([&] { (void)headers["Missing"]; }), "'missing'");
  EXPECT_TRUE(headers.contains("Set-Cookie"));
  EXPECT_FALSE(headers.contains("Missing"));
  EXPECT_THAT(headers.items(),
              ElementsAre(std::pair("Content-Type", "text/html"), std::pair("Set-Cookie", "a=1"),
                          std::pair("set-cookie", "b=2")));
}

}  // namespace
}  // namespace cppworker::http::requests
