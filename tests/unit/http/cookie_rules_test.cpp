#include "http/cookie_rules.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cppworker::http {
namespace {

constexpr double kNow = 1'800'000'000;

/// The Cookie header for `second` after a response from `first` with that Set-Cookie header.
std::string sent(std::string_view first, std::string_view set_cookie, std::string_view second,
                 double later = 0) {
  Cookies cookies;
  store_cookies(cookies, Url::prepare(first), "Set-Cookie: " + std::string(set_cookie) + "\r\n",
                kNow);
  return cookie_header(cookies, Url::prepare(second), kNow + later);
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
  store_cookies(cookies, url, "Set-Cookie: a=1\r\nset-cookie: b=2\r\nSet-Cookie: a=3\r\n", kNow);
  EXPECT_EQ(cookie_header(cookies, url, kNow), "a=3; b=2");
  store_cookies(cookies, url, "Set-Cookie: a=; Max-Age=0\r\n", kNow);
  EXPECT_EQ(cookie_header(cookies, url, kNow), "b=2");
}

TEST(CookieRules, SendLongerPathsFirst) {
  Cookies cookies;
  const Url url = Url::prepare("http://a.b/x/y");
  store_cookies(cookies, url, "Set-Cookie: a=1; Path=/\r\nSet-Cookie: a=2; Path=/x\r\n", kNow);
  EXPECT_EQ(cookie_header(cookies, url, kNow), "a=2; a=1");
}

}  // namespace
}  // namespace cppworker::http
