#include "http/cookie_rules.hpp"

#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/cookie_date.hpp"

namespace cppworker::http {
namespace {

constexpr double kNow = 1'800'000'000;

/// The Cookie header for `second` after a response from `first` with that Set-Cookie header.
std::string sent(std::string_view first, std::string_view set_cookie, std::string_view second,
                 double later = 0) {
  Cookies cookies;
  store_cookies(cookies, {.url = Url::prepare(first)},
                "Set-Cookie: " + std::string(set_cookie) + "\r\n", kNow, CookieJar::kRequests);
  return cookie_header(cookies, {.url = Url::prepare(second)}, kNow + later);
}

// The expected values of this file are those of http.cookiejar (CPython 3.11) for the same calls.

TEST(CookieRules, SendABackWhatWasSet) {
  EXPECT_EQ(sent("http://127.0.0.1:80/", "a=1", "http://127.0.0.1:81/x"), "a=1") << "ports are one";
  EXPECT_EQ(sent("http://127.0.0.1/", "a=1", "http://127.0.0.2/"), "");
  EXPECT_EQ(sent("http://localhost/", "a=1", "http://localhost/"), "a=1");
  EXPECT_EQ(sent("http://a.b/", " a = b c ; HttpOnly ", "http://a.b/"), "a=b c");
  EXPECT_EQ(sent("http://a.b/", "alone", "http://a.b/"), "alone");
  EXPECT_EQ(sent("http://a.b/", "=x", "http://a.b/"), "");
  EXPECT_EQ(sent("http://a.b/", "a=\"q\"", "http://a.b/"), "a=\"q\"");
}

TEST(CookieRules, KeepDomainsApart) {
  EXPECT_EQ(sent("http://shop.example/", "a=1", "http://www.shop.example/"), "a=1")
      << "http.cookiejar doesn't tell host-only cookies apart";
  EXPECT_EQ(sent("http://www.shop.example/", "a=1", "http://shop.example/"), "");
  EXPECT_EQ(sent("http://www.shop.example/", "a=1; Domain=shop.example", "http://shop.example/"),
            "a=1");
  EXPECT_EQ(sent("http://shop.example/", "a=1; Domain=other.example", "http://other.example/"), "");
  EXPECT_EQ(sent("http://shop.example/", "a=1; Domain=example", "http://shop.example/"), "");
  EXPECT_EQ(sent("http://notshop.example/", "a=1; Domain=shop.example", "http://shop.example/"),
            "");
}

TEST(CookieRules, KeepPathsApart) {
  EXPECT_EQ(sent("http://a.b/shop/cart?x=/y/z", "a=1", "http://a.b/shop/item"), "a=1");
  EXPECT_EQ(sent("http://a.b/shop/cart", "a=1", "http://a.b/shopping"), "");
  EXPECT_EQ(sent("http://a.b/shop/cart", "a=1; Path=/", "http://a.b/"), "a=1");
  EXPECT_EQ(sent("http://a.b/", "a=1; Path=/other", "http://a.b/"), "");
  EXPECT_EQ(sent("http://a.b/", "a=1; Path=/other", "http://a.b/other/x"), "a=1");
}

TEST(CookieRules, ObeySecureAndTime) {
  EXPECT_EQ(sent("https://a.b/", "a=1; Secure", "http://a.b/"), "");
  EXPECT_EQ(sent("https://a.b/", "a=1; Secure", "https://a.b/"), "a=1");
  EXPECT_EQ(sent("http://a.b/", "a=1; Max-Age=10", "http://a.b/", 9), "a=1");
  EXPECT_EQ(sent("http://a.b/", "a=1; Max-Age=10", "http://a.b/", 10), "");
  EXPECT_EQ(sent("http://a.b/", "a=1; Max-Age=soon", "http://a.b/"), "");
  EXPECT_EQ(sent("http://a.b/", "a=1; Expires=Fri, 31 Dec 1999 23:59:59 GMT", "http://a.b/"), "");
  EXPECT_EQ(sent("http://a.b/", "a=1; Expires=Fri, 31 Dec 2100 23:59:59 GMT", "http://a.b/"),
            "a=1");
  EXPECT_EQ(sent("http://a.b/", "a=1; Expires=whenever", "http://a.b/"), "a=1");
}

TEST(CookieRules, ReplaceAndDelete) {
  Cookies cookies;
  const Url url = Url::prepare("http://a.b/");
  store_cookies(cookies, {.url = url}, "Set-Cookie: a=1\r\nset-cookie: b=2\r\nSet-Cookie: a=3\r\n",
                kNow, CookieJar::kRequests);
  EXPECT_EQ(cookie_header(cookies, {.url = url}, kNow), "a=3; b=2");
  store_cookies(cookies, {.url = url}, "Set-Cookie: a=; Max-Age=0\r\n", kNow, CookieJar::kRequests);
  EXPECT_EQ(cookie_header(cookies, {.url = url}, kNow), "b=2");
}

TEST(CookieRules, SendLongerPathsFirst) {
  Cookies cookies;
  const Url url = Url::prepare("http://a.b/x/y");
  store_cookies(cookies, {.url = url}, "Set-Cookie: a=1; Path=/\r\nSet-Cookie: a=2; Path=/x\r\n",
                kNow, CookieJar::kRequests);
  EXPECT_EQ(cookie_header(cookies, {.url = url}, kNow), "a=2; a=1");
}

TEST(CookieRules, ReadMaxAgeAsPythonReadsNumbers) {
  const auto kept = [](std::string_view max_age) {
    return !sent("http://a.b/", "a=1; Max-Age=" + std::string(max_age), "http://a.b/").empty();
  };
  EXPECT_TRUE(kept("+60"));
  EXPECT_TRUE(kept(" 6_0 "));
  EXPECT_TRUE(kept("99999999999999999999"));
  EXPECT_FALSE(kept("-99999999999999999999"));
  EXPECT_FALSE(kept("60.5"));
  EXPECT_FALSE(kept("6__0"));
  EXPECT_FALSE(kept("\"60\""));
  EXPECT_FALSE(kept(""));
  EXPECT_EQ(sent("http://a.b/", "a=1; Max-Age=60; Max-Age=0", "http://a.b/"), "");
  EXPECT_EQ(
      sent("http://a.b/", "a=1; Expires=Fri, 31 Dec 1999 23:59:59 GMT; Max-Age=60", "http://a.b/"),
      "a=1");
}

TEST(CookieRules, ReadDatesAsHttp2Time) {
  const auto expires = [](std::string_view date) -> std::optional<double> {
    double seconds = 0;
    const DateStatus status = read_cookie_date(date, kNow, seconds);
    return status == DateStatus::kRead ? std::optional(seconds) : std::nullopt;
  };
  EXPECT_EQ(expires("Wed, 09 Feb 1994 22:23:32 GMT"), 760832612);
  EXPECT_EQ(expires("Tuesday, 08-Feb-94 14:15:29 GMT"), 760716929);
  EXPECT_EQ(expires("08/Feb/1994"), 760665600);
  EXPECT_EQ(expires("9 2 1994:22:23 +0200 (CEST)"), 760825380);
  EXPECT_EQ(expires("31 Feb 2030 00:00:00 GMT"), 1898726400);
  EXPECT_EQ(expires("Sun Nov  6 08:49:37 2094"), std::nullopt);
  EXPECT_EQ(expires("06 Nov 2094 08:49:37 CET"), std::nullopt);
  EXPECT_EQ(expires("Mon, 01 Jan 0001 00:00:00 GMT"), std::nullopt);
  EXPECT_EQ(expires("-1"), std::nullopt);
  double seconds = 0;
  EXPECT_EQ(read_cookie_date("Sat, 06 Fob 2094 08:49:37 GMT", kNow, seconds), DateStatus::kFatal);
}

TEST(CookieRules, DropAllCookiesOfAResponseWherePythonRaises) {
  for (const char* wrong : {"b=1; Max-Age", "b=1; Expires=Sat, 06 Fob 2094 08:49:37 GMT"}) {
    EXPECT_EQ(sent("http://a.b/", std::string("a=1\r\nSet-Cookie: ") + wrong, "http://a.b/"), "");
  }
  EXPECT_EQ(sent("http://a.b/", "a=1\r\nSet-Cookie: b=1; Domain; Max-Age", "http://a.b/"), "a=1");
}

TEST(CookieRules, KeepTheFirstOfEachAttribute) {
  EXPECT_EQ(sent("http://a.b/x", "a=1; Path=/other; Path=/", "http://a.b/x"), "");
  EXPECT_EQ(sent("http://a.b/x", "a=1; Path=\"/\"", "http://a.b/x"), "");
  EXPECT_EQ(sent("http://a.b/x", "a=1; Path=x", "http://a.b/x"), "");
  EXPECT_EQ(sent("http://a.b/x", "a=1; Path", "http://a.b/x"), "");
  EXPECT_EQ(sent("https://a.b/x", "a=1; Secure=", "http://a.b/x"), "a=1");
  EXPECT_EQ(sent("https://a.b/x", "a=1; Secure=no", "http://a.b/x"), "");
  EXPECT_EQ(sent("http://a.b/%c3%bc/x", "a=1", "http://a.b/%C3%BC/y"), "a=1");
}

TEST(CookieRules, ObeyVersionAndPort) {
  EXPECT_EQ(sent("http://a.b/x/", "a=1; Version=1; Path=/x/", "http://a.b/x/"), "a=1");
  EXPECT_EQ(sent("http://a.b/", "a=1; Version=2", "http://a.b/"), "");
  EXPECT_EQ(sent("http://a.b/", "a=1; Version=x", "http://a.b/"), "");
  EXPECT_EQ(sent("http://a.b:81/", "a=1; Port", "http://a.b:81/"), "a=1");
  EXPECT_EQ(sent("http://a.b:81/", "a=1; Port", "http://a.b/"), "");
  EXPECT_EQ(sent("http://a.b:81/", "a=1; Port=80, 81", "http://a.b/"), "a=1");
  EXPECT_EQ(sent("http://a.b:81/", "a=1; Port=\"81\"", "http://a.b:81/"), "");
}

TEST(CookieRules, TakeTheAuthorsHostForTheUrls) {
  const Url url = Url::prepare("http://127.0.0.1:8080/");
  Cookies cookies;
  constexpr std::string_view kLines =
      "Set-Cookie: sid=42; Domain=shop.example\r\nSet-Cookie: plain=1\r\n";
  store_cookies(cookies, {.url = url, .host = "WWW.shop.example:8080"}, kLines, kNow,
                CookieJar::kRequests);
  ASSERT_EQ(cookies.items().size(), 2);
  EXPECT_EQ(cookies.items()[1].domain, "www.shop.example");
  EXPECT_EQ(cookie_header(cookies, {.url = url, .host = "www.shop.example"}, kNow),
            "sid=42; plain=1");
  EXPECT_EQ(cookie_header(cookies, {.url = url}, kNow), "");
}

TEST(CookieRules, StoreTextInUtf8) {
  Cookies cookies;
  const Url url = Url::prepare("http://a.b/");
  store_cookies(cookies, {.url = url}, "Set-Cookie: n=Zo\xeb\r\n", kNow, CookieJar::kRequests);
  EXPECT_EQ(cookies["n"], "Zoë");
  EXPECT_EQ(cookie_header(cookies, {.url = url}, kNow), "n=Zoë");
}

TEST(CookieRules, RemoveEscapedQuotesOnlyInTheJarOfRequests) {
  const Url url = Url::prepare("http://a.b/");
  for (const auto& [jar, value] :
       {std::pair(CookieJar::kRequests, "\"ab\""), std::pair(CookieJar::kPlain, "\"a\\\"b\"")}) {
    Cookies cookies;
    store_cookies(cookies, {.url = url}, "Set-Cookie: n=\"a\\\"b\"\r\n", kNow, jar);
    EXPECT_EQ(cookies["n"], value);
  }
}

}  // namespace
}  // namespace cppworker::http
