#include <string>
#include <string_view>

#include <cppworker/http_session.hpp>

#include "http_fixture.hpp"

namespace cppworker::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

/// "/302/to/x" answers 302 with `Location: /x`; everything else is echoed.
void redirecting(const HttpRequest& request, HttpConnection& connection) {
  const std::size_t at = request.target.find("/to/");
  if (at == std::string::npos) {
    connection.reply(request.method + "\n" + request.head + request.body);
  } else {
    const bool has_body = !request.target.starts_with("/304");
    connection.reply(has_body ? "moved" : "", "Location: " + request.target.substr(at + 3) + "\r\n",
                     request.target.substr(1, at - 1) + " Moved");
  }
}

template <class Fixture>
class Redirects : public Fixture {
 protected:
  HttpServer server{redirecting};

  Response request(std::string_view method, std::string_view url,
                   const RequestOptions& options = {}) {
    Response response;
    this->run_user([&] {
      Session client(this->environment, server.url());
      response = client.request(method, url, options);
    });
    return response;
  }
};
using RedirectTest = Redirects<UserFixture>;
using HttpUserRedirect = Redirects<HttpFixture>;

TEST_P(RedirectTest, IsOneRequestUnderTheFirstName) {
  const Response response = request("GET", "/302/to/303/to/x?y=1");
  EXPECT_EQ(response.status_code, 200);
  EXPECT_EQ(response.url, server.url() + "/x?y=1");
  ASSERT_THAT(reported, SizeIs(1));
  EXPECT_EQ(last().name, "/302/to/303/to/x?y=1");
  EXPECT_EQ(last().url, server.url() + "/302/to/303/to/x?y=1");
  EXPECT_EQ(static_cast<std::size_t>(last().response_length), response.text.size());
  EXPECT_THAT(server.requests(), SizeIs(3));
  EXPECT_EQ(server.connections(), 1);
}

TEST_P(RedirectTest, TurnsAPostIntoAGetWithoutBody) {
  const Response response =
      request("POST", "/302/to/x", {.json = "{}", .headers = {{"X-Mine", "1"}}});
  EXPECT_THAT(response.text, testing::StartsWith("GET\n"));
  EXPECT_THAT(response.text, HasSubstr("X-Mine: 1\r\n"));
  EXPECT_THAT(response.text, Not(HasSubstr("Content-")));
}

TEST_P(RedirectTest, RepeatsTheBodyAfter307And308) {
  for (const std::string_view url : {"/307/to/x", "/308/to/x"}) {
    const Response response = request("PUT", url, {.json = "{1}"});
    EXPECT_THAT(response.text, testing::StartsWith("PUT\n"));
    EXPECT_THAT(response.text, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(response.text, testing::EndsWith("{1}"));
  }
}

TEST_F(HttpUserRedirect, ThatIsNotFollowedMayHaveABrokenBody) {
  const auto answer_with = [this](std::string_view rest) {
    HttpServer broken([rest](const HttpRequest&, HttpConnection& connection) {
      connection.send("HTTP/1.1 302 Found\r\nLocation: /x\r\n" + std::string(rest));
      connection.close();
    });
    Response response;
    run_user([&] {
      Session client(environment, broken.url());
      response = client.get("/", {.allow_redirects = false});
    });
    return response;
  };
  const Response response = answer_with("Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
  EXPECT_EQ(response.status_code, 302);
  EXPECT_EQ(response.text, "");
  EXPECT_EQ(answer_with("Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nno").status_code, 302);
  EXPECT_EQ(answer_with("Content-Length: 9\r\n\r\nhalf").status_code, 0);
}

TEST_F(HttpUserRedirect, TakesSeveralLocationsForAList) {
  HttpServer twice([](const HttpRequest& request, HttpConnection& connection) {
    if (request.target == "/") {
      connection.reply("", "Location: /a\r\nLocation: /b\r\n", "302 Found");
    } else {
      connection.reply("ok");
    }
  });
  run_user([&] {
    Session client(environment, twice.url());
    client.get("/");
  });
  EXPECT_EQ(twice.requests().back().target, "/a,%20/b");
}

TEST_F(HttpUserRedirect, KeepsAPutAfter301ButNotItsBody) {
  const Response response = request("PUT", "/301/to/x", {.data = "body"});
  EXPECT_THAT(response.text, testing::StartsWith("PUT\n"));
  EXPECT_THAT(response.text, HasSubstr("Content-Length: 0\r\n"));
  EXPECT_THAT(request("DELETE", "/301/to/x", {.data = "body"}).text, Not(HasSubstr("Content-")));
}

TEST_P(RedirectTest, IsNotFollowedAfter300And304OrForHeadOrWhenNotAllowed) {
  EXPECT_EQ(request("GET", "/300/to/x").status_code, 300);
  EXPECT_EQ(request("GET", "/304/to/x").status_code, 304);
  run_user([&] {
    Session client(environment, server.url());
    EXPECT_EQ(client.head("/302/to/x").status_code, GetParam() == Users::kHttp ? 302 : 200);
    EXPECT_EQ(client.head("/302/to/x", {.allow_redirects = true}).status_code, 200);
    EXPECT_EQ(client.head("/302/to/x", {.allow_redirects = false}).status_code, 302);
  });
  EXPECT_EQ(request("GET", "/302/to/x", {.allow_redirects = false}).status_code, 302);
  EXPECT_EQ(request("HEAD", "/302/to/x").status_code, 200) << "requests' own default";
}

TEST_P(RedirectTest, EndsAfterThirty) {
  std::string url;
  for (int i = 0; i < 31; ++i) {
    url += "/302/to";
  }
  const Response response = request("GET", url + "/x");
  EXPECT_EQ(response.status_code, 0);
  EXPECT_EQ(response.error, by_user("TooManyRedirects('Exceeded 30 redirects.')",
                                    "RetriesExceeded('" + server.url() + url +
                                        "/x', 'Redirection limit reached (30)')"));
  EXPECT_EQ(last().name, by_user("/302/to/x", url + "/x")) << "requests' last, or as given";
  EXPECT_THAT(server.requests(), SizeIs(31));
  EXPECT_EQ(request("GET", url.substr(7) + "/x").status_code, 200);
}

TEST_P(RedirectTest, ReportsAFailedHopUnderItsOwnName) {
  HttpServer mover([](const HttpRequest&, HttpConnection& connection) {
    connection.reply("", "Location: http://127.0.0.1:1/gone\r\n", "302 Found");
  });
  run_user([&] {
    Session client(environment, mover.url());
    client.get("/start");
  });
  EXPECT_THAT(exceptions(), ElementsAre("ConnectionRefusedError(111, 'Connection refused')"));
  EXPECT_EQ(last().name, by_user("/gone", "/start"));
  EXPECT_EQ(last().url, by_user("http://127.0.0.1:1/gone", mover.url() + "/start"));
}

TEST_F(HttpUserRedirect, ThrowsForALocationThatIsNoHttp) {
  HttpServer mover([](const HttpRequest&, HttpConnection& connection) {
    connection.reply("", "Location: ftp://127.0.0.1/x\r\n", "302 Found");
  });
  run_user([&] {
    HttpSession client(environment, mover.url());
    EXPECT_THROW(client.get("/"), InvalidSchema);
    EXPECT_EQ(client.get("/", {.allow_redirects = false}).status_code, 302);
  });
}

TEST_P(RedirectTest, DoesNotTakeCredentialsToAnotherHost) {
  HttpServer mover([this](const HttpRequest& request, HttpConnection& connection) {
    EXPECT_NE(request.header("Authorization"), "");
    connection.reply("", "Location: " + server.url() + "/x\r\n", "302 Found");
  });
  run_user([&] {
    Session client(environment, "http://u:p@127.0.0.1:" + std::to_string(mover.port()));
    EXPECT_THAT(client.get("/").text, Not(HasSubstr("Authorization")));
  });
}

TEST_P(RedirectTest, SendsTheOtherHostItsOwnName) {
  HttpServer mover([this](const HttpRequest&, HttpConnection& connection) {
    connection.reply("", "Location: " + server.url() + "/x\r\n", "302 Found");
  });
  run_user([&] {
    Session client(environment, mover.url());
    client.get("/");
    client.get("/");
  });
  ASSERT_THAT(server.requests(), SizeIs(2));
  const std::string host = "127.0.0.1:" + std::to_string(server.port());
  EXPECT_EQ(server.requests()[0].header("Host"), host);
  EXPECT_EQ(server.requests()[1].header("Host"), host);
  EXPECT_EQ(mover.requests()[1].header("Host"), "127.0.0.1:" + std::to_string(mover.port()));
}

TEST_P(RedirectTest, KeepsCookies) {
  HttpServer setter([](const HttpRequest& request, HttpConnection& connection) {
    if (request.target == "/set") {
      connection.reply("", "Location: /get\r\nSet-Cookie: a=b; Path=/\r\n", "302 Found");
    } else {
      connection.reply(request.header("Cookie"));
    }
  });
  run_user([&] {
    Session client(environment, setter.url());
    EXPECT_EQ(client.get("/set").text, "a=b");
  });
}

INSTANTIATE_TEST_SUITE_P(Of, RedirectTest, kBothUsers, name_of_user);

}  // namespace
}  // namespace cppworker::http
