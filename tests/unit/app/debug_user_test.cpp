#include "app/debug_user.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include <gmock/gmock.h>

#include <cppworker/locust.hpp>

#include "app/control.hpp"
#include "app/options.hpp"

using namespace std::chrono_literals;

namespace cppworker::app {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class Debugged : public User {
 public:
  void ping() {
    const auto options = environment().parsed_options();
    environment().events.request.fire({.request_type = "ECHO",
                                       .name = options.get<std::string>("category"),
                                       .response_time = 2ms,
                                       .response_length = 4});
  }
  void on_stop() override {
    environment().events.request.fire({.request_type = "STOP", .name = base_host()});
  }
  static constexpr auto tasks() { return task_list(task<&Debugged::ping>()); }
};

class Raising : public User {
 public:
  void raise() { throw std::runtime_error("no"); }
  static constexpr auto tasks() { return task_list(task<&Raising::raise>()); }
};

class Failing : public User {
 public:
  void fail() {
    environment().events.request.fire({.request_type = "ECHO", .name = "x", .exception = "late"});
  }
  static constexpr auto tasks() { return task_list(task<&Failing::fail>()); }
};

class Homeless : public HttpUser {
 public:
  void get() { client().get("/"); }
  static constexpr auto tasks() { return task_list(task<&Homeless::get>()); }
};

class DebugUser : public testing::Test {
 protected:
  DebugUser() {
    locustfile.user_classes = {&detail::kUserClass<Debugged>, &detail::kUserClass<Raising>,
                               &detail::kUserClass<Failing>, &detail::kUserClass<Homeless>};
    options.iterations = 1;
    options.host = "http://here";
  }
  int run(const char* name) {
    options.debug_user = name;
    return run_debug_user(
        options,
        {.locustfile = locustfile, .arguments = {{"category", "books"}}, .config_users = {}}, out);
  }
  loader::Locustfile locustfile;
  Options options;
  std::ostringstream out;
};

TEST_F(DebugUser, PrintsEveryRequestOfItsTasks) {
  options.iterations = 2;
  EXPECT_EQ(run("Debugged"), 0);
  const std::string row = "ECHO\tbooks" + std::string(45, ' ') + "\t2      \t4\t         \t\n";
  const std::string last =
      "STOP\thttp://here" + std::string(39, ' ') + "\t-1     \t0\t         \t\n";
  EXPECT_THAT(out.str(), testing::EndsWith("\texception\t\n" + row + row + last));
}

TEST(PrintRequest, ShowsEachHopAndTheAnswer) {
  Response moved;
  moved.status_code = 303;
  moved.url = "http://here/login";
  Response response;
  response.status_code = 200;
  response.url = "http://here/profile";
  response.text = "two\nlines";
  response.history.push_back(moved);
  std::ostringstream out;
  print_request({.request_type = "POST", .name = "/login", .response = &response}, out);
  EXPECT_THAT(out.str(), testing::EndsWith("\n    303 http://here/login\n"
                                           "    200 http://here/profile\n    two lines\n"));
}

TEST(PrintRequest, SaysThatThereWasNoAnswer) {
  const Response none;
  std::ostringstream out;
  print_request({.request_type = "GET", .name = "/", .response = &none, .url = "http://here/"},
                out);
  EXPECT_THAT(out.str(), testing::EndsWith("\n    no response from http://here/\n"));
}

TEST_F(DebugUser, AnExceptionOrAFailureMakesTheExitCode) {
  EXPECT_EQ(run("Raising"), 1);
  EXPECT_EQ(run("Failing"), 1);
  EXPECT_THAT(out.str(), HasSubstr("late"));
}

TEST_F(DebugUser, AnHttpUserWithoutAHostEndsAtOnce) {
  options.host = "";
  options.iterations = 0;  // until it is stopped
  EXPECT_EQ(run("Homeless"), 1);
}

TEST_F(DebugUser, EndsWhenItsOutputCannotBeWritten) {
  options.iterations = 0;
  std::filebuf full;
  full.open("/dev/full", std::ios::out);
  std::ostream nowhere(&full);
  options.debug_user = "Failing";
  EXPECT_THAT(
      [&] {
        run_debug_user(options, {.locustfile = locustfile, .arguments = {}, .config_users = {}},
                       nowhere);
      },
      ThrowsMessage<Error>(HasSubstr("standard output")));
}

TEST_F(DebugUser, AnUnknownClassIsAMistake) {
  EXPECT_THAT([&] { run("Nobody"); }, ThrowsMessage<Error>(HasSubstr("no user class Nobody")));
}

TEST_F(DebugUser, RunsInitAndTestStart) {
  locustfile.init_functions = {[](Environment& environment) {
    environment.events.test_start.add_listener([](const EnvironmentEvent& event) {
      sleep_for(1ms);  // in a coroutine
      event.environment.events.request.fire({.request_type = "START", .name = "x"});
    });
  }};
  EXPECT_EQ(run("Debugged"), 0);
  EXPECT_LT(out.str().find("START"), out.str().find("ECHO"));
}

}  // namespace
}  // namespace cppworker::app
