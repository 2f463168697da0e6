#include <string>
#include <string_view>

#include <cppworker/http_session.hpp>
#include <cppworker/http_user.hpp>

#include "http_fixture.hpp"

namespace cppworker::http {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

/// The request as the server saw it; "/set?…" sets the cookie in its query.
void show_request(const HttpRequest& request, HttpConnection& connection) {
  const std::string cookie =
      request.target.starts_with("/set?") ? "Set-Cookie: " + request.target.substr(5) + "\r\n" : "";
  connection.reply(
      request.method + " " + request.target + "\n" + request.head + "\n" + request.body, cookie);
}

template <class Fixture>
class Options : public Fixture {
 protected:
  /// Runs one request of a fresh session and returns what the server received.
  std::string seen(std::string_view method, std::string_view url, const RequestOptions& options) {
    std::string text;
    this->run_user([&] {
      Session client(this->environment, server.url());
      text = client.request(method, url, options).text;
    });
    return text;
  }

  HttpServer server{show_request};
};
using RequestOptionsTest = Options<UserFixture>;
using HttpUserOptions = Options<HttpFixture>;

TEST_P(RequestOptionsTest, ParamsAreAddedToTheQuery) {
  EXPECT_THAT(seen("GET", "/x", {.params = {{"q", "a b&c"}, {"q", "ü"}}}),
              HasSubstr("GET /x?q=a+b%26c&q=%C3%BC\n"));
  EXPECT_EQ(last().name, by_user("/x?q=a+b%26c&q=%C3%BC", "/x"));
  EXPECT_THAT(seen("GET", "/x?z=1#part", {.params = {{"q", "2"}}}), HasSubstr("GET /x?z=1&q=2\n"));
}

std::string text_of(const Pairs& pairs) {
  std::string text;
  for (const auto& [name, value] : pairs) text += name + "=" + value + " ";
  return text;
}

TEST(Pairs, TakeTextsNumbersBoolsAndValues) {
  const std::string text = "s";
  const std::string_view view = "v";
  const Value json{{"id", 7}, {"no", nullptr}, {"ids", Value::List{1, "b"}}};
  EXPECT_EQ(text_of({{"a", "literal"}, {text, text}, {view, view}, {"c", text.c_str()}}),
            "a=literal s=s v=v c=s ");
  EXPECT_EQ(text_of({{"i", 7}, {"u", text.size()}, {"d", 0.5}, {"w", 2.0}, {"b", true}}),
            "i=7 u=1 d=0.5 w=2.0 b=True ");
  // As in Python's requests: a list is sent as several pairs, None is left out.
  EXPECT_EQ(text_of({{"id", json["id"]}, {"no", json["no"]}, {"ids", json["ids"]}}),
            "id=7 ids=1 ids=b ");
  EXPECT_THROW((void)text_of({{"map", json}}), TypeError);
  const Pairs made = std::vector<std::pair<std::string, std::string>>{{"a", "b"}};
  EXPECT_EQ(text_of({made[0], {"c", 1}}), "a=b c=1 ");
  Headers headers{{"X-A", view}, {"X-B", 7}};
  EXPECT_EQ(text_of({{"a", headers["X-A"]}}), "a=v ");
  EXPECT_EQ(text_of(headers), "X-A=v X-B=7 ");
}

TEST(JsonBody, TakesTextsAndValues) {
  const std::string text = "[1]";
  static constexpr const char kLiteral[] = "[2]";
  const Value value{{"id", 7}};
  EXPECT_EQ(RequestOptions{.json = text}.json, "[1]");
  EXPECT_EQ(RequestOptions{.json = kLiteral}.json.data(), &kLiteral[0]);  // not copied
  EXPECT_EQ(RequestOptions{.json = value}.json, R"({"id": 7})");
  EXPECT_EQ((RequestOptions{.json = {{"id", 7}}}.json), R"({"id": 7})");
  EXPECT_EQ((RequestOptions{.json = {{"a", {{"b", text}}}, {"c", Value::List{}}}}.json),
            R"({"a": {"b": "[1]"}, "c": []})");
  EXPECT_EQ((RequestOptions{.json = Value::Map{{"id", 7}}}.json), R"({"id": 7})");
  EXPECT_EQ((RequestOptions{.json = Value::List{1, 2}}.json), "[1, 2]");
  EXPECT_EQ(RequestOptions{.json = Value(7)}.json, "7");
  EXPECT_TRUE(RequestOptions{.json = Value()}.json.empty());  // json=None in Python
  static_assert(!std::is_constructible_v<JsonBody, const char*, std::size_t>);
  EXPECT_THROW((void)RequestOptions{.json = Value(Value::Bytes{"x"})}, std::invalid_argument);
}

TEST_P(RequestOptionsTest, FormsAreUrlEncoded) {
  const std::string text = seen("POST", "/x", {.form = {{"user", "a b"}, {"pw", "1+1=2"}}});
  EXPECT_THAT(text, HasSubstr(by_user(
                        "Content-Type: application/x-www-form-urlencoded\r\n",
                        "content-type: application/x-www-form-urlencoded; charset=utf-8\r\n")));
  EXPECT_THAT(text, HasSubstr("\nuser=a+b&pw=1%2B1%3D2"));
}

TEST_P(RequestOptionsTest, FilesAreSentAsMultipartWithTheForm) {
  const std::string text = seen(
      "POST", "/x",
      {.form = {{"field", "value"}},
       .files = {
           {.name = "plain", .content = "bytes"},
           {.name = "f", .content = "<b>", .filename = "a\".html", .content_type = "text/html"}}});
  const std::size_t at = text.find("boundary=") + 9;
  const std::string boundary = text.substr(at, text.find('\r', at) - at);
  EXPECT_THAT(boundary, SizeIs(32));
  EXPECT_EQ(text.substr(text.find("\n\n--") + 2),
            "--" + boundary +
                "\r\nContent-Disposition: form-data; name=\"field\"\r\n\r\nvalue\r\n--" + boundary +
                "\r\nContent-Disposition: form-data; name=\"plain\"; filename=\"plain\"\r\n\r\n"
                "bytes\r\n--" +
                boundary +
                "\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a%22.html\"\r\n"
                "Content-Type: text/html\r\n\r\n<b>\r\n--" +
                boundary + "--\r\n");
}

TEST_F(HttpUserOptions, ThatContradictEachOtherThrow) {
  run_user([&] {
    HttpSession client(environment, server.url());
    EXPECT_THROW(client.post("/", {.data = "a", .form = {{"b", "c"}}}), std::invalid_argument);
    EXPECT_THROW(client.get("/", {.timeout = {1s, 0s}}), std::invalid_argument);
    EXPECT_THROW(client.get("/", {.timeout = Seconds{0}}), std::invalid_argument);
  });
  EXPECT_THAT(reported, SizeIs(0));
}

TEST_P(RequestOptionsTest, AuthWinsOverTheSessionsAndThatOverTheUrls) {
  run_user([&] {
    Session client(environment, "http://a:b@127.0.0.1:" + std::to_string(server.port()));
    EXPECT_THAT(client.get("/").text, HasSubstr("Authorization: Basic YTpi\r\n"));
    EXPECT_THAT(client.get("/", {.auth = Auth{"user", "pw"}}).text,
                HasSubstr("Authorization: Basic dXNlcjpwdw==\r\n"));
    client.auth.reset();
    EXPECT_THAT(client.get("/").text, Not(HasSubstr("Authorization")));
  });
}

TEST_P(RequestOptionsTest, CookiesOfARequestAreNotKept) {
  run_user([&] {
    Session client(environment, server.url());
    client.get("/set?kept=1");
    EXPECT_THAT(client.get("/", {.cookies = {{"once", "2"}}}).text,
                HasSubstr("Cookie: kept=1; once=2\r\n"));
    EXPECT_THAT(client.get("/").text, HasSubstr("Cookie: kept=1\r\n"));
    EXPECT_EQ(client.cookies["kept"], "1");
    client.cookies.set("mine", "3");
    EXPECT_THAT(client.get("/").text, HasSubstr("Cookie: kept=1; mine=3\r\n"));
    client.cookies.clear();
    EXPECT_THAT(client.get("/").text, Not(HasSubstr("Cookie")));
  });
}

TEST_P(RequestOptionsTest, AResponseHasTheCookiesThatItSet) {
  run_user([&] {
    Session client(environment, server.url());
    EXPECT_EQ(client.get("/set?a=1;Path=/;HttpOnly").cookies()["a"], "1");
    for (const Cookie& cookie : client.get("/set?b=2;Path=/").cookies().items()) {
      EXPECT_EQ(cookie.name + "=" + *cookie.value, "b=2");
    }
    EXPECT_TRUE(client.get("/set?a=1;Domain=other.example").cookies().empty());
  });
}

TEST_P(RequestOptionsTest, HeadersOfTheSessionGoWithEachRequest) {
  run_user([&] {
    Session client(environment, server.url());
    client.headers = {{"X-Session", "1"}, {"User-Agent", "me"}};
    EXPECT_THAT(client.get("/").text, HasSubstr("User-Agent: me\r\n"));
    EXPECT_THAT(client.get("/", {.headers = {{"X-Session", "2"}}}).text,
                HasSubstr("X-Session: 2\r\n"));
  });
}

TEST_P(RequestOptionsTest, RequestsAreRenamedInAScope) {
  run_user([&] {
    Session client(environment, server.url());
    {
      const auto naming = client.rename_request("/[id]");
      client.get("/1");
      client.get("/2", {.name = "own"});
    }
    client.get("/3");
    client.request_name = "all";
    client.get("/4");
  });
  std::vector<std::string> names;
  for (const Reported& report : reported) {
    names.push_back(report.name);
  }
  EXPECT_THAT(names, ElementsAre("/[id]", "own", "/3", "all"));
}

TEST_P(RequestOptionsTest, ContextOfUserAndRequestGoesToListeners) {
  struct Shopper final : HttpUser {
    Value::Map context() override { return {{"user", 7}, {"step", "none"}}; }
  };
  std::vector<Value> contexts;
  environment.events.request.add_listener(
      [&](const RequestEvent& event) { contexts.push_back(event.context); });
  run_user([&] {
    Shopper user;
    Session client(environment, server.url(), &user);
    client.get("/", {.context = {{"step", "pay"}}});
    Session plain(environment, server.url());
    plain.get("/");
  });
  EXPECT_THAT(contexts, ElementsAre(Value(Value::Map{{"user", 7}, {"step", "pay"}}), Value()));
}

TEST_F(HttpUserOptions, AProxyIsAskedForTheWholeUrl) {
  run_user([&] {
    HttpSession client(environment, "http://no-such-host.invalid");
    client.proxies.http = server.url();
    EXPECT_THAT(client.get("/x").text, HasSubstr("GET http://no-such-host.invalid/x\n"));
    client.proxies.http = "http://127.0.0.1:1";
    EXPECT_THAT(client.get("/x", {.proxies = Proxies{.http = server.url("localhost")}}).text,
                HasSubstr("GET http://no-such-host.invalid/x\n"));
  });
}

TEST_F(HttpUserOptions, ATunnelThatAProxyRefusesIsAFailureWithItsStatus) {
  HttpServer proxy([](const HttpRequest&, HttpConnection& connection) {
    connection.reply("no", {}, "407 Who are you?");
  });
  run_user([&] {
    HttpSession client(environment, "https://no-such-host.invalid");
    client.proxies.https = proxy.url();
    EXPECT_EQ(client.get("/x").status_code, 0);
  });
  EXPECT_THAT(exceptions(), ElementsAre("OSError('Tunnel connection failed: 407 Who are you?')"));
  EXPECT_EQ(last().name, "/x");
}

TEST_F(HttpUserOptions, ProxiesOfTheEnvironmentNeedTrustEnv) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads it
  setenv("http_proxy", server.url().c_str(), 1);
  run_user([&] {
    HttpSession client(environment, server.url());
    EXPECT_THAT(client.get("/x").text, HasSubstr("GET /x\n"));
    client.trust_env = true;
    EXPECT_THAT(client.get("/x").text, HasSubstr("GET http://127.0.0.1:"));
  });
  unsetenv("http_proxy");  // NOLINT(concurrency-mt-unsafe)
}

TEST_P(RequestOptionsTest, MaxRedirectsAndHistory) {
  HttpServer mover([](const HttpRequest& request, HttpConnection& connection) {
    connection.reply("moved " + request.target, "Location: " + request.target + "x\r\n",
                     request.target == "/xxx" ? "200 OK" : "302 Found");
  });
  run_user([&] {
    Session client(environment, mover.url());
    const Response response = client.get("/x");
    ASSERT_THAT(response.history, SizeIs(2));
    EXPECT_EQ(response.history.front().status_code, 302);
    EXPECT_EQ(response.history.front().reason, "Found");
    EXPECT_EQ(response.history.back().text, "moved /xx");
    EXPECT_EQ(response.history.back().url, mover.url() + "/xx");
    client.max_redirects = 1;
    EXPECT_EQ(client.get("/x").error,
              by_user("TooManyRedirects('Exceeded 1 redirects.')",
                      "RetriesExceeded('" + mover.url() + "/x', 'Redirection limit reached (1)')"));
  });
}

TEST_P(RequestOptionsTest, AResponseRaisesForItsStatus) {
  HttpServer missing(
      [](const HttpRequest&, HttpConnection& c) { c.reply("no", {}, "404 Not Found"); });
  run_user([&] {
    Session client(environment, missing.url());
    const Response response = client.get("/x");
    EXPECT_EQ(response.reason, "Not Found");
    EXPECT_THROW(response.raise_for_status(), HTTPError);
    client.get(server.url() + "/").raise_for_status();
  });
}

TEST_P(RequestOptionsTest, TheReadTimeoutBeginsWithTheConnection) {
  HttpServer silent([this](const HttpRequest&, HttpConnection& connection) {
    clock.advance(2s);
    connection.hold();
  });
  clock.freeze();
  run_user([&] {
    Session client(environment, silent.url());
    client.get("/x", {.timeout = {10s, 1s}});
  });
  EXPECT_THAT(last().exception.value_or(""),
              HasSubstr(by_user("Read timed out. (read timeout=1)", "original=timed out")));
}

INSTANTIATE_TEST_SUITE_P(Of, RequestOptionsTest, kBothUsers, name_of_user);

}  // namespace
}  // namespace cppworker::http
