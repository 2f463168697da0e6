#include <functional>
#include <string>

#include <gtest/gtest.h>

#include <cppworker/cookies.hpp>

namespace cppworker {
namespace {

/// The exception that looking a cookie up throws, as Python shows it.
std::string thrown(const std::function<void()>& look_up) {
  try {
    look_up();
  } catch (const KeyError& error) {
    return std::string("KeyError: ") + error.what();
  } catch (const CookieConflictError& error) {
    return std::string("CookieConflictError: ") + error.what();
  }
  return "nothing";
}

// The expected values are those of requests 2.34 (RequestsCookieJar) for the same calls.

TEST(Cookies, AMissingOneIsAKeyError) {
  Cookies cookies;
  cookies.set("a", "1");
  cookies.set(Cookie{.name = "without_value"});
  EXPECT_EQ(cookies["a"], "1");
  EXPECT_EQ(cookies.get("a", "none"), "1");
  EXPECT_EQ(thrown([&] { (void)cookies["csrftoken"]; }),
            "KeyError: \"name='csrftoken', domain=None, path=None\"");
  EXPECT_EQ(thrown([&] { (void)cookies["without_value"]; }),
            "KeyError: \"name='without_value', domain=None, path=None\"");
  EXPECT_EQ(cookies.get("csrftoken", "none"), "none");
  EXPECT_EQ(cookies.get("without_value", "none"), "none");
}

TEST(Cookies, AnEmptyOneIsThere) {
  Cookies cookies;
  cookies.set("a", "");
  EXPECT_EQ(cookies["a"], "");
  EXPECT_EQ(cookies.get("a", "none"), "");
}

TEST(Cookies, SeveralOfANameAreAConflict) {
  Cookies cookies;
  cookies.set("a", "1", "shop.example");
  cookies.set("a", "2", "shop.example", "/cart");
  const std::string conflict = "CookieConflictError: There are multiple cookies with name, 'a'";
  EXPECT_EQ(thrown([&] { (void)cookies["a"]; }), conflict);
  EXPECT_EQ(thrown([&] { (void)cookies.get("a", "none"); }), conflict);
}

}  // namespace
}  // namespace cppworker
