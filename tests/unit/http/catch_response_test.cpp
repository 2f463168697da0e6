#include <stdexcept>
#include <string>

#include <cppworker/exception.hpp>
#include <cppworker/fast_http_user.hpp>
#include <cppworker/http_session.hpp>
#include <cppworker/http_user.hpp>

#include "http_fixture.hpp"

namespace cppworker::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// A server that responds with the status code in the path.
class CatchResponseTest : public UserFixture {
 protected:
  HttpServer server{[](const HttpRequest& request, HttpConnection& connection) {
    connection.reply("body", {}, request.target.substr(1) + " Reason");
  }};

  void call(const std::string& path, const HttpSession::Check& check) {
    run_user([&] {
      Session client(environment, server.url());
      client.get(path, {}, check);
    });
  }
};

TEST_P(CatchResponseTest, DecidesThatAnErrorIsASuccess) {
  call("/500", [](CatchResponse& response) {
    EXPECT_EQ(response.status_code, 500);
    EXPECT_EQ(response.text, "body");
    response.success();
  });
  EXPECT_THAT(exceptions(), ElementsAre(""));
}

TEST_P(CatchResponseTest, DecidesThatAnAnswerIsAFailure) {
  call("/200", [](CatchResponse& response) { response.failure("it's wrong"); });
  EXPECT_THAT(exceptions(), ElementsAre("CatchResponseError(\"it's wrong\")"));
  EXPECT_EQ(last().response_length, 4);
}

TEST_P(CatchResponseTest, CountsTheLastVerdict) {
  call("/200", [](CatchResponse& response) {
    response.failure("first");
    response.success();
  });
  EXPECT_THAT(exceptions(), ElementsAre(""));
}

TEST_P(CatchResponseTest, LeavesItToTheStatusWithoutAVerdict) {
  call("/404", [](CatchResponse&) {});
  EXPECT_THAT(exceptions(),
              ElementsAre(by_user("HTTPError('404 Client Error: Reason for url: /404')",
                                  "LocustBadStatusCode(code=404)")));
}

TEST_P(CatchResponseTest, MayForgiveAFailedConnection) {
  run_user([&] {
    Session client(environment, "http://127.0.0.1:1");
    client.get("/x", {}, [](CatchResponse& response) {
      EXPECT_EQ(response.status_code, 0);
      EXPECT_EQ(response.error, "ConnectionRefusedError(111, 'Connection refused')");
      response.success();
    });
  });
  EXPECT_THAT(exceptions(), ElementsAre(""));
}

TEST_P(CatchResponseTest, ReportsNothingWhenTheCheckThrowsFirst) {
  run_user([&] {
    Session client(environment, server.url());
    EXPECT_THROW(client.get("/200", {}, [](CatchResponse&) { throw std::runtime_error("oops"); }),
                 std::runtime_error);
    EXPECT_THROW(client.get("/200", {}, [](CatchResponse&) { throw RescheduleTask{}; }),
                 RescheduleTask);
  });
  EXPECT_THAT(reported, IsEmpty());
}

TEST_P(CatchResponseTest, ReportsAVerdictThatCameBeforeTheException) {
  run_user([&] {
    Session client(environment, server.url());
    EXPECT_THROW(client.get("/200", {},
                            [](CatchResponse& response) {
                              response.failure("no");
                              throw RescheduleTask{};
                            }),
                 RescheduleTask);
  });
  EXPECT_THAT(exceptions(), ElementsAre("CatchResponseError('no')"));
}

TEST_P(CatchResponseTest, CountsARequestWhoseCheckWasStoppedAsCutOff) {
  run_user([&] {
    Session client(environment, server.url());
    client.get("/200", {}, [](CatchResponse&) { throw StopUser{}; });
  });
  EXPECT_THAT(reported, IsEmpty());
  EXPECT_THAT(shard.cut_off_requests, ElementsAre(std::pair("GET /200", 1)));
}

TEST_P(CatchResponseTest, MayRequestWithinTheCheck) {
  run_user([&] {
    Session client(environment, server.url());
    client.get("/201", {}, [&](CatchResponse&) { client.get("/202"); });
  });
  ASSERT_THAT(reported, SizeIs(2));
  EXPECT_EQ(reported[0].name, "/202");
  EXPECT_EQ(reported[1].name, "/201");
  EXPECT_EQ(reported[1].status_code, 201);
}

template <class U>
std::string missing_host_text() {
  U user;
  try {
    static_cast<void>(user.client());
    return "no exception";
  } catch (const Error& error) {
    return error.what();
  }
}
constexpr const char* kMissingHost =
    "You must specify the base host. Either in the host attribute in the User class, or on the "
    "command line using the --host option.";

TEST(HttpUserTest, ReportsAMissingHostAsLocustDoes) {
  EXPECT_EQ(missing_host_text<HttpUser>(), kMissingHost);
}

TEST(FastHttpUserTest, ReportsAMissingHostAsLocustDoes) {
  EXPECT_EQ(missing_host_text<FastHttpUser>(), kMissingHost);
}

INSTANTIATE_TEST_SUITE_P(Of, CatchResponseTest, kBothUsers, name_of_user);

}  // namespace
}  // namespace cppworker::http
