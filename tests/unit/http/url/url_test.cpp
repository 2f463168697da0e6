#include "http/url/url.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <cppworker/http_session.hpp>

#include "http/url/base_url.hpp"

namespace cppworker::http {
namespace {

using Cases = std::vector<std::pair<std::string_view, std::string_view>>;

template <class Exception>
std::string what(const std::function<void()>& function) {
  try {
    function();
  } catch (const Exception& exception) {
    return exception.what();
  }
  return "nothing was thrown";
}

template <class Exception>
std::string prepare_error(std::string_view url) {
  return what<Exception>([url] { static_cast<void>(Url::prepare(url)); });
}

// What Python's HttpUser sent and showed for the same calls (requests 2.34, urllib3 2.8).
TEST(BaseUrl, QuotesPathsAsRequestsDoes) {
  const BaseUrl base("http://127.0.0.1:8080");
  const Cases cases{
      {"/a b", "/a%20b"},
      {"/a%20b", "/a%20b"},
      {"/a%zz", "/a%25zz"},
      {"/%e9%zz", "/%25E9%25zz"},
      {"/%7Efoo", "/~foo"},
      {"/é", "/%C3%A9"},
      {"/é?q=ü", "/%C3%A9?q=%C3%BC"},
      {R"(/a?b=c d&e="<>)", "/a?b=c%20d&e=%22%3C%3E"},
      {"/a#frag", "/a"},
      {"/a?x#frag", "/a?x"},
      {"", "/"},
      {"?q=1", "/?q=1"},
      {"/a/../b", "/b"},
      {"/./a", "/a"},
      {"/a/..", "/"},
      {"/a/.", "/a/"},
      {"/.hidden", "/.hidden"},
      {"/a//b", "/a//b"},
      {"//dd", "//dd"},
      {"/%41", "/A"},
      {R"(/a|b^c`d{e}\f)", "/a%7Cb%5Ec%60d%7Be%7D%5Cf"},
      {"/?", "/"},
      {"/a?", "/a"},
      {"/a;b=1", "/a;b=1"},
      {"/%2f%2F", "/%2F%2F"},
      {"/a\nb", "/a%0Ab"},
      {"/[x]", "/%5Bx%5D"},
      {"/a%", "/a%25"},
      {"/%e9", "/%E9"},
      {"/%3f%20", "/%3F%20"},
      {"/a?b#c?d", "/a?b"},
      {"/a?b?c", "/a?b?c"},
      {"/a?b=/../c", "/a?b=/../c"},
      {"HTTP://127.0.0.1:9/up", "/up"},
      {"http://127.0.0.1:9", "/"},
      {"http://127.0.0.1:9?x=1", "/?x=1"},
  };
  for (const auto& [url, expected] : cases) {
    EXPECT_EQ(base.resolve(url).path_url(), expected) << url;
  }
}

TEST(Url, KeepsTheZoneOfALinkLocalAddress) {
  for (const char* text : {"http://[FE80::1%25eth0]:81/a", "http://[fe80::1%eth0]:81/a",
                           "http://[fe80::1%25eth%30]:81/a"}) {
    const Url url = Url::prepare(text);
    EXPECT_EQ(url.text(), "http://[fe80::1%25eth0]:81/a") << text;
    EXPECT_EQ(url.host(), "[fe80::1%25eth0]");
    EXPECT_EQ(url.host().substr(url.zone()), "%25eth0]");
    EXPECT_TRUE(url.host_is_address());
    EXPECT_EQ(url.port(), 81);
    EXPECT_EQ(url.redirected("/b").host(), "[fe80::1%25eth0]");
  }
  const Url there = Url::prepare("http://a/").redirected("http://[fe80::1%eth0]/b");
  EXPECT_EQ(there.host(), "[fe80::1%25eth0]");
  EXPECT_EQ(BaseUrl("http://[fe80::1%25Eth0]").resolve("/x").text(), "http://[fe80::1%25Eth0]/x");
  EXPECT_EQ(Url::prepare("http://[::1]/").zone(), std::string_view::npos);
  EXPECT_EQ(Url::prepare("http://a%2ab/").zone(), std::string_view::npos);
  for (const char* wrong : {"http://[fe80::1%]/", "http://[fe80::1%25e/0]/", "http://[fe80::1% x]/",
                            "http://[10.0.0.1%25eth0]/", "http://[fe80::zz%25eth0]/"}) {
    EXPECT_THROW(static_cast<void>(Url::prepare(wrong)), InvalidURL) << wrong;
  }
}

TEST(BaseUrl, AppendsPlainPathsToWhateverTheHostEndsWith) {
  EXPECT_EQ(BaseUrl("https://shop.example").resolve("/a?b=1").text(), "https://shop.example/a?b=1");
  EXPECT_EQ(BaseUrl("http://shop.example/api").resolve("/a").path_url(), "/api/a");
  EXPECT_EQ(BaseUrl("http://shop.example/api/").resolve("/a").path_url(), "/api//a");
  EXPECT_EQ(BaseUrl("http://shop.example/api/..").resolve("/a").path_url(), "/a");
  EXPECT_EQ(BaseUrl("http://shop.example/a b").resolve("/c").path_url(), "/a%20b/c");
  EXPECT_EQ(BaseUrl("http://shop.example/?x=1").resolve("/c").path_url(), "/?x=1/c");
  EXPECT_EQ(BaseUrl("HTTP://SHOP.example:80").resolve("/c").text(), "http://shop.example:80/c");
  EXPECT_EQ(BaseUrl("http://shop.example").resolve(".org/x").text(), "http://shop.example.org/x");
}

TEST(BaseUrl, GivesTheFastWayAndTheSlowWayTheSameParts) {
  const BaseUrl base("http://[::1]:81");
  const Url fast = base.resolve("/a?b");
  const Url slow = Url::prepare("http://[::1]:81/a?b");
  EXPECT_EQ(fast.text(), slow.text());
  EXPECT_EQ(fast.wire_text(), slow.wire_text());
  EXPECT_EQ(fast.path_url(), slow.path_url());
  EXPECT_EQ(fast.host(), "[::1]");
  EXPECT_EQ(fast.port(), 81);
  EXPECT_TRUE(fast.host_is_address());
}

TEST(BaseUrl, RemovesCredentialsFromTheHost) {
  const BaseUrl base("http://me:p%40ss@127.0.0.1:80");
  ASSERT_TRUE(base.credentials());
  EXPECT_EQ(base.credentials()->user, "me");
  EXPECT_EQ(base.credentials()->password, "p@ss");
  EXPECT_EQ(base.resolve("/x").text(), "http://127.0.0.1:80/x");
  EXPECT_FALSE(BaseUrl("http://me@h").credentials());
  EXPECT_EQ(BaseUrl("http://me@h").resolve("/x").text(), "http://me@h/x");
}

TEST(Url, KeepsCredentialsAndFragmentOffTheWire) {
  const Url url = Url::prepare("http://user:pw@127.0.0.1:8080/echo#f");
  EXPECT_EQ(url.text(), "http://user:pw@127.0.0.1:8080/echo#f");
  EXPECT_EQ(url.wire_text(), "http://127.0.0.1:8080/echo");
  EXPECT_EQ(url.userinfo(), "user:pw");
  EXPECT_EQ(url.path_url(), "/echo");
}

TEST(Url, KnowsHostAndPort) {
  EXPECT_EQ(Url::prepare("http://Ex%41mple.test/").host(), "example.test");
  EXPECT_FALSE(Url::prepare("http://example.test/").host_is_address());
  EXPECT_TRUE(Url::prepare("http://10.0.0.1/").host_is_address());
  EXPECT_FALSE(Url::prepare("http://1.2.3.4.5/").host_is_address());
  EXPECT_EQ(Url::prepare("http://a/").port(), 80);
  EXPECT_EQ(Url::prepare("https://a/").port(), 443);
  EXPECT_EQ(Url::prepare("https://a:/").port(), 443);
  EXPECT_EQ(Url::prepare("http://a:0/").text(), "http://a/");
  EXPECT_EQ(Url::prepare("http://a:0080/").port(), 80);
}

TEST(Url, KnowsTheHostOfARedirectInLowerCaseAndKeepsItsText) {
  Url url = Url::prepare("http://a.example/x").redirected("//me@SHOP.example:81?q");
  EXPECT_EQ(url.text(), "http://me@SHOP.example:81?q");
  EXPECT_EQ(url.host(), "shop.example");
  EXPECT_EQ(url.port(), 81);
  EXPECT_EQ(url.userinfo(), "me");
  EXPECT_EQ(url.path_url(), "?q");
  EXPECT_EQ(url.wire_text(), "http://SHOP.example:81?q");
  EXPECT_EQ(url.redirected("/y").text(), "http://me@SHOP.example:81/y");
  EXPECT_EQ(std::move(url).text(), "http://me@SHOP.example:81?q");
}

TEST(Url, ReportsInvalidUrlsAsRequestsDoes) {
  EXPECT_EQ(prepare_error<MissingSchema>("/x"),
            "Invalid URL '/x': No scheme supplied. Perhaps you meant https:///x?");
  EXPECT_EQ(prepare_error<MissingSchema>("foo.com/x"),
            "Invalid URL 'foo.com/x': No scheme supplied. Perhaps you meant https://foo.com/x?");
  EXPECT_EQ(prepare_error<InvalidSchema>("ftp://x//x"),
            "No connection adapters were found for 'ftp://x//x'");
  EXPECT_EQ(prepare_error<InvalidSchema>("httpx://x/"),
            "No connection adapters were found for 'httpx://x/'");
  EXPECT_EQ(prepare_error<InvalidURL>("http:///x"), "Invalid URL 'http:///x': No host supplied");
  EXPECT_EQ(prepare_error<InvalidURL>("http://a b/"),
            "Failed to parse: Host 'a b' contains invalid character ' '");
  EXPECT_EQ(prepare_error<InvalidURL>("http://*.x/"), "URL has an invalid label.");
  EXPECT_EQ(prepare_error<InvalidURL>("http://127.0.0.1:99999/"),
            "Failed to parse: http://127.0.0.1:99999/");
  EXPECT_EQ(prepare_error<InvalidURL>("http://127.0.0.1:80foo"),
            "Failed to parse: '127.0.0.1:80foo' is not a valid host or port");
  EXPECT_EQ(prepare_error<InvalidURL>("http://127.0.0.1:80 /x"),
            "Failed to parse: Host '127.0.0.1:80 ' contains invalid character ' '");
  EXPECT_EQ(prepare_error<InvalidURL>("http://[::1/"),
            "Failed to parse: '[::1' is not a valid host or port");
}

TEST(Url, FollowsRedirectsLikePythonsUrljoin) {
  const Url from = Url::prepare("http://shop.example/a/b?q=1#part");
  const Cases cases{
      {"/x?y", "http://shop.example/x?y#part"},
      {"c", "http://shop.example/a/c#part"},
      {"../c", "http://shop.example/c#part"},
      {"./", "http://shop.example/a/#part"},
      {"?z=2", "http://shop.example/a/b?z=2#part"},
      {"#new", "http://shop.example/a/b?q=1#new"},
      {"//other.example/x", "http://other.example/x#part"},
      {"https://other.example:444/x#y", "https://other.example:444/x#y"},
      {"/a b", "http://shop.example/a%20b#part"},
      {"/%7Eme", "http://shop.example/~me#part"},
      {"http://", "http://shop.example/a/b?q=1#part"},
  };
  for (const auto& [location, expected] : cases) {
    EXPECT_EQ(from.redirected(location).text(), expected) << location;
  }
  EXPECT_EQ(what<InvalidSchema>([&] { static_cast<void>(from.redirected("ftp://h/x")); }),
            "No connection adapters were found for 'ftp://h/x#part'");
}

// The expected values are those of requests 2.34 with urllib3 2.8 and idna 3.20.

TEST(Url, EncodesHostsBeyondAsciiAsIdna2008) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"http://bücher.example/", "http://xn--bcher-kva.example/"},
      {"http://BÜCHER.Example:81/x", "http://xn--bcher-kva.example:81/x"},
      {"http://faß.de/", "http://xn--fa-hia.de/"},
      {"http://日本語.jp/", "http://xn--wgv71a119e.jp/"},
      {"http://ΣΊΣΥΦΟΣ.gr/", "http://xn--kxa6ajbbmh.gr/"},
      {"http://İstanbul.tr/", "http://xn--istanbul-o0e.tr/"},
      {"http://l·l.cat/", "http://xn--ll-0ea.cat/"},
      {"http://ü.example./", "http://xn--tda.example./"},
      {"http://ü..x/", "http://xn--tda..x/"},
      {"http://user:pü@ö.example/ä?ö#ü",
       "http://user:p%C3%BC@xn--nda.example/%C3%A4?%C3%B6#%C3%BC"},
      {"http://xn--zz.example/", "http://xn--zz.example/"},
      {"http://b%C3%BCcher.example/", "http://b%C3%BCcher.example/"},
      {"http://a%2fb.example/", "http://a%2Fb.example/"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(Url::prepare(text).text(), expected);
  }
  const Url url = Url::prepare("http://BÜCHER.example:81/x");
  EXPECT_EQ(url.host(), "xn--bcher-kva.example");
  EXPECT_EQ(url.address(), "xn--bcher-kva.example:81");
  EXPECT_EQ(BaseUrl("http://bücher.example").resolve("/a?b").text(),
            "http://xn--bcher-kva.example/a?b");
}

TEST(Url, RefusesHostsThatAreNoIdnaLabels) {
  for (const char* label : {"☃", "日本語。jp", "ａｂｃ", "-ü", "ü-", "bu\u0308cher", "ü_x", "ab--ü",
                            "·l·l", "1\u05d0", "ö\u200d"}) {
    EXPECT_EQ(prepare_error<InvalidURL>(std::string("http://x.") + label + ".example/"),
              std::string("Failed to parse: Name '") + label + "' is not a valid IDNA label");
  }
  EXPECT_EQ(prepare_error<InvalidURL>("http://a%00b/"),
            "Failed to parse: Host 'a%00b' contains invalid percent-encoded control character "
            "'%00'");
  EXPECT_EQ(prepare_error<InvalidURL>("http://ö%zz.example/"),
            "Failed to parse: 'ö%zz.example' is not a valid host or port");
  EXPECT_EQ(prepare_error<InvalidURL>("http://a:123456/"),
            "Failed to parse: 'a:123456' is not a valid host or port");
}

}  // namespace
}  // namespace cppworker::http
