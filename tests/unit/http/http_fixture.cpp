#include "http_fixture.hpp"

#include <csignal>

#include <curl/curl.h>

#include <cppworker/fast_http_user.hpp>

#include "http/fast/fast_client.hpp"
#include "http/requests/requests_client.hpp"

namespace cppworker::http {

namespace {

/// As the app does, before threads are started.
class Globals final : public testing::Environment {
 public:
  void SetUp() override {
    ASSERT_NE(std::signal(SIGPIPE, SIG_IGN), SIG_ERR);
    ASSERT_EQ(curl_global_init(CURL_GLOBAL_ALL), CURLE_OK);
  }
  void TearDown() override { curl_global_cleanup(); }
};

// NOLINTNEXTLINE(cert-err58-cpp): GoogleTest's own way
const testing::Environment* const kGlobals = testing::AddGlobalTestEnvironment(new Globals);

}  // namespace

HttpFixture::HttpFixture(net::Resolver& resolver)
    : shard(0, 1, scheduler, control, 10'000, stats::Precision::kLocust, resolver) {
  environment.events.request.add_listener([this](const RequestEvent& event) {
    reported.push_back({.request_type = std::string(event.request_type),
                        .name = std::string(event.name),
                        .response_time_ms = event.response_time ? event.response_time->count() : -1,
                        .response_length = event.response_length,
                        .exception = event.exception,
                        .status_code = event.response == nullptr ? -1 : event.response->status_code,
                        .url = std::string(event.url)});
  });
}

namespace {

/// Parameterized tests have the parameter in their name.
bool is_about_fast_http_user() {
  const testing::TestInfo* const test = testing::UnitTest::GetInstance()->current_test_info();
  return std::string_view(test->name()).ends_with("/FastHttpUser");
}

std::unique_ptr<HttpClient> client_of_test(Environment& environment, std::string_view base_url,
                                           User* user) {
  if (is_about_fast_http_user()) {
    return std::make_unique<fast::FastClient>(environment, base_url, user, FastHttpSettings{});
  }
  return std::make_unique<requests::RequestsClient>(environment, base_url, user);
}

}  // namespace

Session::Session(Environment& environment, std::string_view base_url, User* user)
    : HttpSession(client_of_test(environment, base_url, user)) {}

coro::Coroutine& HttpFixture::add_user(std::function<void()> body) {
  ++alive_;
  return scheduler.spawn(
      [this, body = std::move(body)] {
        try {
          body();
        } catch (const StopUser&) {  // what the runner does, too
        } catch (const std::exception& exception) {
          ADD_FAILURE() << "a user threw: " << exception.what();
        }
        if (--alive_ == 0) {
          scheduler.stop();
        }
      },
      {"HttpFixture", "user"});
}

void HttpFixture::run() { scheduler.run(); }

std::vector<std::string> HttpFixture::exceptions() const {
  std::vector<std::string> texts;
  for (const Reported& report : reported) {
    texts.push_back(report.exception.value_or(""));
  }
  return texts;
}

}  // namespace cppworker::http
