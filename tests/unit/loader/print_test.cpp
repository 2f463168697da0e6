#include "loader/print.hpp"

#include <array>
#include <chrono>
#include <vector>

#include <gmock/gmock.h>

#include <cppworker/version.hpp>

namespace cppworker::loader {
namespace {

using detail::ClassAttributes;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr WaitTime kShopWait = between(500ms, 5s);
constexpr WaitTime kEchoWait = constant(2s);
constexpr WaitTime kPayWait = constant_pacing(2s);

std::string stub(const std::vector<detail::UserClass>& classes) {
  std::vector<const detail::UserClass*> pointers;
  pointers.reserve(classes.size());
  for (const auto& user_class : classes) pointers.push_back(&user_class);
  return python_stub(pointers);
}

TEST(ListText, IsWhatLocustPrints) {
  const detail::UserClass shop{.name = "ShopUser"};
  const detail::UserClass admin{.name = "AdminUser"};
  const std::vector<const detail::UserClass*> classes{&shop, &admin};
  EXPECT_EQ(list_text(classes), "Available Users:\n    ShopUser\n    AdminUser\n");
}

TEST(PythonStub, HasWhatAMasterNeeds) {
  const std::array<detail::TaskRow, 2> shop_tasks{
      {{.name = "index", .weight = 1}, {.name = "search", .weight = 3}}};
  const std::array<detail::TaskRow, 1> echo_tasks{{{.name = "ping", .weight = 1}}};
  EXPECT_EQ(
      stub({{.name = "ShopUser",
             .attributes =
                 [] { return ClassAttributes{.weight = 3, .host = "https://shop.example"}; },
             .wait_time = &kShopWait,
             .tasks = shop_tasks,
             .base = "HttpUser"},
            {.name = "EchoUser",
             .attributes = [] { return ClassAttributes{.weight = 0.5, .fixed_count = 2}; },
             .wait_time = &kEchoWait,
             .tasks = echo_tasks}}),
      R"("""The master's version of a C++ locustfile, written by `cpp-worker --print-locustfile` ()" CPPWORKER_VERSION
      R"().

Start the master with it: locust --master -f <this file>. The users run in cpp-worker. The master
reads their classes, weights, fixed counts, hosts and arguments from this file. Generate it again
when these change in the C++ file; `--print-locustfile --check <this file>` checks whether they have.
"""

import argparse
import time

from locust import HttpUser, User, between, constant, events, task


def runs_in_cpp_worker():
    time.sleep(1)
    raise NotImplementedError("this task runs in cpp-worker, not in Python")


def add_argument(parser, *names, web_ui={}, **options):
    try:
        parser.add_argument(*names, **options, **web_ui)
    except TypeError:  # an older Locust, which does not support these options
        parser.add_argument(*names, **options)


@events.init_command_line_parser.add_listener
def arguments_of_cpp_worker(parser):
    # Describes the C++ locustfile. Each worker compares it with its own.
    description = "{\"classes\": {\"ShopUser\": {\"weight\": 3, \"fixed_count\": 0, \"host\": \"https://shop.example\", \"tasks\": {\"index\": {\"weight\": 1}, \"search\": {\"weight\": 3}}}, \"EchoUser\": {\"weight\": 0.5, \"fixed_count\": 2, \"host\": \"\", \"tasks\": {\"ping\": {\"weight\": 1}}}}, \"arguments\": {}, \"fail_if\": []}"
    hidden = {"include_in_web_ui": False}
    add_argument(parser, "--cpp-worker-locustfile", help=argparse.SUPPRESS, default=description, web_ui=hidden)


class ShopUser(HttpUser):
    weight = 3
    host = "https://shop.example"
    wait_time = between(0.5, 5)

    @task
    def index(self):
        runs_in_cpp_worker()

    @task(3)
    def search(self):
        runs_in_cpp_worker()


class EchoUser(User):
    weight = 0.5
    fixed_count = 2
    wait_time = constant(2)

    @task
    def ping(self):
        runs_in_cpp_worker()
)");
}

TEST(PythonStub, RenamesTasksThatWouldBreakTheFile) {
  const std::array<detail::TaskRow, 3> tasks{{{.name = "import", .weight = 1},
                                              {.name = "weight", .weight = 1},
                                              {.name = "task", .weight = 1}}};
  const auto text = stub({{.name = "A", .tasks = tasks}});
  EXPECT_THAT(text, HasSubstr("def import_(self):"));
  EXPECT_THAT(text, HasSubstr("def weight_(self):"));
  EXPECT_THAT(text, HasSubstr("def task_(self):"));
}

TEST(PythonStub, AddsUpAMethodThatIsListedTwice) {
  const std::array<detail::TaskRow, 2> tasks{
      {{.name = "index", .weight = 2}, {.name = "index", .weight = 3}}};
  EXPECT_THAT(stub({{.name = "A", .tasks = tasks}}),
              HasSubstr("    @task(5)\n    def index(self):"));
}

TEST(PythonStub, QuotesTheHost) {
  const std::array<detail::TaskRow, 1> tasks{{{.name = "index", .weight = 1}}};
  EXPECT_THAT(stub({{.name = "A",
                     .attributes = [] { return ClassAttributes{.host = "http://a\"\\\n"}; },
                     .tasks = tasks}}),
              HasSubstr(R"(    host = "http://a\"\\\x0a")"));
}

TEST(PythonStub, KeepsApartAClassThatIsNamedLikeLocusts) {
  const std::array<detail::TaskRow, 1> tasks{{{.name = "index", .weight = 1}}};
  const auto text = stub({{.name = "User", .tasks = tasks}, {.name = "B", .tasks = tasks}});
  EXPECT_THAT(text, HasSubstr("from locust import User as locust_User, events, task\n"));
  EXPECT_THAT(text, HasSubstr("class User(locust_User):"));
  EXPECT_THAT(text, HasSubstr("class B(locust_User):"));
}

TEST(PythonStub, WritesTaskSetsAndTags) {
  const std::array<detail::TaskRow, 2> pay_tasks{
      {{.name = "card", .weight = 2}, {.name = "index", .tags = {"fast"}}}};
  const detail::TaskSetClass pay{.name = "Pay",
                                 .kind = detail::TaskSetKind::kSequential,
                                 .tasks = pay_tasks,
                                 .has_wait_time = true,
                                 .wait_time = &kPayWait};
  const std::array<detail::TaskRow, 1> tour_tasks{{{.name = "Pay", .task_set = &pay}}};
  const detail::TaskSetClass tour{
      .name = "Tour", .kind = detail::TaskSetKind::kMarkov, .tasks = tour_tasks};
  const std::array<detail::TaskRow, 2> tasks{
      {{.name = "index"}, {.name = "Tour", .weight = 3, .task_set = &tour, .tags = {"a", "b"}}}};
  const auto text = stub({{.name = "A", .tasks = tasks}});
  EXPECT_THAT(text, HasSubstr("from locust import SequentialTaskSet, TaskSet, User, "
                              "constant_pacing, events, tag, task\n"));
  EXPECT_THAT(text, testing::EndsWith(R"(
class A(User):
    weight = 1

    @task
    def index(self):
        runs_in_cpp_worker()

    @task(3)
    @tag("a", "b")
    class Tour(TaskSet):
        # a MarkovTaskSet in C++

        @task
        class Pay(SequentialTaskSet):
            wait_time = constant_pacing(2)

            @task(2)
            def card(self):
                runs_in_cpp_worker()

            @task
            @tag("fast")
            def index(self):
                runs_in_cpp_worker()
)"));
}

TEST(PythonStub, DeclaresTheArguments) {
  const std::array<detail::TaskRow, 1> tasks{{{.name = "index", .weight = 1}}};
  const detail::UserClass user_class{.name = "A", .tasks = tasks};
  const std::vector<const detail::UserClass*> classes{&user_class};
  const auto arguments = std::to_array<Argument>(
      {{.name = "-c,--category", .default_value = "books", .help = "100% text", .env_var = "CAT"},
       {.name = "--count", .default_value = 3, .is_required = true},
       {.name = "--share", .default_value = 0.5, .include_in_web_ui = false},
       {.name = "--factor", .default_value = 2.0},
       {.name = "--size", .default_value = 1, .choices = {"1", "10"}},
       {.name = "--login", .default_value = false},
       {.name = "--key", .is_secret = true},
       {.name = "--land", .default_value = "US,DE", .choices = {"US", "DE"}, .is_multiple = true}});
  const auto text = python_stub(classes, arguments);
  EXPECT_THAT(text, HasSubstr(R"(
    add_argument(parser, "-c", "--category", default="books", env_var="CAT", help="100%% text")
    add_argument(parser, "--count", type=int, default=3, web_ui={"is_required": True})
    add_argument(parser, "--share", type=float, default=0.5, web_ui={"include_in_web_ui": False})
    add_argument(parser, "--factor", type=float, default=2.0)
    add_argument(parser, "--size", type=int, default=1, choices=[1, 10])
    add_argument(parser, "--login", action="store_true", default=False)
    add_argument(parser, "--key", default=None, web_ui={"is_secret": True})
    add_argument(parser, "--land", nargs="*", default=["US", "DE"], choices=["US", "DE"], web_ui={"is_multiple": True})
)"));
}

}  // namespace
}  // namespace cppworker::loader
