#include <stdexcept>
#include <string>

#include <cppworker/http_session.hpp>

#include "http_fixture.hpp"

namespace cppworker::http {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::SizeIs;

class RestTest : public UserFixture {
 protected:
  HttpServer server{[](const HttpRequest& request, HttpConnection& connection) {
    if (request.target.starts_with("/text")) {
      connection.reply("<html>", {}, "500 Internal Server Error");
    } else if (request.target == "/head") {
      connection.reply(R"({"type": ")" + request.header("Content-Type") + R"(", "accept": ")" +
                       request.header("Accept") + R"("})");
    } else {
      connection.reply(R"({"id": 7, "tags": ["a", "b"]})");
    }
  }};

  void rest(std::string_view url, const HttpSession::RestCheck& check,
            const RequestOptions& options = {}) {
    run_user([&] {
      Session client(environment, server.url());
      client.rest("GET", url, options, check);
    });
  }
  std::string failure() const { return last().exception.value_or(""); }
};

TEST_P(RestTest, ParsesTheAnswer) {
  rest("/item", [](RestResponse& response) {
    EXPECT_EQ(response.js["id"], 7);
    EXPECT_EQ(response.js["tags"][1], "b");
  });
  EXPECT_EQ(failure(), "");
  EXPECT_EQ(last().name, "/item");
}

TEST_P(RestTest, AsksForJsonUnlessTheAuthorAsksForSomethingElse) {
  rest("/head", [](RestResponse& response) {
    EXPECT_EQ(response.js["type"], "application/json");
    EXPECT_EQ(response.js["accept"], "application/json");
  });
  rest("/head", [](RestResponse& response) { EXPECT_EQ(response.js["accept"], "x/y"); },
       {.headers = {{"accept", "x/y"}}});
  EXPECT_EQ(failure(), "");
}

TEST_P(RestTest, MakesAFailureOfAnAnswerThatIsNoJson) {
  rest("/text", [](RestResponse& response) { EXPECT_TRUE(response.js.is_none()); });
  EXPECT_EQ(failure(),
            "CatchResponseError('Could not parse response as JSON. <html>, response code 500, "
            "error Expecting value: line 1 column 1 (char 0)')");
}

TEST_P(RestTest, MakesFailuresOfAssertions) {
  rest("/item", [](RestResponse& response) { require(response.js["id"] == 8, "wrong id"); });
  EXPECT_EQ(failure(), "CatchResponseError('wrong id')");
  rest("/item", [](RestResponse& response) { require(response.js["id"] == 8, "wrong id,"); });
  EXPECT_EQ(failure(),
            "CatchResponseError('wrong id, response was {\"id\": 7, \"tags\": [\"a\", \"b\"]}')");
  rest("/item", [](RestResponse&) { require(false); });
  EXPECT_EQ(failure(), "CatchResponseError('Assertion failed')");
  rest("/item", [](RestResponse& response) { require(response.js["id"] == 7, "wrong id"); });
  EXPECT_EQ(failure(), "");
}

TEST_P(RestTest, MakesFailuresOfOtherExceptions) {
  rest("/item", [](RestResponse& response) { static_cast<void>(response.js["missing"]); });
  EXPECT_EQ(failure(),
            "CatchResponseError('KeyError: \\'missing\\'. Response was {\"id\": 7, "
            "\"tags\": [\"a\", \"b\"]}')");
}

TEST_P(RestTest, LetsTheAuthorDecide) {
  rest("/item", [](RestResponse& response) { response.failure("mine"); });
  EXPECT_EQ(failure(), "CatchResponseError('mine')");
  rest("/text", [](RestResponse& response) { response.success(); });
  EXPECT_EQ(failure(), "");
}

TEST_P(RestTest, ReportsAFailedConnection) {
  run_user([&] {
    Session client(environment, "http://127.0.0.1:1");
    client.rest("GET", "/x");
  });
  EXPECT_EQ(failure(), "CatchResponseError(\"ConnectionRefusedError(111, 'Connection refused')\")");
}

TEST_P(RestTest, LetsControlFlowPassUnreported) {
  run_user([&] {
    Session client(environment, server.url());
    EXPECT_THROW(client.rest("GET", "/item", {}, [](RestResponse&) { throw RescheduleTask{}; }),
                 RescheduleTask);
  });
  EXPECT_THAT(reported, SizeIs(0));
}

TEST_P(RestTest, AddsATimestampThatTheNameLeavesOut) {
  run_user([&] {
    Session client(environment, server.url());
    client.rest_("GET", "/item?a=1");
    client.rest_("GET", "/item");
  });
  EXPECT_EQ(reported.at(0).name, "/item?a=1&_=...");
  EXPECT_EQ(reported.at(1).name, "/item?_=...");
  EXPECT_THAT(server.requests().at(0).target, MatchesRegex("/item\\?a=1&_=[0-9]{13}"));
}

INSTANTIATE_TEST_SUITE_P(Of, RestTest, kBothUsers, name_of_user);

}  // namespace
}  // namespace cppworker::http
